/* Methods that act on every eigenvalue of S alone (iclgd_spectral_step). */
#ifndef ICLGD_REFERENCE_SPECTRAL_H
#define ICLGD_REFERENCE_SPECTRAL_H

#include <iclgd/algorithm.h>

/* w (d) = V^T z: from the eigenbasis to the original coordinates. */
void iclgd_write_weight(const iclgd_problem *p, const double *z, double *w);

/* w (steps + 1, d); work (d, ICLGD_FILTER_STATE + 2). */
void iclgd_filter_iterate(iclgd_spectral_step filter, const iclgd_hyper *hyper,
                          const iclgd_problem *p, size_t steps, double *work,
                          double *w);

/* The loss of iterate `steps` of the filter that chooses, without any vectors;
 * on prompts,
 *   mean (sum_j q(lambda_j) (v_j.b) (v_j.x_query) - y_query)^2,
 * or exactly, by a Gauss rule over the law of the eigenvalues (docs/theory.md,
 * O3), mu((1 - s q)^2) + (sigma^2 / n) mu(s q^2). */
typedef struct iclgd_spectral_loss {
  iclgd_spectral_step filter;
  size_t steps, count, d; /* exact: count nodes, d = 1 */
  double *lambda;         /* (count, d) */
  double *along;          /* (count, d) (v_j.b) (v_j.x_query); exact: NULL */
  const double *y_query;  /* (count) */
  double *signal, *noise; /* (count) weights of (1 - s q)^2 and (s q)^2 */
  double floor;           /* what no method can see */
  size_t batch;           /* prompts or nodes at a time */
  double *state;          /* (ICLGD_FILTER_STATE, batch d) */
  const volatile sig_atomic_t *stop;
} iclgd_spectral_loss;

/* Exact where a closed form holds and the residual polynomial, of this degree,
 * is in its reach; else, or with degree 0, on the prompts. */
iclgd_status iclgd_spectral_loss_create(const iclgd_choice *choice,
                                        size_t steps, size_t degree,
                                        const iclgd_prompts *prompts,
                                        iclgd_spectral_loss *out,
                                        iclgd_error *err);

static inline bool iclgd_spectral_is_exact(const iclgd_spectral_loss *loss) {
  return !loss->along;
}

/* Of an iclgd_spectral_loss; infinite, at once, when its stop is set. */
double iclgd_spectral_loss_at(const void *loss, const iclgd_hyper *hyper);

#endif /* ICLGD_REFERENCE_SPECTRAL_H */
