/* Are these the prompts that a model was shown? */
#include <iclgd/prompt.h>

#include "prompt/hash.h"

uint64_t iclgd_prompts_hash(uint64_t hash, const iclgd_prompts *prompts) {
  const size_t n = prompts->n, d = prompts->d;
  for (size_t i = 0; i < prompts->count; ++i) {
    hash = iclgd_hash_numbers(hash, prompts->x + i * n * d, n * d);
    hash = iclgd_hash_numbers(hash, prompts->y + i * n, n);
    hash = iclgd_hash_numbers(hash, prompts->x_query + i * d, d);
  }
  return hash;
}
