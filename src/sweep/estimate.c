/* What the points of a grid that are not done may take, by those that are:
 * seconds = a + b work, least squares with a, b >= 0, where
 *   work = (seeds steps batch + probe.prompts) w,
 * w of a prompt of T = n + 1 tokens, L layers in all:
 *   L T d                          of a model that is linear in the query,
 *   loops size T + L T^2 width     of another: every parameter at every token,
 *                                  and every token beside every other. */
#include <iclgd/model.h>
#include <math.h>

#include "sweep/sweep.h"

static double size_of(const iclgd_settings *s, const char *name) {
  return (double)iclgd_get_int(s, name);
}

/* A model that cannot be made takes no time; of a program nothing is known. */
static double work_of_prompt(const iclgd_settings *s) {
  const double T = size_of(s, "prompt.n") + 1, d = size_of(s, "prompt.d");
  const double L = size_of(s, "model.layers") * size_of(s, "model.loops");
  iclgd_model model;
  iclgd_error unused;
  if (iclgd_model_from_settings(s, NULL, iclgd_get_size(s, "prompt.d"), &model,
                                &unused) ||
      model.linear)
    return L * T * d;
  return size_of(s, "model.loops") * (double)model.size * T +
         L * T * T * (double)iclgd_model_token_width(&model);
}

static double work_of(const iclgd_settings *s) {
  const double prompts = size_of(s, "seeds") * size_of(s, "train.steps") *
                             size_of(s, "train.batch") +
                         size_of(s, "probe.prompts");
  return prompts * work_of_prompt(s);
}

/* Sums over points that were timed: 1, work, seconds, work^2, work seconds. */
typedef struct sums {
  double n, w, t, ww, wt;
} sums;

static void add(sums *s, double work, double seconds) {
  if (!isfinite(seconds)) return;
  s->n += 1;
  s->w += work;
  s->t += seconds;
  s->ww += work * work;
  s->wt += work * seconds;
}

/* The mean where all work was the same, or did not matter. */
static double expect(const sums *s, double work) {
  const double spread = s->n * s->ww - s->w * s->w;
  if (!(spread > 1e-9 * s->n * s->ww)) return s->t / s->n;
  const double slope = (s->n * s->wt - s->w * s->t) / spread;
  const double rest = (s->t - slope * s->w) / s->n;
  if (slope <= 0) return s->t / s->n;
  return rest >= 0 ? rest + slope * work : s->wt / s->ww * work;
}

static bool is_over(const iclgd_point *point) {
  return point->state == ICLGD_POINT_DONE ||
         point->state == ICLGD_POINT_DIVERGED;
}

iclgd_status iclgd_sweep_left(iclgd_grid *grid, iclgd_points points,
                              size_t at_once, double *seconds, size_t *timed,
                              iclgd_error *err) {
  double all = 0, longest = 0;
  sums s = {0};
  for (size_t k = 0; k < points.count; ++k) {
    if (!is_over(&points.point[k])) continue;
    TRY(iclgd_grid_set(grid, points.point[k].place, err));
    add(&s, work_of(grid->settings), points.point[k].seconds);
  }
  *timed = (size_t)s.n;
  for (size_t k = 0; k < points.count; ++k) {
    if (is_over(&points.point[k])) continue;
    TRY(iclgd_grid_set(grid, points.point[k].place, err));
    const double own = expect(&s, work_of(grid->settings));
    all += own;
    longest = fmax(longest, own);
  }
  *seconds = fmax(all / (double)at_once, longest);
  return ICLGD_OK;
}

iclgd_status iclgd_sweep_ends(iclgd_grid *grid, iclgd_points *points,
                              iclgd_error *err) {
  double least = INFINITY, most = -INFINITY;
  iclgd_point first = {.place = 0}, last = {.place = 0};
  size_t left = 0;
  for (size_t k = 0; k < points->count; ++k) {
    if (is_over(&points->point[k])) continue;
    TRY(iclgd_grid_set(grid, points->point[k].place, err));
    const double work = work_of(grid->settings);
    ++left;
    if (work < least) first = points->point[k];
    if (work >= most) last = points->point[k];
    least = fmin(least, work);
    most = fmax(most, work);
  }
  points->count = left < 2 ? left : 2;
  if (left > 0) points->point[0] = first;
  if (left > 1) points->point[1] = last;
  return ICLGD_OK;
}
