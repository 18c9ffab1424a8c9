/* /entry/model: trained weights, of ours or from elsewhere, and the weights
 * over training and of every training run beside them. */
#include "run/model/model_file.h"

#include <iclgd/keys.h>
#include <iclgd/linear.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

static const iclgd_group groups[] = {
    GROUP("model", "trained weights",
          "the parameter arrays of its architecture, an attribute; of linear "
          "attention A (and B), or P and Q, of each distinct layer, "
          "conventions in the attributes; what no prediction of the trained "
          "model sees (of the "
          "last layer of a single loop B or the first rows of P, of a single "
          "layer the last column of Q) is zero unless it was given; of a model "
          "that `iclgd import` took attributes import_file, import_names, and "
          "check_prompts, check_difference: largest difference of its "
          "predictions from those of where it was trained, in units of the "
          "largest"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("model/layer", "layer", "layer", "distinct layer, from 1"),
    {"model/law", ICLGD_TEXT, "", "", "law of the prompts it was trained on",
     "the keys prompt.* as INI text, prompt.seed that of the pool, the fixed "
     "rotation or the split; attribute `prompts_file` for the prompts of "
     "a file"},
    DATA_TEXT("model/feature_name", "feature", "features",
              "columns of the table it was trained on, in the order of the "
              "weights; attributes: `target`, `table_rows` and `table_hash`, "
              "64-bit FNV-1a of the numbers row by row, features first"),
};

const iclgd_schema iclgd_model_schema = SCHEMA(groups, datasets);

iclgd_status iclgd_write_model(iclgd_job *job, iclgd_error *err) {
  const iclgd_model *model = &job->model;
  iclgd_record *r = job->record;
  iclgd_record_put_axis(r, "model", "layer", 1, model->layers, err);
  TRY(iclgd_write_parameters(job, "model", model, job->theta, 0, err));
  iclgd_write_law(job, err);
  iclgd_write_origin(job, err);
  if (model->linear) iclgd_write_linear_conventions(r, model, err);
  iclgd_record_attr_text(r, "model", "architecture", model->architecture->name,
                         err);
  return iclgd_record_attr_int(r, "model", "loops", (int64_t)model->loops, err);
}

/* How a model of ours came to be; a file that does not say leaves it empty. */
static iclgd_status read_history(iclgd_job *job, const iclgd_source *s,
                                 iclgd_error *err) {
  iclgd_history *h = &job->history;
  iclgd_series snapshots = {"snapshots", "step", 0, NULL, NULL};
  iclgd_series seeds = {"seeds", "seed", 0, NULL, NULL};
  TRY(iclgd_read_series(job, s, &snapshots, err));
  TRY(iclgd_read_series(job, s, &seeds, err));
  h->snapshots = snapshots.count;
  h->step = snapshots.index;
  h->theta = snapshots.theta;
  h->runs = seeds.count;
  h->seed = seeds.index;
  h->finals = seeds.theta;
  if (h->runs == 0 || !iclgd_source_has(s, "seeds/final_loss")) return ICLGD_OK;
  double *losses;
  TRY(iclgd_source_reals(s, "seeds/final_loss", 1, &h->runs, &job->arena,
                         &losses, err));
  job->final_loss = losses;
  return ICLGD_OK;
}

/* What the layers and the keys of its architecture say of trained weights may
 * not be changed, but for the laws of their start. */
static iclgd_status compare_keys(const iclgd_settings *set,
                                 const iclgd_settings *said, const char *path,
                                 const iclgd_key_set *keys, iclgd_error *err) {
  for (size_t i = 0; i < iclgd_settings_count(set); ++i) {
    const char *name = iclgd_settings_key(set, i)->name;
    const char *own = iclgd_settings_value(said, i);
    bool counts = strcmp(name, "model.layers") == 0;
    for (size_t k = 0; keys && k < keys->count; ++k)
      counts |= strcmp(keys->keys[k].name, name) == 0;
    if (counts && iclgd_settings_is_set(set, name) &&
        strncmp(name, "model.init", 10) != 0 &&
        strcmp(iclgd_settings_value(set, i), own) != 0)
      return iclgd_settings_reject(set, name, err, "%s has %s", path, own);
  }
  return ICLGD_OK;
}

/* The shape that it was trained in, whatever the prompts are now. */
static iclgd_status shape_as_trained(iclgd_job *job, const iclgd_source *s,
                                     const iclgd_architecture *architecture,
                                     iclgd_error *err) {
  const char *path = iclgd_source_path(s);
  iclgd_settings *said;
  if (!iclgd_source_has(s, "config/text"))
    return iclgd_model_from_settings(job->settings, architecture, job->d,
                                     &job->model, err);
  TRY(iclgd_settings_defaults(&said, err));
  iclgd_status status = iclgd_settings_from_model(said, path, err);
  if (!status)
    status = compare_keys(job->settings, said, path, architecture->keys, err);
  if (!status)
    status =
        iclgd_model_from_settings(said, architecture, job->d, &job->model, err);
  iclgd_settings_free(said);
  if (!status && iclgd_settings_is_set(job->settings, "model.loops"))
    job->model.loops = iclgd_get_size(job->settings, "model.loops");
  return status;
}

/* An architecture of which only our own files tell: the settings that came with
 * them give its shape. */
static iclgd_status read_by_settings(iclgd_job *job, const iclgd_source *s,
                                     const iclgd_architecture *architecture,
                                     iclgd_error *err) {
  double *arrays[ICLGD_ARRAYS_MAX];
  TRY(shape_as_trained(job, s, architecture, err));
  if (iclgd_source_has_attr(s, "model", "loops") &&
      !iclgd_settings_is_set(job->settings, "model.loops")) {
    int64_t loops;
    TRY(iclgd_source_attr_int(s, "model", "loops", &loops, err));
    if (loops < 1 || loops > 4096)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/model, attribute loops: expected 1 to "
                        "4096, found %lld",
                        iclgd_source_path(s), (long long)loops);
    job->model.loops = (size_t)loops;
  }
  TRY(iclgd_read_arrays(job, s, arrays, err));
  return iclgd_take_arrays(job, s, arrays, err);
}

