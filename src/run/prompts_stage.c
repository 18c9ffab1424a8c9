/* /entry/prompts: written by the generate and probe stages, read from files of
 * ours and from files made elsewhere. */
#include <math.h>
#include <string.h>

#include "run/stages.h"

static const iclgd_group groups[] = {
    GROUP(
        "prompts", "prompts",
        "n context pairs and a query each; y_query = w_star . x_query carries "
        "no noise (for tables and other data it is the label); attributes: "
        "`count` prompts were drawn or probed, of `n` pairs and `d` features; "
        "the arrays hold all of them, or the first (probe.store); `law_x`, "
        "`law_w`, `law_w_scale`, `law_noise`: what the keys prompt.x, w, "
        "w_scale and noise say of their law; `law_changes`: what differs from "
        "the law that the probed model was trained on"),
};

static const iclgd_dataset datasets[] = {
    DATA_REAL("prompts/x", "prompt,context,feature", "context inputs",
              "x_i, row i of X"),
    DATA_REAL("prompts/y", "prompt,context", "context labels",
              "y_i = w_star . x_i + noise"),
    DATA_REAL("prompts/x_query", "prompt,feature", "query input",
              "the input to predict at"),
    DATA_REAL("prompts/y_query", "prompt", "query label",
              "what is to be predicted"),
    DATA_REAL("prompts/w_star", "prompt,feature", "task",
              "the weight behind the labels; absent where it is not known"),
    DATA_TEXT("prompts/feature_name", "feature", "features",
              "columns of the table whose rows the prompts are; attributes: "
              "`target`, `table_rows` and `table_hash`, 64-bit FNV-1a of the "
              "numbers row by row, features first"),
    DATA_REAL("prompts/covariance", "row,column", "covariance of x",
              "Sigma in the fixed frame; absent where it is not known"),
    DATA_REAL("prompts/rotation", "prompt,feature,component",
              "rotation of the prompt",
              "U of each prompt: its covariance is U Sigma U^T; only with "
              "prompt.rotate = per-prompt"),
};

const iclgd_schema iclgd_prompts_schema = SCHEMA(groups, datasets);

enum { ARRAYS = 6 };

/* The arrays of prompts and their extents. */
typedef struct prompt_arrays {
  size_t used;
  iclgd_part parts[ARRAYS];
  size_t extents[ARRAYS][3];
} prompt_arrays;

static void list(prompt_arrays *a, const char *path, const double *data,
                 size_t count, size_t rows, size_t columns) {
  if (!data) return;
  size_t *extents = a->extents[a->used];
  extents[0] = count;
  extents[1] = rows;
  extents[2] = columns;
  a->parts[a->used++] = (iclgd_part){path, NULL, extents, data};
}

static void list_arrays(const iclgd_prompts *p, size_t count,
                        prompt_arrays *out) {
  out->used = 0;
  list(out, "prompts/x", p->x, count, p->n, p->d);
  list(out, "prompts/y", p->y, count, p->n, 0);
  list(out, "prompts/x_query", p->x_query, count, p->d, 0);
  list(out, "prompts/y_query", p->y_query, count, 0, 0);
  list(out, "prompts/w_star", p->w_star, count, p->d, 0);
  list(out, "prompts/rotation", p->U, count, p->d, p->d);
}

static void write_counts(iclgd_job *job, const iclgd_prompts *like,
                         size_t count, iclgd_error *err) {
  const char *const names[] = {"count", "n", "d"};
  const size_t values[] = {count, like->n, like->d};
  for (size_t i = 0; i < 3; ++i)
    iclgd_record_attr_int(job->record, "prompts", names[i], (int64_t)values[i],
                          err);
}

static iclgd_status write_table(iclgd_job *job, const iclgd_table *table,
                                iclgd_error *err) {
  iclgd_table_identity identity;
  const iclgd_status status = iclgd_identify_table(job, table, &identity, err);
  return status ? status : iclgd_write_identity(job, "prompts", &identity, err);
}

iclgd_status iclgd_begin_prompts(iclgd_job *job, const iclgd_prompts *like,
                                 size_t count, size_t stored,
                                 iclgd_error *err) {
  const size_t square[] = {like->d, like->d};
  prompt_arrays all, block;
  write_counts(job, like, count, err);
  list_arrays(like, stored, &all);
  list_arrays(like, like->count < stored ? like->count : stored, &block);
  for (size_t i = 0; stored > 0 && i < all.used; ++i)
    iclgd_record_begin_blocks(job->record, all.parts[i].path, all.extents[i],
                              block.extents[i], err);
  if (job->Sigma)
    iclgd_record_write(job->record, "prompts/covariance", square, job->Sigma,
                       err);
  iclgd_write_stated_law(job, err);
  iclgd_status status = iclgd_record_status(job->record, err);
  if (!status && job->dist && job->dist->table)
    status = write_table(job, job->dist->table, err);
  if (!status && job->options->model)
    status = iclgd_write_law_changes(job, err);
  return status;
}

