/* Losses on prompts, for probes that ask what other weights would do: the risk
 *   (w - w_star)^T Sigma (w - w_star),
 * the exact mean of the squared error over the query, where w_star and Sigma,
 * the prompt's own, are known, else the squared error itself. */
#ifndef ICLGD_PROBES_LOSSES_H
#define ICLGD_PROBES_LOSSES_H

#include <iclgd/probe.h>

/* What one thread needs. */
typedef struct iclgd_losses_room {
  iclgd_tape *tape;
  double *path;  /* (depth + 1, d), enough for weights or predictions */
  double *loss;  /* (depth + 1) */
  double *Sigma; /* (d, d) in the prompts' own frames; NULL: not known */
  double *off;   /* (d) */
} iclgd_losses_room;

/* A room for each thread of the pool, for models of the shape of `model` or of
 * less depth; memory of the arena. */
iclgd_status iclgd_losses_rooms(const iclgd_probe_setup *setup,
                                const iclgd_model *model, iclgd_arena *arena,
                                iclgd_losses_room **out, iclgd_error *err);

/* The first `wanted` of the prompts that are fed, or all if there are less. */
iclgd_status iclgd_losses_prompts(const iclgd_probe_setup *setup, size_t wanted,
                                  iclgd_arena *arena, iclgd_prompts *out,
                                  iclgd_error *err);

/* loss (depth + 1) after every layer on one prompt. */
void iclgd_losses_along(const iclgd_model *model, const double *theta,
                        const iclgd_prompt *prompt,
                        const iclgd_losses_room *room, double *loss);

/* loss (count) of the last layer on every prompt. */
void iclgd_losses_fill(const iclgd_model *model, const double *theta,
                       const iclgd_prompts *prompts,
                       const iclgd_losses_room *room, double *loss);

/* A search for the factor by which the parameters theta of a model that
 * descends are to be multiplied. */
typedef struct iclgd_losses_search iclgd_losses_search;
iclgd_status iclgd_losses_search_open(const iclgd_probe_setup *setup,
                                      const iclgd_model *model,
                                      const double *theta, iclgd_arena *arena,
                                      iclgd_losses_search **out,
                                      iclgd_error *err);

/* The factor between 1/8 and 8 of least mean loss on the prompts, to half a
 * percent or better; not worse than 1. */
double iclgd_losses_search_best(iclgd_losses_search *search,
                                const iclgd_prompts *prompts);

/* loss (count) with that factor. */
void iclgd_losses_search_fill(iclgd_losses_search *search, double factor,
                              const iclgd_prompts *prompts, double *loss);

#endif /* ICLGD_PROBES_LOSSES_H */
