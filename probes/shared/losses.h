/* Losses on prompts, for probes that ask what other weights would do: the risk
 *   (w - w_star)^T Sigma (w - w_star),
 * the exact mean of the squared error over the query, where w_star and Sigma,
 * the prompt's own, are known, else the squared error itself. */
#ifndef ICLGD_PROBES_LOSSES_H
#define ICLGD_PROBES_LOSSES_H

#include <iclgd/probe.h>

/* What one thread needs. */
typedef struct iclgd_losses_scratch {
  iclgd_tape *tape;    /* NULL for a model that runs elsewhere */
  double *path;        /* (depth + 1, d), enough for weights or predictions */
  double *loss;        /* (depth + 1) */
  const double *Sigma; /* (d, d) in the prompts' frames; NULL: not known */
  double *off;         /* (d) */
} iclgd_losses_scratch;

/* A room for each thread of the pool, for models of the shape of `model` or of
 * less depth. */
iclgd_status iclgd_losses_scratches(const iclgd_probe_setup *setup,
                                    const iclgd_model *model,
                                    iclgd_losses_scratch **out,
                                    iclgd_error *err);

/* The first of the prompts that are fed, as many as the key asks for; and of
 * the tuning prompts, borrowed. */
iclgd_status iclgd_losses_prompts(const iclgd_probe_setup *setup,
                                  const char *key, iclgd_prompts *out,
                                  iclgd_error *err);
iclgd_prompts iclgd_losses_tune(const iclgd_probe_setup *setup,
                                const char *key);

/* (w - w_star)^T U Sigma U^T (w - w_star), U the prompt's own rotation, I where
 * it has none; off (d) is scratch. */
double iclgd_losses_risk(const iclgd_prompt *prompt, const double *w,
                         const double *Sigma, double *off);

/* loss (depth + 1) after every layer on one prompt. */
void iclgd_losses_along(const iclgd_model *model, const double *theta,
                        const iclgd_prompt *prompt,
                        const iclgd_losses_scratch *scratch, double *loss);

/* loss (count) of the last layer on every prompt. */
void iclgd_losses_fill(const iclgd_model *model, const double *theta,
                       const iclgd_prompts *prompts,
                       const iclgd_losses_scratch *scratch, double *loss);

/* A search for the factor by which the parameters theta of a model that
 * descends are to be multiplied. */
typedef struct iclgd_losses_search iclgd_losses_search;
iclgd_status iclgd_losses_search_open(const iclgd_probe_setup *setup,
                                      const iclgd_model *model,
                                      const double *theta,
                                      iclgd_losses_search **out,
                                      iclgd_error *err);

/* The factor between 1/8 and 8 of least mean loss on the prompts, to half a
 * percent or better; not worse than 1. */
double iclgd_losses_search_best(iclgd_losses_search *search,
                                const iclgd_prompts *prompts);

/* loss (count) with that factor. */
void iclgd_losses_search_fill(iclgd_losses_search *search, double factor,
                              const iclgd_prompts *prompts, double *loss);

/* What losses say, row by row of a table: over prompts, and beside those of the
 * trained model on the same ones (ratios of means; delta method). */
typedef struct iclgd_losses_table {
  double *mean, *error, *median, *ratio, *ratio_error; /* (rows) */
} iclgd_losses_table;
iclgd_losses_table iclgd_losses_table_take(iclgd_arena *arena, size_t rows);

/* One row, of loss (count), which is reordered. */
void iclgd_losses_judge(const iclgd_losses_table *out, size_t row,
                        const double *trained, double *loss, size_t count);

#endif /* ICLGD_PROBES_LOSSES_H */
