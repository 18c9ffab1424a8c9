/* A tree over blocks 0, 1, .., whose first levels join 2^m neighbours, is the
 * same tree over units of 2^m blocks once each unit is summed. So every process
 * sums the units that are its own, one row of each travels, and the sum of
 * these rows by the same tree has the bits of the sum that one process makes.
 */
#include "train/shares.h"

#include <string.h>

#include <iclgd/parallel.h>

static size_t ceil_div(size_t a, size_t b) {
  return (a + b - 1) / b;
}

/* The largest units, since fewer rows travel, with which the process that has
 * most to do has little more than its fair share. */
static size_t choose_unit(size_t blocks, size_t ranks) {
  const size_t fair = ceil_div(blocks, ranks);
  size_t best = 1;
  for (size_t unit = 1; unit < 2 * blocks; unit *= 2) {
    const size_t most = ceil_div(ceil_div(blocks, unit), ranks) * unit;
    if ((most < blocks ? most : blocks) <= fair + fair / 16) best = unit;
  }
  return best;
}

iclgd_status iclgd_shares_create(size_t blocks, size_t ranks,
                                 iclgd_arena *arena, iclgd_shares *out,
                                 iclgd_error *err) {
  size_t *first = iclgd_arena_take(arena, ranks + 1, sizeof *first);
  if (!first) return iclgd_fail_memory(err, "the shares of a batch");
  const size_t unit = choose_unit(blocks, ranks);
  const size_t units = ceil_div(blocks, unit);
  for (size_t r = 0; r <= ranks; ++r) first[r] = r * units / ranks;
  *out = (iclgd_shares){blocks, unit, units, first};
  return ICLGD_OK;
}

size_t iclgd_shares_block(const iclgd_shares *shares, size_t unit) {
  const size_t block = unit * shares->unit;
  return block < shares->blocks ? block : shares->blocks;
}

void iclgd_shares_sum(const iclgd_shares *shares, iclgd_team *team,
                      double *rows, size_t width) {
  const size_t rank = team ? team->rank : 0;
  for (size_t u = shares->first[rank]; u < shares->first[rank + 1]; ++u) {
    const size_t block = iclgd_shares_block(shares, u);
    const size_t end = iclgd_shares_block(shares, u + 1);
    double *unit = rows + block * width;
    iclgd_sum_tree(unit, end - block, width);
    memmove(rows + u * width, unit, width * sizeof *rows);
  }
  if (team) team->gather(team->context, rows, shares->first, width);
  if (rank == 0) iclgd_sum_tree(rows, shares->units, width);
}
