/* The generate stage: prompts for use elsewhere, with what is to come back with
 * predictions: an identity, further queries in pairs x and -x, and labels of
 * which the last is changed, y_n + s with s the root mean square of the
 * prompt's labels (1 where they are all zero). */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/stages.h"

enum { BLOCK = 256 };

typedef struct generator {
  iclgd_job *job;
  iclgd_prompt_source source;
  iclgd_prompts block;
  size_t total, queries;
  double *x_more;    /* (BLOCK, queries, d); NULL: none are wanted */
  double *y_changed; /* (BLOCK, n) or NULL */
  uint64_t hash;
} generator;

void iclgd_identity_text(uint64_t hash, char out[ICLGD_IDENTITY_SIZE]) {
  snprintf(out, ICLGD_IDENTITY_SIZE, "fnv1a64:%016" PRIx64, hash);
}

static iclgd_status count_queries(const iclgd_job *job, size_t *out,
                                  iclgd_error *err) {
  const char *key = "prompt.queries";
  const iclgd_form form = iclgd_get_form(job->settings, key);
  *out = form.count ? (size_t)form.values[0] : 4 * job->d;
  if (*out % 2 == 1)
    return iclgd_settings_reject(job->settings, key, err,
                                 "queries come in pairs x and -x: expected an "
                                 "even number");
  if (*out > 0 && job->dist->table)
    return iclgd_settings_reject(job->settings, key, err,
                                 "the rows of a table have no law to draw "
                                 "further queries from");
  return ICLGD_OK;
}

static iclgd_status begin(generator *g, iclgd_error *err) {
  iclgd_job *job = g->job;
  const size_t K = g->queries, n = job->n, d = job->d;
  const size_t least = g->total < BLOCK ? g->total : BLOCK;
  const size_t more[] = {g->total, K, d}, more_block[] = {least, K, d};
  const size_t changed[] = {g->total, n}, changed_block[] = {least, n};
  TRY(iclgd_prompts_create_for(&g->source, BLOCK, &job->arena, &g->block, err));
  if (K > 0) g->x_more = iclgd_arena_reals(&job->arena, BLOCK, K, d);
  if (job->options->check_causality)
    g->y_changed = iclgd_arena_reals(&job->arena, BLOCK, n, 1);
  TRY(iclgd_arena_status(&job->arena, err, "prompts"));
  TRY(iclgd_begin_prompts(job, &g->block, g->total, g->total, err));
  if (g->x_more)
    iclgd_record_begin_blocks(job->record, "prompts/x_more", more, more_block,
                              err);
  if (g->y_changed)
    iclgd_record_begin_blocks(job->record, "prompts/y_changed", changed,
                              changed_block, err);
  return iclgd_record_status(job->record, err);
}

static void change_labels(const iclgd_prompts *p, double *out) {
  const size_t n = p->n;
  memcpy(out, p->y, p->count * n * sizeof *out);
  for (size_t i = 0; i < p->count; ++i) {
    double *y = out + i * n;
    const double size = sqrt(iclgd_dot(y, y, n) / (double)n);
    y[n - 1] += size > 0 ? size : 1;
  }
}

static iclgd_status write_block(generator *g, size_t first, iclgd_error *err) {
  iclgd_job *job = g->job;
  const size_t start[] = {first, 0, 0};
  const size_t more[] = {g->block.count, g->queries, job->d};
  const size_t changed[] = {g->block.count, job->n};
  iclgd_part parts[2];
  size_t count = 0;
  TRY(iclgd_write_prompts(job, &g->block, first, err));
  if (g->x_more) {
    iclgd_queries_draw(job->dist, g->source.stream, first, &g->block,
                       g->queries, g->x_more);
    parts[count++] = (iclgd_part){"prompts/x_more", start, more, g->x_more};
  }
  if (g->y_changed) {
    change_labels(&g->block, g->y_changed);
    parts[count++] =
        (iclgd_part){"prompts/y_changed", start, changed, g->y_changed};
  }
  return iclgd_record_parts(job->record, parts, count, job->pool, err);
}

iclgd_status iclgd_stage_generate(iclgd_job *job, iclgd_error *err) {
  generator g = {.job = job,
                 .source = {.dist = job->dist, .stream = job->options->stream},
                 .total = iclgd_get_size(job->settings, "probe.prompts"),
                 .hash = ICLGD_PROMPTS_HASH};
  char identity[ICLGD_IDENTITY_SIZE];
  TRY(count_queries(job, &g.queries, err));
  TRY(begin(&g, err));
  for (size_t first = 0; first < g.total; first += BLOCK) {
    g.block.count = g.total - first < BLOCK ? g.total - first : BLOCK;
    iclgd_prompt_source_draw(&g.source, first, &g.block);
    g.hash = iclgd_prompts_hash(g.hash, &g.block);
    TRY(write_block(&g, first, err));
    TRY(iclgd_report_done(job, "generating", 0, first + g.block.count, g.total,
                          err));
  }
  iclgd_identity_text(g.hash, identity);
  return iclgd_record_attr_text(job->record, "prompts", "identity", identity,
                                err);
}
