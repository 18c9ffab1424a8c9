/* What the algorithms start from: S, b and the spectrum of S, once per prompt;
 * after that a step costs O(d^2) whatever n is. And the room that they take. */
#include <iclgd/algorithm.h>

#include "math/symmetric.h"
#include "reference/kernels.h"

size_t iclgd_problem_work(size_t d) {
  return 3 * d * d + 2 * d;
}

void iclgd_problem_set(const iclgd_prompt *prompt, bool spectral,
                       double *problem_work, iclgd_problem *out) {
  const size_t d = prompt->d;
  *out = (iclgd_problem){.prompt = *prompt,
                         .S = problem_work,
                         .b = problem_work + d * d,
                         .lambda = problem_work + d * d + d,
                         .V = problem_work + d * d + 2 * d};
  iclgd_context_gram(out->S, out->b, prompt->x, prompt->y, prompt->n, d,
                     prompt->n > 0 ? prompt->n : 1);
  if (spectral)
    iclgd_symmetric_spectrum(out->S, d, problem_work + 2 * d * d + 2 * d,
                             out->lambda, out->V);
}

iclgd_problem iclgd_problem_of(const iclgd_prompts *prompts, size_t i,
                               bool spectral, double *problem_work) {
  const iclgd_prompt prompt = iclgd_prompts_at(prompts, i);
  iclgd_problem problem;
  iclgd_problem_set(&prompt, spectral, problem_work, &problem);
  return problem;
}

/* The largest need is a copy of the data, a d x d matrix or, for contexts that
 * are not too long for it, that of a kernel. */
size_t iclgd_algorithm_work(size_t n, size_t d) {
  const size_t plain = n * d + (n > d ? n : d) + d * d + 3 * d;
  const size_t kernel = n <= ICLGD_KERNEL_POINTS ? iclgd_kernel_work(n) : 0;
  return plain > kernel ? plain : kernel;
}
