/* The assignment of largest gain, row after row: of costs c = -gain with
 * potentials u (rows) and v (columns), c_ij - u_i - v_j >= 0, and = 0 where
 * column j has row i. A new row goes along the shortest path of reduced costs
 * to a free column (Jonker and Volgenant 1987), on which all partners change.
 * Softly: plan = exp((gain + a + b) / temperature), a and b by turns such that
 * rows and columns sum to 1. */
#include <iclgd/assignment.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define NOBODY SIZE_MAX

struct iclgd_assignment {
  double *u, *v, *slack; /* (n) potentials; distances to columns */
  size_t *row;           /* (n) the row of a column, or NOBODY */
  size_t *before;        /* (n) the column before one on the shortest path */
  bool *done;            /* (n) */
};

iclgd_status iclgd_assignment_create(size_t n, iclgd_arena *arena,
                                     iclgd_assignment **out, iclgd_error *err) {
  iclgd_assignment *s = iclgd_arena_take(arena, 1, sizeof *s);
  *out = s;
  if (!s) return iclgd_fail_memory(err, "an assignment");
  s->u = iclgd_arena_reals(arena, n, 1, 1);
  s->v = iclgd_arena_reals(arena, n, 1, 1);
  s->slack = iclgd_arena_reals(arena, n, 1, 1);
  s->row = iclgd_arena_take(arena, n, sizeof *s->row);
  s->before = iclgd_arena_take(arena, n, sizeof *s->before);
  s->done = iclgd_arena_take(arena, n, sizeof *s->done);
  return iclgd_arena_status(arena, err, "an assignment");
}

/* Shorten the distances by way of `row`, which column `at` has. */
static void relax(iclgd_assignment *s, const double *gain, size_t n, size_t row,
                  size_t at) {
  for (size_t j = 0; j < n; ++j) {
    if (s->done[j]) continue;
    const double reduced = -gain[row * n + j] - s->u[row] - s->v[j];
    if (!(reduced < s->slack[j])) continue;
    s->slack[j] = reduced;
    s->before[j] = at;
  }
}

static size_t nearest(const iclgd_assignment *s, size_t n) {
  size_t best = NOBODY;
  for (size_t j = 0; j < n; ++j)
    if (!s->done[j] && (best == NOBODY || s->slack[j] < s->slack[best]))
      best = j;
  return best;
}

/* Potentials by which the columns that are done, and the new row, keep reduced
 * costs of 0 along the path. */
static void lift(iclgd_assignment *s, size_t n, size_t new_row, double by) {
  s->u[new_row] += by;
  for (size_t j = 0; j < n; ++j) {
    if (!s->done[j]) {
      s->slack[j] -= by;
      continue;
    }
    s->u[s->row[j]] += by;
    s->v[j] -= by;
  }
}

static void add_row(iclgd_assignment *s, const double *gain, size_t n,
                    size_t new_row) {
  size_t at = NOBODY, row = new_row;
  for (size_t j = 0; j < n; ++j) {
    s->slack[j] = INFINITY;
    s->done[j] = false;
  }
  do {
    relax(s, gain, n, row, at);
    at = nearest(s, n);
    lift(s, n, new_row, s->slack[at]);
    s->done[at] = true;
    row = s->row[at];
  } while (row != NOBODY);
  while (at != NOBODY) {
    const size_t before = s->before[at];
    s->row[at] = before == NOBODY ? new_row : s->row[before];
    at = before;
  }
}

void iclgd_assign(iclgd_assignment *s, const double *gain, size_t n,
                  size_t *column) {
  for (size_t j = 0; j < n; ++j) {
    s->u[j] = s->v[j] = 0;
    s->row[j] = NOBODY;
  }
  for (size_t i = 0; i < n; ++i) add_row(s, gain, n, i);
  for (size_t j = 0; j < n; ++j) column[s->row[j]] = j;
}

/* log of the sum of exp((gain + b) / temperature) over `n` entries that are
 * `step` apart. */
static double log_sum(const double *gain, size_t step, const double *b,
                      size_t n, double temperature) {
  double most = -INFINITY, sum = 0;
  for (size_t j = 0; j < n; ++j)
    most = fmax(most, (gain[j * step] + b[j]) / temperature);
  for (size_t j = 0; j < n; ++j)
    sum += exp((gain[j * step] + b[j]) / temperature - most);
  return most + log(sum);
}

static double fill_plan(const iclgd_assignment *s, const double *gain, size_t n,
                        double temperature, double *plan) {
  double miss = 0;
  for (size_t i = 0; i < n * n; ++i)
    plan[i] = exp((gain[i] + s->u[i / n] + s->v[i % n]) / temperature);
  for (size_t j = 0; j < n; ++j) {
    double sum = 0;
    for (size_t i = 0; i < n; ++i) sum += plan[i * n + j];
    miss = fmax(miss, fabs(sum - 1));
  }
  return miss;
}

double iclgd_sinkhorn(iclgd_assignment *s, const double *gain, size_t n,
                      double temperature, size_t rounds, double *plan) {
  enum { LOOK = 16 }; /* rounds between two looks at the columns */
  double miss = INFINITY;
  for (size_t j = 0; j < n; ++j) s->v[j] = 0;
  for (size_t k = 0; k < rounds && miss > 1e-12; ++k) {
    for (size_t j = 0; k > 0 && j < n; ++j)
      s->v[j] = -temperature * log_sum(gain + j, n, s->u, n, temperature);
    for (size_t i = 0; i < n; ++i)
      s->u[i] = -temperature * log_sum(gain + i * n, 1, s->v, n, temperature);
    if (k % LOOK == 0 || k + 1 == rounds)
      miss = fill_plan(s, gain, n, temperature, plan);
  }
  return miss;
}
