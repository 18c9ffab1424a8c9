/* iclgd/arena.h - memory that is taken piece by piece and given back at once.
 *
 * An arena is a list of zeroed blocks. Set-up code takes everything it needs
 * from one arena, so that there is one place to check and one place to free;
 * nothing is allocated in hot loops.
 */
#ifndef ICLGD_ARENA_H
#define ICLGD_ARENA_H

#include <iclgd/status.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct iclgd_arena {
  struct iclgd_arena_block *blocks; /* newest first; NULL when empty */
  bool failed; /* something could not be taken: nor can anything after it */
} iclgd_arena; /* zero-initialise it: `iclgd_arena arena = {0};` */

/* count * size zeroed bytes, 64-byte aligned, owned by the arena; NULL when
 * memory is out or the product overflows, and after that for every call. A
 * count of 0 gives a valid pointer. */
void *iclgd_arena_take(iclgd_arena *arena, size_t count, size_t size);

/* Zeroed doubles for an array of shape (a, b, c); pass 1 for absent dims. */
double *iclgd_arena_reals(iclgd_arena *arena, size_t a, size_t b, size_t c);

/* A copy of a string; NULL when memory is out. */
char *iclgd_arena_text(iclgd_arena *arena, const char *text);

/* Whether all that was asked of the arena was given; else ICLGD_ENOMEM, "out of
 * memory for `what`". One look after several calls, before any of what they
 * gave is used. */
iclgd_status iclgd_arena_status(const iclgd_arena *arena, iclgd_error *err,
                                const char *what);

/* Give everything back; the arena is empty and usable again. */
void iclgd_arena_free(iclgd_arena *arena);

#endif /* ICLGD_ARENA_H */
