/* Minimisation: NLopt's SLSQP, then Newton steps on the analytic gradient,
 * whose differences give the Hessian, down to rounding. To explore, NLopt's
 * L-BFGS, which is cheaper in many dimensions. */
#include "math/minimise.h"

#include <math.h>
#include <string.h>

#include <nlopt.h>

#include <iclgd/arena.h>

#include "math/dense.h"

typedef struct objective {
  iclgd_function f;
  void *data;
} objective;

static double call(unsigned count, const double *x, double *gradient,
                   void *data) {
  const objective *o = data;
  (void)count;
  return o->f(x, gradient, o->data);
}

static iclgd_status descend(nlopt_algorithm algorithm, objective *o,
                            size_t count, double *x, double *value,
                            iclgd_error *err) {
  nlopt_opt opt = nlopt_create(algorithm, (unsigned)count);
  if (!opt) return iclgd_fail_memory(err, "the minimisation");
  nlopt_set_min_objective(opt, call, o);
  nlopt_set_ftol_rel(opt, 1e-15);
  nlopt_set_maxeval(opt, 300);
  nlopt_optimize(opt, x, value); /* how well it went, the slope will tell */
  nlopt_destroy(opt);
  *value = o->f(x, NULL, o->data);
  return ICLGD_OK;
}

iclgd_status iclgd_descend(iclgd_function f, void *data, size_t count,
                           double *x, double *value, iclgd_error *err) {
  objective o = {f, data};
  return descend(NLOPT_LD_LBFGS, &o, count, x, value, err);
}

static double largest(const double *g, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; ++i)
    if (!(fabs(g[i]) <= most)) most = fabs(g[i]); /* NaN stays */
  return most;
}

/* One Newton step; false when it does not lower the slope, or raises the value
 * beyond rounding. work: (H, g, y, up, down), count * (count + 4) doubles. */
static int newton(const objective *o, size_t count, double *x, double *slope,
                  double *work) {
  double *H = work, *g = H + count * count, *y = g + count;
  double *up = y + count, *down = up + count;
  memcpy(y, x, count * sizeof *x);
  for (size_t i = 0; i < count; ++i) {
    const double h = 1e-5 * fmax(1, fabs(x[i]));
    y[i] = x[i] + h;
    o->f(y, up, o->data);
    y[i] = x[i] - h;
    o->f(y, down, o->data);
    y[i] = x[i];
    for (size_t j = 0; j < count; ++j)
      H[i * count + j] = (up[j] - down[j]) / (2 * h);
  }
  const double value = o->f(x, g, o->data);
  if (!iclgd_solve_positive(H, g, count)) return 0;
  for (size_t i = 0; i < count; ++i) y[i] = x[i] - g[i];
  const double next = o->f(y, up, o->data), least = largest(up, count);
  if (!(least < *slope && next <= value + 1e-6 * fabs(value))) return 0;
  *slope = least;
  memcpy(x, y, count * sizeof *x);
  return 1;
}

iclgd_status iclgd_minimise(iclgd_function f, void *data, size_t count,
                            double *x, double *value, double *slope,
                            iclgd_error *err) {
  objective o = {f, data};
  iclgd_arena arena = {0};
  double *work = iclgd_arena_reals(&arena, count, count + 4, 1);
  double *start = iclgd_arena_reals(&arena, count, 1, 1);
  if (!work || !start) {
    iclgd_arena_free(&arena);
    return iclgd_fail_memory(err, "the minimisation");
  }
  memcpy(start, x, count * sizeof *x);
  const iclgd_status status = descend(NLOPT_LD_SLSQP, &o, count, x, value, err);
  if (!status) {
    if (!(*value <= f(start, NULL, data))) memcpy(x, start, count * sizeof *x);
    f(x, work, data);
    *slope = largest(work, count);
    for (int step = 0; step < 10; ++step)
      if (!newton(&o, count, x, slope, work)) break;
    *value = f(x, NULL, data);
  }
  iclgd_arena_free(&arena);
  return status;
}

iclgd_status iclgd_minimise_hop(iclgd_function f, void *data, size_t count,
                                size_t moved, double *x, double *value,
                                double *slope, iclgd_error *err) {
  static const double moves[] = {0.75, -0.75, 1.5, -1.5, 3, -3};
  const size_t kinds = sizeof moves / sizeof *moves, rounds = 50;
  iclgd_arena arena = {0};
  double *y = iclgd_arena_reals(&arena, count, 1, 1);
  iclgd_status status = y ? ICLGD_OK : iclgd_fail_memory(err, "a move");
  size_t failures = 0; /* in a row: all moves have failed when it is full */
  for (size_t k = 0;
       !status && failures < moved * kinds && k < rounds * moved * kinds;
       ++k, ++failures) {
    double reached, rest;
    memcpy(y, x, count * sizeof *x);
    y[k % moved] += moves[k / moved % kinds];
    status = iclgd_minimise(f, data, count, y, &reached, &rest, err);
    if (status || !(reached < *value - 1e-9 * fabs(*value))) continue;
    memcpy(x, y, count * sizeof *x);
    *value = reached;
    *slope = rest;
    failures = 0;
  }
  iclgd_arena_free(&arena);
  return status;
}
