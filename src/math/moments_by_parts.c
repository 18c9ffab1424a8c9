/* E tr W^k and E tr W^i tr W^j, W = X X^T, by Gaussian integration by parts: a
 * second route beside the sum over Jack polynomials of moments.c.
 *
 * For a multiset (k, a_1 .. a_r) of powers, M = E prod tr W^(a_i) obeys
 *
 *   M(k, a) = (n + k - 1) M(k - 1, a) + sum_{j=0}^{k-2} M(j + 1, k - 2 - j, a)
 *             + sum_i 2 a_i M(k + a_i - 1, a without a_i),
 *
 * tr W^0 = d, M() = 1. Every term has one power less in all, so the values of
 * all partitions of t follow from those of t - 1. Source: docs/theory.md, O2.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <iclgd/arena.h>

#include "math/moments.h"

enum { ORDER_MAX = 24, PARTITIONS_MAX = 1575 /* of 24 */ };

/* All partitions of one number, parts descending, and their M. */
typedef struct level {
  size_t count;
  uint8_t (*parts)[ORDER_MAX];
  mpz_t *value;
} level;

/* Append the partitions of `left` with parts up to `most` behind `used`. */
static void enumerate(level *to, uint8_t *parts, size_t used, size_t left,
                      size_t most) {
  if (left == 0) {
    memset(parts + used, 0, ORDER_MAX - used);
    memcpy(to->parts[to->count++], parts, ORDER_MAX);
    return;
  }
  for (size_t part = most < left ? most : left; part > 0; --part) {
    parts[used] = (uint8_t)part;
    enumerate(to, parts, used + 1, left - part, part);
  }
}

static void sort_descending(uint8_t *parts) {
  for (size_t i = 1; i < ORDER_MAX; ++i)
    for (size_t j = i; j > 0 && parts[j] > parts[j - 1]; --j) {
      const uint8_t part = parts[j];
      parts[j] = parts[j - 1];
      parts[j - 1] = part;
    }
}

/* sum += factor * M(powers), where `zeros` of the traces are tr W^0 = d. */
static void add(mpz_t sum, const level *below, const uint8_t *powers,
                unsigned long factor, size_t zeros, size_t d) {
  uint8_t parts[ORDER_MAX];
  memcpy(parts, powers, ORDER_MAX);
  sort_descending(parts);
  size_t at = 0;
  while (memcmp(below->parts[at], parts, ORDER_MAX) != 0) ++at;
  mpz_t term;
  mpz_init_set(term, below->value[at]);
  for (; zeros > 0; --zeros) mpz_mul_ui(term, term, d);
  mpz_addmul_ui(sum, term, factor);
  mpz_clear(term);
}

/* M of one partition from the level below. */
static void integrate(mpz_t sum, const level *below, const uint8_t *parts,
                      size_t d, size_t n) {
  uint8_t next[ORDER_MAX];
  const size_t k = parts[0];
  mpz_set_ui(sum, 0);
  memcpy(next, parts, ORDER_MAX);
  next[0] = (uint8_t)(k - 1);
  add(sum, below, next, n + k - 1, k == 1, d);
  size_t end = 0;
  while (end < ORDER_MAX && parts[end]) ++end;
  for (size_t j = 0; j + 2 <= k; ++j) {
    next[0] = (uint8_t)(j + 1);
    if (end < ORDER_MAX) next[end] = (uint8_t)(k - 2 - j);
    add(sum, below, next, 1, k - 2 == j, d);
  }
  for (size_t i = 1; i < end; ++i) {
    memcpy(next, parts, ORDER_MAX);
    next[0] = (uint8_t)(k + parts[i] - 1);
    next[i] = 0;
    add(sum, below, next, 2ul * parts[i], 0, d);
  }
}

static bool room_for_levels(iclgd_arena *arena, level levels[2]) {
  for (size_t i = 0; i < 2; ++i) {
    levels[i] = (level){
        .parts = iclgd_arena_take(arena, PARTITIONS_MAX, ORDER_MAX),
        .value = iclgd_arena_take(arena, PARTITIONS_MAX, sizeof(mpz_t))};
    if (!levels[i].parts || !levels[i].value) return false;
  }
  return true;
}

/* E tr W^i tr W^j, i + j = t, into pairs (K + 1, K + 1). */
static void take_pairs(const level *now, size_t t, size_t d, size_t K,
                       mpz_t *pairs) {
  for (size_t at = 0; at < now->count; ++at) {
    const size_t i = now->parts[at][0], j = now->parts[at][1];
    if (i + j != t) continue;
    mpz_set(pairs[i * (K + 1) + j], now->value[at]);
    if (j == 0) mpz_mul_ui(pairs[i * (K + 1)], now->value[at], d);
    mpz_set(pairs[j * (K + 1) + i], pairs[i * (K + 1) + j]);
  }
}

iclgd_status iclgd_moments_by_parts(size_t d, size_t n, size_t K, mpz_t *m,
                                    mpz_t *pairs, iclgd_error *err) {
  iclgd_arena arena = {0};
  level levels[2];
  uint8_t parts[ORDER_MAX] = {0};
  if (K > ORDER_MAX)
    return iclgd_fail(err, ICLGD_ERANGE, "moments by parts: order %zu of %d", K,
                      ORDER_MAX);
  if (!room_for_levels(&arena, levels)) {
    iclgd_arena_free(&arena);
    return iclgd_fail_memory(err, "the partitions");
  }
  for (size_t i = 0; i < 2 * PARTITIONS_MAX; ++i)
    mpz_init(levels[i / PARTITIONS_MAX].value[i % PARTITIONS_MAX]);
  mpz_set_ui(m[0], d);
  if (pairs) mpz_mul_ui(pairs[0], m[0], d);
  mpz_set_ui(levels[0].value[0], 1);
  levels[0].count = 1;
  for (size_t t = 1; t <= K; ++t) {
    level *now = &levels[t % 2];
    now->count = 0;
    enumerate(now, parts, 0, t, t);
    for (size_t i = 0; i < now->count; ++i)
      integrate(now->value[i], &levels[(t + 1) % 2], now->parts[i], d, n);
    mpz_set(m[t], now->value[0]); /* the partition (t) comes first */
    if (pairs) take_pairs(now, t, d, K, pairs);
  }
  for (size_t i = 0; i < 2 * PARTITIONS_MAX; ++i)
    mpz_clear(levels[i / PARTITIONS_MAX].value[i % PARTITIONS_MAX]);
  iclgd_arena_free(&arena);
  return ICLGD_OK;
}
