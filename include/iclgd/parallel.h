/* iclgd/parallel.h - a pool of threads for loops with independent rounds.
 *
 * Which thread runs which round is left open, so a caller that wants the same
 * bits for any number of threads gives each round its own output and sums the
 * outputs in a fixed order (iclgd_sum_tree).
 */
#ifndef ICLGD_PARALLEL_H
#define ICLGD_PARALLEL_H

#include <signal.h>
#include <stddef.h>

#include "iclgd/status.h"

typedef struct iclgd_pool iclgd_pool;

/* How many cores this process may use, at least 1. */
size_t iclgd_cores(void);

/* A pool of `threads` >= 1 workers, the caller included; ICLGD_ENOMEM or
 * ICLGD_EIO when threads cannot be had. */
iclgd_status iclgd_pool_create(size_t threads, iclgd_pool **out,
                               iclgd_error *err);
void iclgd_pool_free(iclgd_pool *pool);
size_t iclgd_pool_threads(const iclgd_pool *pool);

/* Call body(context, round, thread) for round = 0..rounds-1, each once, with
 * thread < iclgd_pool_threads (an index into per-thread scratch); returns when
 * all are done. Not to be called from two threads at a time. */
void iclgd_pool_for(iclgd_pool *pool, size_t rounds,
                    void (*body)(void *context, size_t round, size_t thread),
                    void *context);

/* From now on rounds that have not begun are left out when *stop is set; what
 * such a loop was to compute is then of no use. NULL, as at first: never. */
void iclgd_pool_heed(iclgd_pool *pool, const volatile sig_atomic_t *stop);

/* rows (count, width) -> its sum over rows in rows[0], by a fixed binary tree;
 * the other rows are overwritten. */
void iclgd_sum_tree(double *rows, size_t count, size_t width);

#endif /* ICLGD_PARALLEL_H */
