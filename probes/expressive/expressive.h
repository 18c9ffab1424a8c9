/* The parts of the probe `expressive`. */
#ifndef ICLGD_PROBES_EXPRESSIVE_H
#define ICLGD_PROBES_EXPRESSIVE_H

#include <iclgd/oracle.h>
#include <iclgd/probe.h>

extern const iclgd_schema iclgd_expressive_schema;

/* One variant: a row of table.c. */
typedef struct iclgd_variant_row {
  size_t table;     /* of the forms of expressive.table */
  const char *task; /* what is to be learned, in words */
  const char *line; /* what the variant is, apart from its heads */
  const char *keys; /* "key=value ..", behind those of the table */
  bool exact;       /* decays sought by iclgd_oracle_memory, not trained */
} iclgd_variant_row;

/* One statement: row `low` has a lower loss than row `high`, or, `alike`, they
 * differ by less than ICLGD_ALIKE of the label's variance. */
typedef struct iclgd_ordering {
  size_t table;
  const char *statement;
  size_t low, high; /* of iclgd_variant_rows */
  bool alike;
} iclgd_ordering;
#define ICLGD_ALIKE 0.05

/* The tables, and the keys of all rows of one. */
const iclgd_variant_row *iclgd_variant_rows(size_t *count);
const iclgd_ordering *iclgd_orderings(size_t *count);
const char *iclgd_table_keys(size_t table);

/* How variants are made. */
typedef struct iclgd_variant_setup {
  iclgd_pool *pool;
  uint64_t seed;  /* of the run, and of what prompts share */
  size_t later;   /* this variant's seed, from that one on */
  size_t steps;   /* 0: as the row says */
  size_t prompts; /* behind its loss */
} iclgd_variant_setup;

/* What one of them is and does. */
typedef struct iclgd_variant {
  double loss;     /* exact, or on held-out prompts */
  double sampled;  /* on held-out prompts */
  double variance; /* of the label: exact, or on those prompts */
  size_t parameters, layers, heads, hidden;
  bool dot_product;
} iclgd_variant;

/* Train one, or find its decays. ICLGD_EUSAGE: the row is not well-formed. */
iclgd_status iclgd_variant_run(const iclgd_variant_row *row,
                               const iclgd_variant_setup *setup,
                               iclgd_variant *out, iclgd_error *err);

/* A variant that is being made: its law, model and parameters. */
typedef struct iclgd_workpiece {
  const iclgd_variant_setup *setup;
  const iclgd_settings *settings;
  iclgd_arena *arena;
  iclgd_distribution dist;
  iclgd_model model;
  double *theta;
} iclgd_workpiece;

/* Decays and readouts of one layer of attention by position alone, sought from
 * a start of the variant's own, put into the model; and their exact loss. */
iclgd_status iclgd_workpiece_decay(iclgd_workpiece *piece, iclgd_variant *out,
                                   iclgd_error *err);

/* What seeds say: 1 holds, -1 does not, 0 cannot be told. `low` and `high`
 * (seeds) are losses over the variance of the label. */
int iclgd_ordering_judge(const iclgd_ordering *ordering, const double *low,
                         const double *high, size_t seeds);

#endif /* ICLGD_PROBES_EXPRESSIVE_H */
