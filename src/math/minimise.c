/* Minimisation: NLopt's SLSQP, then Newton steps on the analytic gradient,
 * whose differences give the Hessian, down to rounding. */
#include "math/minimise.h"

#include <math.h>
#include <string.h>

#include <nlopt.h>

#include <iclgd/arena.h>

#include "math/dense.h"

typedef struct objective {
  iclgd_objective f;
  void *data;
} objective;

static double call(unsigned count, const double *x, double *gradient,
                   void *data) {
  const objective *o = data;
  (void)count;
  return o->f(x, gradient, o->data);
}

static iclgd_status descend(objective *o, size_t count, double *x,
                            iclgd_error *err) {
  nlopt_opt opt = nlopt_create(NLOPT_LD_SLSQP, (unsigned)count);
  if (!opt) return iclgd_fail_memory(err, "the minimisation");
  nlopt_set_min_objective(opt, call, o);
  nlopt_set_ftol_rel(opt, 1e-15);
  nlopt_set_maxeval(opt, 2000);
  double value;
  nlopt_optimize(opt, x, &value); /* how well it went, the slope will tell */
  nlopt_destroy(opt);
  return ICLGD_OK;
}

static double largest(const double *g, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; ++i)
    if (!(fabs(g[i]) <= most)) most = fabs(g[i]); /* NaN stays */
  return most;
}

/* One Newton step; false when it does not lower the slope. work: (H, g, y,
 * up, down) of count * (count + 4) doubles. */
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
  o->f(x, g, o->data);
  if (!iclgd_solve_positive(H, g, count)) return 0;
  for (size_t i = 0; i < count; ++i) y[i] = x[i] - g[i];
  o->f(y, up, o->data);
  const double reached = largest(up, count);
  if (!(reached < *slope)) return 0;
  *slope = reached;
  memcpy(x, y, count * sizeof *x);
  return 1;
}

iclgd_status iclgd_minimise(iclgd_objective f, void *data, size_t count,
                            double *x, double *value, double *slope,
                            iclgd_error *err) {
  objective o = {f, data};
  iclgd_arena arena = {0};
  double *work = iclgd_arena_reals(&arena, count, count + 4, 1);
  if (!work) return iclgd_fail_memory(err, "the minimisation");
  const iclgd_status status = descend(&o, count, x, err);
  if (!status) {
    f(x, work, data);
    *slope = largest(work, count);
    for (int step = 0; step < 10; ++step)
      if (!newton(&o, count, x, slope, work)) break;
    *value = f(x, NULL, data);
  }
  iclgd_arena_free(&arena);
  return status;
}

iclgd_status iclgd_minimise_hop(iclgd_objective f, void *data, size_t count,
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
