/* iclgd/probe.h - a probe: a question asked of the trajectories of one model
 * and the reference algorithms on the same prompts.
 *
 * A probe is one file in probes/ and one row in probes/table.c. It declares its
 * keys, groups and datasets there, is fed the prompts in blocks, in order, and
 * writes its own groups of the file at the end; its view says what they hold.
 * It sees public headers only.
 */
#ifndef ICLGD_PROBE_H
#define ICLGD_PROBE_H

#include "iclgd/linear.h"
#include "iclgd/parallel.h"
#include "iclgd/path.h"
#include "iclgd/prompt.h"
#include "iclgd/record.h"
#include "iclgd/view.h"

/* What training left: parameters like those of the model, (size) each. A count
 * is 0 where nothing is known. */
typedef struct iclgd_history {
  size_t snapshots;
  const int64_t *step; /* (snapshots) updates done before each; 0 comes first */
  const double *theta; /* (snapshots, size) of the first training run */
  size_t runs;         /* training runs, the first is the model's */
  const int64_t *seed; /* (runs) */
  const double *finals; /* (runs, size) at the end of each */
  /* Of a model that ran elsewhere what was brought over training, in the place
   * of theta. */
  size_t given;
  const int64_t *given_step;     /* (given) ascending */
  const iclgd_path *given_paths; /* (given) of the model's depth */
} iclgd_history;

/* What is known before the first prompt. All borrowed for the probe's life. */
typedef struct iclgd_probe_setup {
  const iclgd_settings *settings;
  const iclgd_distribution *dist; /* NULL when the law is not known */
  const iclgd_model *model;
  const double *theta; /* (size) of the model */
  const iclgd_history *history;
  const iclgd_prompts *tune;  /* for fitting: never among those that are fed */
  iclgd_prompt_source source; /* of the prompts that are fed, */
  uint64_t source_from;       /* from this one on */
  iclgd_pool *pool;
  size_t prompts;          /* how many there will be */
  size_t n, d, depth;      /* depth: the model's */
  size_t n_paths;          /* path 0 is the model, the others are algorithms */
  const iclgd_path *paths; /* (n_paths) */
  iclgd_arena *arena;      /* of this probe, freed after it has ended */
} iclgd_probe_setup;

/* As many prompts as the key asks for, as far as they will be fed. */
static inline size_t iclgd_probe_prompts(const iclgd_probe_setup *setup,
                                         const char *key) {
  const size_t wanted = iclgd_get_size(setup->settings, key);
  return wanted < setup->prompts ? wanted : setup->prompts;
}

/* Trajectories of one path over the prompts of a block. */
typedef struct iclgd_trajectory {
  const double *w;          /* (count, steps + 1, d) */
  const double *prediction; /* (count, steps + 1) */
} iclgd_trajectory;

typedef struct iclgd_probe_block {
  size_t first;                  /* index of its first prompt in the run */
  const iclgd_prompts *prompts;  /* the `count` prompts of this block */
  const iclgd_trajectory *paths; /* (n_paths) */
  const iclgd_problem *problems; /* (count) of the prompts, with spectrum */
} iclgd_probe_block;

/* How many prompts of the block are among the first `limit` of the run. */
static inline size_t iclgd_block_within(const iclgd_probe_block *block,
                                        size_t limit) {
  const size_t left = limit > block->first ? limit - block->first : 0;
  return left < block->prompts->count ? left : block->prompts->count;
}

/* What a probe needs of a model, or-ed; where it is not there the stage writes
 * "not run" with the reason. */
typedef enum iclgd_capability {
  ICLGD_NEEDS_LINEAR = 1,      /* P, Q, A, B (iclgd/linear.h) */
  ICLGD_NEEDS_WEIGHTS = 2,     /* prediction = w . x_query, for any query */
  ICLGD_NEEDS_TOKENS = 4,      /* hidden states */
  ICLGD_NEEDS_PARAMETERS = 8,  /* theta */
  ICLGD_NEEDS_RERUN = 16,      /* the model on other prompts */
  ICLGD_NEEDS_SNAPSHOTS = 32,  /* the model over training: theta, or brought */
  ICLGD_NEEDS_CONTEXTS = 64,   /* predictions at every context length */
  ICLGD_NEEDS_COMPONENTS = 128 /* heads and mlps (iclgd/components.h) */
} iclgd_capability;

typedef struct iclgd_probe {
  const char *name;
  const char *question;      /* one line, for `iclgd probes` */
  unsigned needs;            /* of iclgd_capability */
  const iclgd_key_set *keys; /* NULL: none */
  const iclgd_schema *schema;
  const iclgd_view *view; /* what its groups say; NULL: nothing */
  size_t state_size;      /* bytes of the state, which comes zeroed */
  /* ICLGD_ERANGE: the probe does not apply, the message says why; the others
   * go on. What is only taken of setup->arena needs no look: ICLGD_ENOMEM
   * follows where it was not given. */
  iclgd_status (*begin)(void *state, const iclgd_probe_setup *setup,
                        iclgd_error *err);
  iclgd_status (*feed)(void *state, const iclgd_probe_block *block,
                       iclgd_error *err); /* may be NULL */
  iclgd_status (*finish)(void *state, iclgd_record *record, iclgd_error *err);
  /* Of a probe that fits parameters: the word of a sentence for one, or many,
   * of that name in the file ("eta_2": "step size"). NULL: it fits none. */
  const char *(*word)(const char *parameter, bool many);
} iclgd_probe;

/* The table of probes (probes/table.c). */
const iclgd_probe *const *iclgd_probes(size_t *count);

/* The probe of that name, or NULL. */
const iclgd_probe *iclgd_probe_named(const char *name);

#endif /* ICLGD_PROBE_H */