static iclgd_status find_architecture(iclgd_job *job, const iclgd_source *s,
                                      const iclgd_architecture **out,
                                      iclgd_error *err) {
  const iclgd_architecture *own = job->options->architecture;
  char *name = "linear";
  if (iclgd_source_has_attr(s, "model", "architecture"))
    TRY(iclgd_source_attr_text(s, "model", "architecture", &job->arena, &name,
                               err));
  const bool is_own = own && strcmp(own->name, name) == 0;
  *out = is_own ? own : iclgd_architecture_named(name);
  if (*out) return ICLGD_OK;
  size_t count;
  const iclgd_architecture *const *all = iclgd_architectures(&count);
  iclgd_nearest near = iclgd_nearest_to(name);
  for (size_t i = 0; i < count; ++i) iclgd_nearest_try(&near, all[i]->name);
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/model, attribute architecture: expected one "
                    "that this program has, found '%s'%s",
                    iclgd_source_path(s), name, iclgd_nearest_phrase(&near));
}

/* The row of a series with this number, as it was typed. */
static iclgd_status find_row(const char *path, const char *option,
                             const char *word, const char *what,
                             const int64_t *numbers, size_t count, size_t *row,
                             iclgd_error *err) {
  char listed[256] = "";
  char *end;
  const long long wanted = strtoll(word, &end, 10);
  for (*row = 0; *row < count; ++*row) {
    if (*word && !*end && numbers[*row] == wanted) return ICLGD_OK;
    const size_t used = strlen(listed);
    if (used < sizeof listed - 24)
      snprintf(listed + used, sizeof listed - used, "%s%lld", used ? ", " : "",
               (long long)numbers[*row]);
  }
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: --%s %s: expected one of the "
                    "file's %s (%s)",
                    path, option, word, what, count ? listed : "it has none");
}

static double *copied(iclgd_job *job, const double *from, size_t size) {
  double *out = iclgd_arena_reals(&job->arena, size, 1, 1);
  if (out) memcpy(out, from, size * sizeof *out);
  return out;
}

/* The weights after a step of the training, or of another training run. What
 * came later, or of other runs, is no history of theirs. */
static iclgd_status take_other_weights(iclgd_job *job, const char *path,
                                       iclgd_error *err) {
  iclgd_history *h = &job->history;
  const iclgd_run_options *options = job->options;
  const size_t size = job->model.size;
  size_t row;
  if (options->step) {
    TRY(find_row(path, "step", options->step, "steps of /entry/snapshots",
                 h->step, h->snapshots, &row, err));
    job->theta = copied(job, h->theta + row * size, size);
    h->snapshots = row + 1;
  } else if (options->seed_run) {
    int64_t *numbers = iclgd_arena_take(&job->arena, h->runs + 1, 8);
    if (!numbers) return iclgd_fail_memory(err, path);
    for (size_t i = 0; i < h->runs; ++i) numbers[i] = (int64_t)i + 1;
    TRY(find_row(path, "seed-run", options->seed_run, "training runs", numbers,
                 h->runs, &row, err));
    job->theta = copied(job, h->finals + row * size, size);
    h->snapshots = 0;
  } else {
    return ICLGD_OK;
  }
  h->runs = 0;
  job->final_loss = NULL;
  return job->theta ? ICLGD_OK : iclgd_fail_memory(err, path);
}

iclgd_status iclgd_read_model(iclgd_job *job, const char *path,
                              iclgd_error *err) {
  iclgd_source *source;
  const iclgd_architecture *architecture = NULL;
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  status = iclgd_check_model_attributes(source, &job->arena, err);
  if (!status) status = iclgd_read_origin(job, source, err);
  if (!status) status = find_architecture(job, source, &architecture, err);
  if (!status)
    status = architecture == &iclgd_linear_architecture
                 ? iclgd_read_linear(job, source, err)
                 : read_by_settings(job, source, architecture, err);
  if (!status) status = read_history(job, source, err);
  if (!status) status = take_other_weights(job, path, err);
  if (!status) status = iclgd_source_check_read(source, err);
  iclgd_source_close(source);
  return status;
}
