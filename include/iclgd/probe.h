/* iclgd/probe.h - a probe: a question asked of the trajectories of one model
 * and the reference algorithms on the same prompts.
 *
 * A probe is one file in probes/ and one row in probes/table.c. It declares its
 * keys, groups and datasets there, is fed the prompts in blocks, in order, and
 * writes its own groups of the file at the end. It sees public headers only.
 */
#ifndef ICLGD_PROBE_H
#define ICLGD_PROBE_H

#include "iclgd/algorithm.h"
#include "iclgd/model.h"
#include "iclgd/parallel.h"
#include "iclgd/prompt.h"
#include "iclgd/record.h"

/* What is known before the first prompt. All borrowed for the probe's life. */
typedef struct iclgd_probe_setup {
  const iclgd_settings *settings;
  const iclgd_distribution *dist; /* NULL when the law is not known */
  const iclgd_model *model;
  iclgd_pool *pool;
  size_t prompts;     /* how many there will be */
  size_t n, d, depth; /* depth: the model's */
  size_t n_paths;     /* path 0 is the model, the others are algorithms */
  const struct iclgd_path_info {
    const char *name;  /* "model", "gd", ... */
    const char *title; /* for labels */
    size_t steps;      /* iterates 0..steps */
    bool one_shot;
  } * paths;
} iclgd_probe_setup;

/* Trajectories of one path over the prompts of a block. */
typedef struct iclgd_path {
  const double *w;          /* (count, steps + 1, d) */
  const double *prediction; /* (count, steps + 1) */
} iclgd_path;

typedef struct iclgd_probe_block {
  size_t first;                 /* index of its first prompt in the run */
  const iclgd_prompts *prompts; /* the `count` prompts of this block */
  const iclgd_path *paths;      /* (n_paths) */
} iclgd_probe_block;

typedef struct iclgd_probe {
  const char *name;
  const char *question;      /* one line, for `iclgd probes` */
  const iclgd_key_set *keys; /* NULL: none */
  const iclgd_schema *schema;
  /* ICLGD_ERANGE from begin: the probe does not apply, the message says why;
   * the others go on. On any other failure nothing is left to free. */
  iclgd_status (*begin)(const iclgd_probe_setup *setup, void **state,
                        iclgd_error *err);
  iclgd_status (*feed)(void *state, const iclgd_probe_block *block,
                       iclgd_error *err); /* may be NULL */
  iclgd_status (*finish)(void *state, iclgd_record *record, iclgd_error *err);
  void (*end)(void *state); /* frees the state */
} iclgd_probe;

/* The table of probes (probes/table.c). */
const iclgd_probe *const *iclgd_probes(size_t *count);

#endif /* ICLGD_PROBE_H */
