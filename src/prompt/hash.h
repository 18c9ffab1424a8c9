/* 64-bit FNV-1a (Fowler, Noll and Vo) of numbers, byte by byte from the lowest,
 * so that it is the same on every machine. */
#ifndef ICLGD_PROMPT_HASH_H
#define ICLGD_PROMPT_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t iclgd_hash_numbers(uint64_t hash, const double *values,
                                          size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const double value = values[i] + 0.0; /* -0 becomes 0 */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int byte = 0; byte < 8; ++byte) {
      hash ^= bits >> (8 * byte) & 0xff;
      hash *= UINT64_C(0x100000001b3);
    }
  }
  return hash;
}

#endif /* ICLGD_PROMPT_HASH_H */