iclgd_status iclgd_write_prompts(iclgd_job *job, const iclgd_prompts *part,
                                 size_t first, iclgd_error *err) {
  const size_t start[] = {first, 0, 0};
  prompt_arrays a;
  list_arrays(part, part->count, &a);
  for (size_t i = 0; i < a.used; ++i) a.parts[i].start = start;
  return iclgd_record_parts(job->record, a.parts, a.used, job->pool, err);
}

iclgd_status iclgd_stage_generate(iclgd_job *job, iclgd_error *err) {
  enum { BLOCK = 256 };
  const size_t total = iclgd_get_size(job->settings, "probe.prompts");
  const iclgd_supply supply = {.dist = job->dist,
                               .stream = job->options->stream};
  iclgd_prompts block;
  iclgd_status status =
      iclgd_supply_room(&supply, BLOCK, &job->arena, &block, err);
  if (!status) status = iclgd_begin_prompts(job, &block, total, total, err);
  for (size_t first = 0; !status && first < total; first += BLOCK) {
    block.count = total - first < BLOCK ? total - first : BLOCK;
    iclgd_supply_draw(&supply, first, &block);
    status = iclgd_write_prompts(job, &block, first, err);
    if (!status)
      status =
          iclgd_report_progress(job,
                                (iclgd_progress){.phase = "generating",
                                                 .runs = 1,
                                                 .loss = NAN,
                                                 .done = first + block.count,
                                                 .total = total},
                                err);
  }
  return status;
}

static iclgd_status check_finite(const char *file, const char *name,
                                 const double *values, size_t count,
                                 iclgd_error *err) {
  for (size_t i = 0; i < count; ++i)
    if (!isfinite(values[i]))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/%s: expected finite numbers, found %g at "
                        "element %zu",
                        file, name, values[i], i);
  return ICLGD_OK;
}

/* One dataset into *out, with the extents checked against `expected`. */
static iclgd_status read_array(iclgd_job *job, const iclgd_source *source,
                               const char *name, size_t rank, size_t *expected,
                               double **out, iclgd_error *err) {
  const iclgd_status status =
      iclgd_source_reals(source, name, rank, expected, &job->arena, out, err);
  if (status) return status;
  size_t count = 1;
  for (size_t i = 0; i < rank; ++i) count *= expected[i];
  return check_finite(iclgd_source_path(source), name, *out, count, err);
}

static iclgd_status read_all(iclgd_job *job, const iclgd_source *source,
                             iclgd_error *err) {
  iclgd_prompts *p = &job->given.all;
  size_t x[3] = {0};
  iclgd_status status = read_array(job, source, "prompts/x", 3, x, &p->x, err);
  if (status) return status;
  p->count = x[0];
  p->n = p->mean_n = x[1];
  p->d = x[2];
  size_t y[] = {x[0], x[1]}, query[] = {x[0], x[2]}, one[] = {x[0]};
  size_t rotation[] = {x[0], x[2], x[2]}, square[] = {x[2], x[2]};
  status = read_array(job, source, "prompts/y", 2, y, &p->y, err);
  if (!status)
    status =
        read_array(job, source, "prompts/x_query", 2, query, &p->x_query, err);
  if (!status)
    status =
        read_array(job, source, "prompts/y_query", 1, one, &p->y_query, err);
  if (!status && iclgd_source_has(source, "prompts/w_star"))
    status =
        read_array(job, source, "prompts/w_star", 2, query, &p->w_star, err);
  if (!status && iclgd_source_has(source, "prompts/rotation"))
    status =
        read_array(job, source, "prompts/rotation", 3, rotation, &p->U, err);
  if (!status && iclgd_source_has(source, "prompts/covariance"))
    status = read_array(job, source, "prompts/covariance", 2, square,
                        &job->Sigma, err);
  return status;
}

/* Keys that were set must agree with the file. */
static iclgd_status check_shape(const iclgd_job *job, const char *key,
                                size_t found, iclgd_error *err) {
  if (!iclgd_settings_is_set(job->settings, key) ||
      iclgd_get_size(job->settings, key) == found)
    return ICLGD_OK;
  return iclgd_settings_reject(job->settings, key, err,
                               "the prompts of %s have %zu",
                               job->options->prompts, found);
}

iclgd_status iclgd_read_prompts(iclgd_job *job, const char *path,
                                iclgd_error *err) {
  iclgd_source *source;
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  job->Sigma = NULL;
  status = read_all(job, source, err);
  if (!status) status = iclgd_read_given_law(job, source, err);
  job->given.are_ours =
      iclgd_source_has(source, "config/text") &&
      !iclgd_source_has_attr(source, "config", "prompts_file");
  iclgd_source_close(source);
  if (!status && (job->given.all.d > 512 || job->given.all.count < 2))
    status = iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/prompts/x: expected at least 2 prompts of "
                        "at most 512 features, found %zu of %zu",
                        path, job->given.all.count, job->given.all.d);
  if (!status) status = check_shape(job, "prompt.d", job->given.all.d, err);
  if (!status) status = check_shape(job, "prompt.n", job->given.all.n, err);
  job->given.there = true;
  job->n = job->given.all.n;
  job->d = job->given.all.d;
  return status;
}
