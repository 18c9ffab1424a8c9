/* Filters of every path, prompt by prompt: eigenpairs, the components of the
 * implied weights along them, and distances between filters. Blocks come in
 * order; after `limit` prompts no more are looked at. */
#ifndef ICLGD_PROBES_FILTER_PATHS_H
#define ICLGD_PROBES_FILTER_PATHS_H

#include <iclgd/comparisons.h>
#include <iclgd/probe.h>

/* What becomes of an eigenpair. */
enum { PAIR_KEPT, PAIR_SMALL, PAIR_NULL };

/* A path with its steps as columns; the untrained model comes last, where it is
 * known. */
typedef struct filter_path {
  const char *name, *title;
  size_t parameters; /* fitted ones */
  bool explains;     /* an algorithm that owes nothing to the model's weights */
  size_t steps;      /* iterates 0..steps */
  size_t column;     /* step k is column `column + k` */
  size_t brief;      /* step k <= depth is stored as `brief + k` */
} filter_path;

typedef struct iclgd_filters {
  const iclgd_probe_setup *setup;
  size_t limit, offered; /* prompts to look at, and looked at */
  double threshold;
  const double *untrained; /* (size) of the model before training, or NULL */
  filter_path *paths;      /* (n_paths), 0 is the model */
  size_t n_paths, n_columns, n_brief;
  /* Per eigenpair of the prompts that were looked at, (limit, d). */
  unsigned char *fate;
  double *lambda, *b; /* eigenvalue, <v, b> */
  double *z;          /* (n_brief, limit, d): <v, w> */
  /* Of the block that is on: its kept pairs and their filters. */
  const iclgd_probe_block *block;
  size_t scratch, count; /* prompts that fit, and that are in */
  size_t *kept;          /* (room) */
  double *p;             /* (room, n_columns, d), the first `kept` of each d */
  /* Distances between columns a and b, moments over prompts. */
  struct column_pair {
    size_t a, b;
    iclgd_moments distance;
  } * pairs;
  size_t n_pairs;
  size_t *to_steps;       /* per path: layer l and step k are pair
                             to_steps + l (steps + 1) + k */
  size_t untrained_pairs; /* (path, layer): the untrained layer, step l */
  size_t between_pairs;   /* (path, other): both at their last common step */
  iclgd_moments *overall; /* (n_paths): mean over layers >= 1 of step = layer */
  iclgd_path_scratch *path_scratches; /* (threads) for the untrained model */
  double *component;                  /* (threads, d) */
} iclgd_filters;

/* Paths and memory for a setup; at most `limit` prompts will be looked at. */
iclgd_status iclgd_filter_open(iclgd_filters *f, const iclgd_probe_setup *setup,
                               size_t limit, double threshold,
                               iclgd_error *err);

iclgd_status iclgd_filter_feed(iclgd_filters *f, const iclgd_probe_block *block,
                               iclgd_error *err);

/* The filter 1 - lambda z / b of one eigenpair. */
static inline double iclgd_filter_value(double lambda, double z, double b) {
  return 1 - lambda * z / b;
}

#endif /* ICLGD_PROBES_FILTER_PATHS_H */
