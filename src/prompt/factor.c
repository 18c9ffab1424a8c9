/* Linear attention sees its context through G = (1/n) sum e e^T alone. For
 * normal x and normal noise e = M [g; eps], (g, eps) standard normal with d'
 * entries (d, and one more with noise), so that G = (1/n) M W M^T with W
 * Wishart of n degrees of freedom. By Bartlett's decomposition (1933) W = T T^T
 * in law, T (d', m), m = min(n, d'), independent entries
 *
 *   T_ij ~ N(0, 1) for i > j,  T_jj ~ chi_{n-j+1},  T_ij = 0 for i < j
 *
 * (for n < d' the reduction of an n-column matrix by reflections from the right
 * ends in the same trapezium). The m columns of T stand for the n points:
 * O(d^2) numbers instead of n d. */
#include "prompt/factor.h"

#include <string.h>

#include "math/chi.h"

/* In the order of the forms of prompt.sampler. */
enum { SAMPLER_AUTO, SAMPLER_TOKENS, SAMPLER_WISHART };

/* Why the contexts of a law are more than their Gram matrices; NULL: they are
 * not. */
static const char *refusal(const iclgd_distribution *dist) {
  if (!dist) return "the prompts are given, not drawn";
  if (dist->table) return "the rows of prompt.source = table are not normal";
  if (!iclgd_distribution_is_linear(dist)) return ICLGD_NOT_LINEAR;
  if (dist->x_law != ICLGD_X_NORMAL)
    return "a Wishart matrix needs prompt.x = normal";
  return NULL;
}

iclgd_status iclgd_distribution_use_sampler(const iclgd_settings *settings,
                                            iclgd_arena *arena,
                                            iclgd_distribution *dist,
                                            iclgd_error *err) {
  const char *key = "prompt.sampler";
  const size_t choice = iclgd_get_form(settings, key).choice;
  const char *why = refusal(dist);
  if (choice == SAMPLER_WISHART && why)
    return iclgd_settings_reject(settings, key, err, "%s", why);
  if (why || choice == SAMPLER_TOKENS) return ICLGD_OK;
  dist->sampler = ICLGD_WISHART;
  const size_t m = iclgd_distribution_tokens(dist);
  iclgd_chi *chi = iclgd_arena_take(arena, m, sizeof *chi);
  if (!chi) return iclgd_fail_memory(err, "the Wishart sampler");
  for (size_t j = 0; j < m; ++j) chi[j] = iclgd_chi_law(dist->n - j);
  dist->chi = chi;
  return ICLGD_OK;
}

static double draw_chi(const iclgd_chi *law, iclgd_stream *stream) {
  float g[ICLGD_CHI_LARGE], out;
  for (size_t i = 0; i < law->normals; ++i) g[i] = iclgd_stream_normal(stream);
  iclgd_chi_evaluate(&out, law, g, 1);
  return (double)out;
}

void iclgd_draw_factor(const iclgd_distribution *dist, iclgd_stream *stream,
                       double *x, double *y) {
  const size_t d = dist->d, m = iclgd_distribution_tokens(dist);
  const size_t rows = iclgd_distribution_rows(dist);
  memset(x, 0, m * d * sizeof *x);
  memset(y, 0, m * sizeof *y);
  for (size_t i = 1; i < rows; ++i)
    for (size_t j = 0; j < i && j < m; ++j)
      *(i < d ? x + j * d + i : y + j) = (double)iclgd_stream_normal(stream);
  for (size_t j = 0; j < m; ++j)
    *(j < d ? x + j * d + j : y + j) = draw_chi(&dist->chi[j], stream);
}
