/* What the mean loss over all prompts of a law is (see expected.h). */
#include "run/theory/expected.h"

#include <iclgd/comparisons.h>
#include <math.h>
#include <stdint.h>

#include "reference/known_loss.h"

/* No more terms than these are needed by the algorithms at the model's depth;
 * their later steps may stay unknown. */
static size_t degree_of(const iclgd_path *paths, size_t n_paths) {
  size_t most = 1;
  for (size_t p = 0; p < n_paths; ++p) {
    const size_t steps = paths[p].steps;
    const size_t at = steps < paths[0].steps ? steps : paths[0].steps;
    const size_t degree = iclgd_known_degree(&paths[p], at);
    if (degree != SIZE_MAX && degree > most) most = degree;
  }
  return most;
}

iclgd_status iclgd_expect(iclgd_job *job, const iclgd_path *paths,
                          size_t n_paths, iclgd_expected *out,
                          iclgd_error *err) {
  iclgd_known_law *law;
  *out = (iclgd_expected){0};
  out->paths = iclgd_arena_take(&job->arena, n_paths, sizeof *out->paths);
  if (!out->paths) return iclgd_fail_memory(err, "the closed forms");
  iclgd_status status = iclgd_known_law_create(
      job->dist, degree_of(paths, n_paths), &job->arena, &law, err);
  for (size_t p = 0; !status && p < n_paths; ++p) {
    iclgd_expected_path *path = &out->paths[p];
    path->exact = iclgd_arena_reals(&job->arena, paths[p].steps + 1, 1, 1);
    status = path->exact ? iclgd_known_losses(law, &paths[p], &job->arena,
                                              path->exact, err)
                         : iclgd_fail_memory(err, "the closed forms");
  }
  return status ? status : iclgd_weigh(job, paths, n_paths, out, err);
}

/* Whether the mean of that many values is of more than a few of them: (sum f)^2
 * / sum f^2, which is the squared mean over its squared error where that is
 * large. */
static bool has_many(double mean, double standard_error) {
  enum { FEWEST = 100 };
  return isfinite(mean) &&
         mean * mean >= FEWEST * standard_error * standard_error;
}

/* A closed form may be the mean over prompts that nobody ever draws (GD++ of
 * five layers: 10^98): then the weighed ones do not see it. */
static bool is_seen(double exact, double mean, double standard_error) {
  return fabs(mean - exact) <= 5 * standard_error + 0.1 * fabs(exact);
}

bool iclgd_expected_at(const iclgd_expected *e, size_t p, size_t k,
                       double *mean, double *standard_error) {
  const iclgd_expected_path *path = &e->paths[p];
  const bool is_weighed = e->prompts > 0 && path->weighed.mean;
  const double exact = path->exact[k];
  *mean = *standard_error = NAN;
  if (is_weighed) {
    const iclgd_moments m = iclgd_moments_row_at(&path->weighed, k, e->prompts);
    *mean = iclgd_moments_mean(&m);
    *standard_error = iclgd_moments_standard_error(&m);
  }
  if (!isfinite(exact)) return is_weighed && has_many(*mean, *standard_error);
  if (is_weighed && !is_seen(exact, *mean, *standard_error)) return false;
  *mean = exact;
  *standard_error = 0;
  return true;
}

/* The mean of f, known exactly that of g: f - slope (g - mean of g), with the
 * slope of the regression of f on g. */
static double controlled(const double *f, const double *g, size_t count,
                         double exact, double *standard_error) {
  const double n = (double)count;
  double mf = 0, mg = 0, fg = 0, gg = 0, squares = 0;
  for (size_t i = 0; i < count; ++i) {
    mf += f[i] / n;
    mg += g[i] / n;
  }
  for (size_t i = 0; i < count; ++i) {
    fg += (f[i] - mf) * (g[i] - mg);
    gg += (g[i] - mg) * (g[i] - mg);
  }
  const double slope = gg > 0 ? fg / gg : 0;
  for (size_t i = 0; i < count; ++i) {
    const double off = f[i] - mf - slope * (g[i] - mg);
    squares += off * off;
  }
  *standard_error = sqrt(squares / (n - 1) / n);
  return mf - slope * (mg - exact);
}

const char *iclgd_expected_ratio(const iclgd_expected *e, size_t depth,
                                 size_t p, size_t k, double *ratio,
                                 double *error) {
  const iclgd_expected_path *model = &e->paths[0], *path = &e->paths[p];
  const double a = model->exact[depth], b = path->exact[k];
  double mean, spread;
  if (!iclgd_expected_at(e, 0, depth, &mean, &spread) ||
      !iclgd_expected_at(e, p, k, &mean, &spread))
    return NULL;
  if (isfinite(a) && isfinite(b)) {
    *ratio = a / b;
    *error = 0;
    return "exact";
  }
  if (!path->last) return NULL;
  if (isfinite(b)) {
    *ratio = controlled(model->last, path->last, e->prompts, b, error) / b;
    *error /= b;
  } else if (isfinite(a)) {
    mean = controlled(path->last, model->last, e->prompts, a, error);
    *ratio = a / mean;
    *error *= *ratio / mean;
  } else {
    iclgd_pairs pairs = {0};
    iclgd_pairs_add(&pairs, model->last, path->last, e->prompts);
    iclgd_pairs_ratio(&pairs, ratio, error);
  }
  return isfinite(*ratio) && *ratio > 0 ? "importance" : NULL;
}
