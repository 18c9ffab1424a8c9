/* The probe `relevance` in parts. */
#ifndef ICLGD_PROBES_RELEVANCE_H
#define ICLGD_PROBES_RELEVANCE_H

#include <iclgd/components.h>
#include <iclgd/probe.h>

/* Who says what a point is worth. */
enum {
  ICLGD_BY_MODEL,          /* conservative propagation */
  ICLGD_BY_MODEL_GRADIENT, /* gradient x input */
  ICLGD_BY_MODEL_LEFT_OUT, /* prediction minus that without the point */
  ICLGD_BY_GD,             /* c_i y_i of gradient descent, */
  ICLGD_BY_GD_LEFT_OUT,
  ICLGD_BY_BEST, /* of the algorithm that is nearest to the model */
  ICLGD_BY_BEST_LEFT_OUT,
  ICLGD_WHOS
};
extern const char *const iclgd_relevance_names[ICLGD_WHOS];

/* What a contribution is of. */
enum {
  ICLGD_OF_LABELS,
  ICLGD_OF_INPUTS,
  ICLGD_OF_QUERY,
  ICLGD_OF_BIASES,
  ICLGD_INPUT_KINDS
};

/* What a thread works in. */
typedef struct iclgd_relevance_room {
  iclgd_path_scratch path_scratch;
  double *x, *y;       /* (n, d), (n) of a prompt that lacks a point */
  double *share;       /* (n) */
  double *of_x, *of_y; /* (n) */
} iclgd_relevance_room;

typedef struct iclgd_relevance {
  const iclgd_probe_setup *setup;
  bool parts; /* the model's components are known */
  iclgd_prompts prompts;
  double *off;         /* (n_paths) sum of squares off the model */
  iclgd_path gd, best; /* no longer than the model; without algorithm: none */
  bool there[ICLGD_WHOS];
  iclgd_relevance_room *rooms;         /* (threads) */
  double *points[ICLGD_WHOS];          /* (prompts, n) */
  double *of[2][ICLGD_INPUT_KINDS];    /* by rule: (prompts) sums */
  double *sizes[2][ICLGD_INPUT_KINDS]; /* (prompts) sums of magnitudes */
  double *x, *y;       /* (prompts, n) conservative, of its parts */
  double *prediction;  /* (prompts) */
  double *expected[2]; /* (prompts) of gd and best */
  double *similarity;  /* (prompts, n) */
} iclgd_relevance;

/* All contributions on all prompts. */
void iclgd_relevance_measure(iclgd_relevance *s);

iclgd_status iclgd_relevance_write(iclgd_relevance *s, iclgd_record *record,
                                   iclgd_error *err);

extern const iclgd_schema iclgd_relevance_schema;

#endif /* ICLGD_PROBES_RELEVANCE_H */
