/* A small schema with every kind of group and dataset, and a file of it. */
#ifndef ICLGD_TESTS_SAMPLE_H
#define ICLGD_TESTS_SAMPLE_H

#include <dirent.h>
#include <hdf5.h>
#include <iclgd/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEPS = 7, PROMPTS = 40, FEATURES = 3, LAYERS = 4 };

static const iclgd_group sample_groups[] = {
    GROUP("prompts", "prompts", "held-out prompts"),
    GROUP_PLOT_ON("trajectories_loss", "model", "index", "lin log",
                  "Loss, layer by layer",
                  "loss of the model beside the algorithms"),
    GROUP_PLOT("trajectories/<who>", "prediction", "index,prompt",
               "Predictions", "every iterate for every prompt"),
    GROUP_PLOT_ON("alignment/<who>/<metric>", "mean", "layer,step",
                  "lin lin log", "Alignment", "one metric for all pairs"),
    GROUP_PLOT("alignment/<who>/best_match", "best_step", "layer", "Best step",
               "the step that is closest to each layer"),
    GROUP("config", "configuration", "all keys"),
};

static const iclgd_dataset sample_datasets[] = {
    DATA_REAL("prompts/x", "prompt,context,feature", "input x",
              "context inputs"),
    {"prompts/split", ICLGD_TEXT, "prompt", "", "split", "train or probe"},
    DATA_INT("trajectories_loss/index", "index", "layer or step",
             "0 is the zero predictor"),
    DATA_REAL("trajectories_loss/model", "index", "loss of the model",
              "mean over prompts"),
    DATA_REAL("trajectories_loss/<who>", "index", "loss", "mean over prompts"),
    DATA_INT("trajectories/<who>/index", "index", "layer or step",
             "0 is the zero predictor"),
    DATA_REAL("trajectories/<who>/prediction", "index,prompt", "prediction",
              "for the query"),
    DATA_REAL("trajectories/<who>/weight", "index,prompt,feature", "weight w",
              "prediction = w . x_query"),
    DATA_INT("alignment/<who>/<metric>/layer", "layer", "layer", ""),
    DATA_INT("alignment/<who>/<metric>/step", "step", "step", ""),
    DATA_REAL("alignment/<who>/<metric>/mean", "layer,step", "mean",
              "over prompts"),
    DATA_REAL("alignment/<who>/<metric>/quantiles", "q,layer,step", "quantile",
              "over prompts"),
    DATA_INT("alignment/<who>/best_match/layer", "layer", "layer", ""),
    DATA_INT("alignment/<who>/best_match/best_step", "layer", "best step", ""),
    DATA_REAL("model/A", "layer,row,column", "A", "the weights"),
    DATA_REAL("model/eta", "", "step size", "of one step"),
    {"config/text", ICLGD_TEXT, "", "", "settings", "the resolved INI"},
};

static const iclgd_schema sample_schema = {
    sample_groups, sizeof sample_groups / sizeof *sample_groups,
    sample_datasets, sizeof sample_datasets / sizeof *sample_datasets};

/* Deterministic values that gzip cannot make vanish. */
static inline void sample_fill(double *values, size_t count, double scale) {
  for (size_t i = 0; i < count; ++i)
    values[i] = scale * (double)(i * 2654435761u % 1000003u) / 1000003.0;
}

static inline iclgd_status sample_count(iclgd_record *record, const char *path,
                                        size_t count, iclgd_error *err) {
  int64_t values[PROMPTS];
  for (size_t i = 0; i < count; ++i) values[i] = (int64_t)i;
  return iclgd_record_write(record, path, &count, values, err);
}

static inline iclgd_status sample_reals(iclgd_record *record, const char *path,
                                        size_t a, size_t b, size_t c,
                                        iclgd_error *err) {
  const size_t extents[] = {a, b, c};
  double values[STEPS * PROMPTS * FEATURES * 2];
  sample_fill(values, a * b * c, 2.0);
  return iclgd_record_write(record, path, extents, values, err);
}

static inline iclgd_status sample_prompts(iclgd_record *record,
                                          iclgd_error *err) {
  static const char *splits[PROMPTS];
  const size_t count = PROMPTS;
  for (size_t i = 0; i < PROMPTS; ++i) splits[i] = i % 2 ? "probe" : "läuft";
  sample_reals(record, "prompts/x", PROMPTS, 5, FEATURES, err);
  return iclgd_record_write(record, "prompts/split", &count, splits, err);
}

