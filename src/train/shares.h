/* The blocks of a batch, divided over the processes of a team. */
#ifndef ICLGD_TRAIN_SHARES_H
#define ICLGD_TRAIN_SHARES_H

#include <iclgd/arena.h>
#include <iclgd/team.h>

/* Units of `unit` blocks, a power of two (the last may be shorter); rank r has
 * the units first[r] .. first[r + 1] - 1. */
typedef struct iclgd_shares {
  size_t blocks, unit, units;
  const size_t *first; /* (ranks + 1), in the arena */
} iclgd_shares;

iclgd_status iclgd_shares_create(size_t blocks, size_t ranks,
                                 iclgd_arena *arena, iclgd_shares *out,
                                 iclgd_error *err);

/* The first block of unit u, which for u = units is their number. */
size_t iclgd_shares_block(const iclgd_shares *shares, size_t unit);

/* rows (blocks, width), of which this process has those of its units: its sums
 * of units go to the leader, which has the sum of all in rows[0]. */
void iclgd_shares_sum(const iclgd_shares *shares, iclgd_team *team,
                      double *rows, size_t width);

#endif /* ICLGD_TRAIN_SHARES_H */
