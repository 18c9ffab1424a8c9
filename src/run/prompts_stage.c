/* /entry/prompts: written by the generate and probe stages (generate_stage.c),
 * read from files of ours and from files made elsewhere. */
#include "run/stages.h"

static const iclgd_group groups[] = {
    GROUP(
        "prompts", "prompts",
        "n context pairs and a query each; y_query = w_star . x_query (or f of "
        "x_query, where `law_task` is not linear) carries no noise (for tables "
        "and other data it is the label); attributes: "
        "`count` prompts were drawn or probed, of `n` pairs and `d` features; "
        "the arrays hold all of them, or the first (probe.store); `law_x`, "
        "`law_w`, `law_w_scale`, `law_noise`, `law_task`: what the keys "
        "prompt.x, w, w_scale, noise and task say of their law; `law_changes`: "
        "what differs from the law that the probed model was trained on; "
        "`identity`: 64-bit FNV-1a of x, y and x_query, prompt by prompt, "
        "where "
        "they were generated to be taken elsewhere"),
};

static const iclgd_dataset datasets[] = {
    DATA_REAL("prompts/x", "prompt,context,feature", "context inputs",
              "x_i, row i of X"),
    DATA_REAL("prompts/y", "prompt,context", "context labels",
              "y_i = w_star . x_i + noise, or f(x_i) + noise"),
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
    DATA_REAL("prompts/x_more", "prompt,query,feature", "further queries",
              "each followed by its negative, for the weight that predictions "
              "imply; only with prompt.queries"),
    DATA_REAL("prompts/y_changed", "prompt,context", "labels, the last changed",
              "y with another last label, to see whether predictions before "
              "it move; only with --check-causality"),
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

static void write_counts(iclgd_record *record, const iclgd_prompts *like,
                         size_t count, iclgd_error *err) {
  const char *const names[] = {"count", "n", "d"};
  const size_t values[] = {count, like->n, like->d};
  for (size_t i = 0; i < 3; ++i)
    iclgd_record_attr_int(record, "prompts", names[i], (int64_t)values[i], err);
}

iclgd_status iclgd_begin_prompts(iclgd_job *job, const iclgd_prompts *like,
                                 size_t count, size_t stored,
                                 iclgd_error *err) {
  const size_t square[] = {like->d, like->d};
  prompt_arrays all, block;
  write_counts(job->record, like, count, err);
  list_arrays(like, stored, &all);
  list_arrays(like, like->count < stored ? like->count : stored, &block);
  for (size_t i = 0; stored > 0 && i < all.used; ++i)
    iclgd_record_begin_blocks(job->record, all.parts[i].path, all.extents[i],
                              block.extents[i], err);
  if (job->Sigma)
    iclgd_record_write(job->record, "prompts/covariance", square, job->Sigma,
                       err);
  iclgd_write_stated_law(job->record, &job->stated, err);
  TRY(iclgd_record_status(job->record, err));
  if (job->dist && job->dist->table) {
    iclgd_table_identity identity;
    TRY(iclgd_identify_table(job->dist->table, &job->arena, &identity, err));
    TRY(iclgd_write_identity(job->record, "prompts", &identity, err));
  }
  return job->options->model ? iclgd_write_law_changes(job, err) : ICLGD_OK;
}

iclgd_status iclgd_write_prompts(iclgd_job *job, const iclgd_prompts *part,
                                 size_t first, iclgd_error *err) {
  const size_t start[] = {first, 0, 0};
  prompt_arrays a;
  list_arrays(part, part->count, &a);
  for (size_t i = 0; i < a.used; ++i) a.parts[i].start = start;
  return iclgd_record_parts(job->record, a.parts, a.used, job->pool, err);
}

/* The arrays of `all` prompts and their covariance; all but the first have the
 * extents that it has. */
static iclgd_status read_all(iclgd_job *job, const iclgd_source *source,
                             iclgd_error *err) {
  iclgd_prompts *p = &job->given.all;
  size_t x[3] = {0};
  TRY(iclgd_read_finite(source, "prompts/x", 3, x, &job->arena, &p->x, err));
  p->count = x[0];
  p->n = p->mean_n = x[1];
  p->d = x[2];
  struct {
    const char *path;
    bool optional;
    double **out;
    size_t rank, extents[3];
  } others[] = {
      {"prompts/y", false, &p->y, 2, {p->count, p->n}},
      {"prompts/x_query", false, &p->x_query, 2, {p->count, p->d}},
      {"prompts/y_query", false, &p->y_query, 1, {p->count}},
      {"prompts/w_star", true, &p->w_star, 2, {p->count, p->d}},
      {"prompts/rotation", true, &p->U, 3, {p->count, p->d, p->d}},
      {"prompts/covariance", true, &job->Sigma, 2, {p->d, p->d}},
  };
  for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
    if (!others[i].optional || iclgd_source_has(source, others[i].path))
      TRY(iclgd_read_finite(source, others[i].path, others[i].rank,
                            others[i].extents, &job->arena, others[i].out,
                            err));
  p->place = iclgd_arena_take(&job->arena, p->count, sizeof *p->place);
  for (size_t i = 0; p->place && i < p->count; ++i) p->place[i] = i;
  return iclgd_arena_status(&job->arena, err, "prompts");
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
  if (!status) status = iclgd_source_check_read(source, err);
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
