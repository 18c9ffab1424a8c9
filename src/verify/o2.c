/* O2: the moments E tr W^k as integers, by two routes that share nothing: the
 * sum over Jack polynomials (src/math/moments.c) and Gaussian integration by
 * parts (src/math/moments_by_parts.c). */
#include "math/moments.h"
#include "verify.h"

enum { K_MAX = 24 };

CHECK(o2_moments) {
  const size_t K = iclgd_get_size(t->settings, "k");
  mpz_t oracle[K_MAX + 1], parts[K_MAX + 1];
  size_t equal = 0;
  if (K > K_MAX) return iclgd_fail(err, ICLGD_ERANGE, "k up to %d", K_MAX);
  for (size_t k = 0; k <= K_MAX; ++k) mpz_inits(oracle[k], parts[k], NULL);
  iclgd_status status =
      iclgd_wishart_moments(t->setting.d, t->setting.n, K, oracle, err);
  if (!status)
    status =
        iclgd_moments_by_parts(t->setting.d, t->setting.n, K, parts, NULL, err);
  for (size_t k = 1; !status && k <= K; ++k)
    equal += mpz_cmp(oracle[k], parts[k]) == 0;
  for (size_t k = 0; k <= K_MAX; ++k) mpz_clears(oracle[k], parts[k], NULL);
  *out = iclgd_evidence_near((double)K, (double)equal, 0);
  return status;
}
