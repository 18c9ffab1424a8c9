/* The parts of the probe `energy`. */
#ifndef ICLGD_PROBES_ENERGY_H
#define ICLGD_PROBES_ENERGY_H

#include <iclgd/energy.h>
#include <iclgd/probe.h>

extern const iclgd_schema iclgd_energy_schema;

/* Energies of several series over the same prompts (table.c): do they fall, and
 * how far do they rise? A rise counts from energy to energy' where energy' -
 * energy > rounding (|energy| + |energy at 0|). */
typedef struct iclgd_energy_table {
  size_t series, columns, prompts;
  size_t trained; /* columns 0..trained are as trained, the others beyond */
  const char **names;
  double rounding;
  double
      *energy; /* (series, columns, prompts); NaN: none, INFINITY: overflow */
} iclgd_energy_table;

/* What the table says of one series on one prompt. */
typedef struct iclgd_energy_fate {
  bool known, falls; /* there are steps; none of those trained rises */
  bool goes_on;      /* there are steps beyond */
  bool falls_on;     /* of which none rises */
  size_t rises;      /* how many trained steps rise */
  double rise;       /* the largest over the drop from 0 to the least */
} iclgd_energy_fate;

/* Room for what `out` says of series, columns, prompts. */
iclgd_status iclgd_energy_table_create(iclgd_arena *arena,
                                       iclgd_energy_table *out,
                                       iclgd_error *err);
static inline double *iclgd_energy_at(const iclgd_energy_table *t,
                                      size_t series, size_t column,
                                      size_t prompt) {
  return &t->energy[(series * t->columns + column) * t->prompts + prompt];
}
iclgd_energy_fate iclgd_energy_fate_of(const iclgd_energy_table *t,
                                       size_t series, size_t prompt);
iclgd_status iclgd_energy_table_write(const iclgd_energy_table *t,
                                      const char *group, iclgd_arena *arena,
                                      iclgd_record *record, iclgd_error *err);

/* --- the in-context loss along paths (context.c) ------------------------- */

/* energy (steps + 1) of the path on a problem: its in-context loss; ridge
 * likewise with lambda |w|^2 / 2 (NULL: not asked for). False, and nothing is
 * set, where the path's values at the context points are not known. `fits`
 * (steps + 1, n) is scratch, path_scratch has w and prediction. */
bool iclgd_energy_along(const iclgd_path *path, const iclgd_problem *problem,
                        const iclgd_path_scratch *path_scratch, double lambda,
                        double *fits, double *energy, double *ridge);

/* --- over the prompts that are fed (descent.c) --------------------------- */

typedef struct iclgd_energy_descent iclgd_energy_descent;
iclgd_status iclgd_energy_descent_create(const iclgd_probe_setup *setup,
                                         iclgd_energy_descent **out,
                                         iclgd_error *err);
void iclgd_energy_descent_feed(iclgd_energy_descent *p,
                               const iclgd_probe_block *block);
iclgd_status iclgd_energy_descent_write(iclgd_energy_descent *p,
                                        iclgd_record *record, iclgd_error *err);

/* --- hidden tokens (tokens.c) -------------------------------------------- */

typedef struct iclgd_energy_tokens iclgd_energy_tokens;
/* *out NULL: there are no tokens of a whole context. */
iclgd_status iclgd_energy_tokens_create(const iclgd_probe_setup *setup,
                                        iclgd_energy_tokens **out,
                                        iclgd_error *err);
void iclgd_energy_tokens_feed(iclgd_energy_tokens *p,
                              const iclgd_probe_block *block);
iclgd_status iclgd_energy_tokens_write(iclgd_energy_tokens *p,
                                       iclgd_record *record, iclgd_error *err);
/* By which tokens are divided. */
double iclgd_energy_tokens_unit(const iclgd_energy_tokens *p);

/* --- over training (training.c) and random tokens (random.c) ------------- */

/* Nothing where the key energy.training is 0, or there are no snapshots; unit:
 * that of tokens, 0 without them. */
iclgd_status iclgd_energy_training_write(const iclgd_probe_setup *setup,
                                         double unit, iclgd_record *record,
                                         iclgd_error *err);

/* Nothing where the key energy.runs is 0. */
iclgd_status iclgd_energy_random_write(const iclgd_probe_setup *setup,
                                       iclgd_record *record, iclgd_error *err);

#endif /* ICLGD_PROBES_ENERGY_H */
