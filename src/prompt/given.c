/* The law of prompts that were made elsewhere, as far as it is known: always
 * their covariance Sigma = F F^T (Cholesky), v = 1, perhaps the laws of x, w
 * and the noise. */
#include <iclgd/distribution.h>

#include <math.h>
#include <string.h>

#include "prompt/function.h"
#include "prompt/matrices.h"

/* Whether Sigma is diagonal, and a multiple of I, to rounding. */
static void classify(const double *Sigma, size_t d, iclgd_distribution *out) {
  const double rounding = 1e-12;
  out->diagonal = out->isotropic = true;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      const double entry = Sigma[i * d + j], scale = fabs(Sigma[0]);
      if (i != j && entry != 0) out->diagonal = false;
      if (fabs(entry - (i == j ? Sigma[0] : 0)) > rounding * scale)
        out->isotropic = false;
    }
}

static iclgd_status state_law(const iclgd_settings *law, iclgd_arena *arena,
                              iclgd_distribution *out, iclgd_error *err) {
  const iclgd_form x = iclgd_get_form(law, "prompt.x");
  const iclgd_form w = iclgd_get_form(law, "prompt.w");
  out->x_law = (iclgd_input_law)x.choice;
  out->x_freedom = x.count ? (size_t)x.values[0] : 0;
  out->w_scale = iclgd_get_real(law, "prompt.w_scale");
  out->noise = iclgd_get_real(law, "prompt.noise");
  const iclgd_status status = iclgd_function_set(law, arena, out, err);
  if (status || !iclgd_distribution_is_linear(out) ||
      w.choice == ICLGD_W_POOL) /* the tasks are not known */
    return status;
  out->w_law = (iclgd_task_law)w.choice;
  out->w_count = w.count ? (size_t)w.values[0] : 0;
  return ICLGD_OK;
}

iclgd_status iclgd_distribution_given(const iclgd_settings *law, size_t n,
                                      size_t d, const double *Sigma,
                                      bool rotates, iclgd_arena *arena,
                                      iclgd_distribution *out, bool *known,
                                      iclgd_error *err) {
  double *F = iclgd_arena_reals(arena, d, d, 1);
  double *G = iclgd_arena_reals(arena, d, d, 1);
  if (iclgd_arena_status(arena, err, "the covariance")) return ICLGD_ENOMEM;
  *out = (iclgd_distribution){.d = d,
                              .n = n,
                              .given = true,
                              .x_law = ICLGD_X_UNKNOWN,
                              .x_scale = 1,
                              .x_variance = 1,
                              .F = F,
                              .G = G,
                              .rotate_per_prompt = rotates,
                              .w_law = ICLGD_W_UNKNOWN,
                              .w_scale = 1,
                              .noise = NAN};
  memcpy(F, Sigma, d * d * sizeof *F);
  *known = iclgd_cholesky(F, d);
  if (!*known) return ICLGD_OK;
  iclgd_inverse_transpose(F, d, G);
  classify(Sigma, d, out);
  return law ? state_law(law, arena, out, err) : ICLGD_OK;
}
