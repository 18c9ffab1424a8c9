/* The arena: a list of separately allocated, zeroed blocks. */
#include <iclgd/arena.h>

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

typedef struct iclgd_arena_block {
  alignas(ALIGNMENT) struct iclgd_arena_block *next;
} iclgd_arena_block;

static void *fail(iclgd_arena *arena) {
  arena->failed = true;
  return NULL;
}

void *iclgd_arena_take(iclgd_arena *arena, size_t count, size_t size) {
  const size_t limit = SIZE_MAX / 2 - sizeof(iclgd_arena_block) - ALIGNMENT;
  if (arena->failed || (size != 0 && count > limit / size)) return fail(arena);
  const size_t payload = (count * size + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
  const size_t bytes = sizeof(iclgd_arena_block) + payload;
  iclgd_arena_block *block = aligned_alloc(ALIGNMENT, bytes);
  if (!block) return fail(arena);
  memset(block, 0, bytes);
  block->next = arena->blocks;
  arena->blocks = block;
  return block + 1;
}

double *iclgd_arena_reals(iclgd_arena *arena, size_t a, size_t b, size_t c) {
  if (b != 0 && a > SIZE_MAX / b) return fail(arena);
  if (c != 0 && a * b > SIZE_MAX / c) return fail(arena);
  return iclgd_arena_take(arena, a * b * c, sizeof(double));
}

char *iclgd_arena_text(iclgd_arena *arena, const char *text) {
  const size_t length = strlen(text) + 1;
  char *copy = iclgd_arena_take(arena, length, 1);
  if (copy) memcpy(copy, text, length);
  return copy;
}

iclgd_status iclgd_arena_status(const iclgd_arena *arena, iclgd_error *err,
                                const char *what) {
  return arena->failed ? iclgd_fail_memory(err, what) : ICLGD_OK;
}

void iclgd_arena_free(iclgd_arena *arena) {
  while (arena->blocks) {
    iclgd_arena_block *block = arena->blocks;
    arena->blocks = block->next;
    free(block);
  }
  arena->failed = false;
}