static inline iclgd_status sample_trajectories(iclgd_record *record,
                                               iclgd_error *err) {
  static const char *const others[] = {"gd", "newton"};
  sample_count(record, "trajectories_loss/index", STEPS, err);
  sample_reals(record, "trajectories_loss/model", STEPS, 1, 1, err);
  sample_reals(record, "trajectories_loss/gd", STEPS, 1, 1, err);
  sample_reals(record, "trajectories_loss/newton", STEPS, 1, 1, err);
  iclgd_record_attr_texts(record, "trajectories_loss", "auxiliary_signals",
                          others, 2, err);
  sample_count(record, "trajectories/gd/index", STEPS, err);
  sample_reals(record, "trajectories/gd/prediction", STEPS, PROMPTS, 1, err);
  sample_reals(record, "trajectories/gd/weight", STEPS, PROMPTS, FEATURES, err);
  return iclgd_record_attr_real(record, "trajectories/gd", "eta", .25, err);
}

static inline iclgd_status sample_alignment(iclgd_record *record,
                                            iclgd_error *err) {
  sample_count(record, "alignment/gd/spd/layer", LAYERS, err);
  sample_count(record, "alignment/gd/spd/step", STEPS, err);
  sample_reals(record, "alignment/gd/spd/mean", LAYERS, STEPS, 1, err);
  sample_reals(record, "alignment/gd/spd/quantiles", 3, LAYERS, STEPS, err);
  sample_count(record, "alignment/gd/best_match/layer", LAYERS, err);
  return sample_count(record, "alignment/gd/best_match/best_step", LAYERS, err);
}

static inline iclgd_status sample_rest(iclgd_record *record, iclgd_error *err) {
  static const char *const text = "[prompt]\nd = 3\n";
  static const double lambdas[] = {1, .5, .25};
  sample_reals(record, "model/A", LAYERS, FEATURES, FEATURES, err);
  sample_reals(record, "model/eta", 1, 1, 1, err);
  iclgd_record_write(record, "config/text", NULL, &text, err);
  iclgd_record_attr_int(record, "config", "prompt.d", 3, err);
  iclgd_record_attr_reals(record, "config", "prompt.covariance", lambdas, 3,
                          err);
  return iclgd_record_attr_text(record, "config", "model.attention", "linear",
                                err);
}

static inline iclgd_status sample_body(iclgd_record *record, iclgd_error *err) {
  sample_prompts(record, err);
  sample_trajectories(record, err);
  sample_alignment(record, err);
  return sample_rest(record, err);
}

static inline iclgd_status sample_write(const char *path, bool force,
                                        bool reproducible, iclgd_error *err) {
  const iclgd_record_options options = {force, reproducible, "a sample"};
  iclgd_record *record;
  const iclgd_status s =
      iclgd_record_create(path, &sample_schema, 1, &options, &record, err);
  if (s) return s;
  sample_body(record, err);
  return iclgd_record_commit(record, err);
}

/* A folder of this test alone, and paths in it. */
static char sample_folder[256];

static inline const char *sample_path(const char *name) {
  static char paths[8][512];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", sample_folder, name);
  return path;
}

/* The number of files in the folder: a left-over temporary counts. */
static inline size_t sample_files(void) {
  size_t count = 0;
  DIR *folder = opendir(sample_folder);
  if (!folder) return 0;
  for (struct dirent *e; (e = readdir(folder));)
    count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
  closedir(folder);
  return count;
}

static inline void sample_clear(void) {
  DIR *folder = opendir(sample_folder);
  if (!folder) return;
  for (struct dirent *e; (e = readdir(folder));) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    const char *path = sample_path(e->d_name);
    if (unlink(path) != 0) rmdir(path);
  }
  closedir(folder);
}

/* cmocka set-up and tear-down of each test. */
static inline int sample_set_up(void **state) {
  const char *base = getenv("TMPDIR");
  (void)state;
  snprintf(sample_folder, sizeof sample_folder, "%s/iclgd-XXXXXX",
           base && *base ? base : "/tmp");
  return mkdtemp(sample_folder) ? 0 : -1;
}

static inline int sample_tear_down(void **state) {
  (void)state;
  sample_clear();
  return rmdir(sample_folder);
}

#define SAMPLE_TEST(test) \
  cmocka_unit_test_setup_teardown(test, sample_set_up, sample_tear_down)

#endif /* ICLGD_TESTS_SAMPLE_H */
