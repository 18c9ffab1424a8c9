/* Sharpness over training, at `hessian.snapshots` snapshots, and where the
 * optimiser stops being stable:
 *   SGD with momentum beta1   lambda_max(H) < (2 + 2 beta1) / lr
 *   Adam   lambda_max(D^(-1/2) H D^(-1/2)) < (2 + 2 beta1) / ((1 - beta1) lr),
 *          D = diag(sqrt(v) + epsilon)
 *
 * (Cohen et al. 2021, 2022). The second moments v of training are not stored;
 * here they are those of a training that stays where the snapshot is, v = |E
 * g|^2 + var(g) / batch, from the gradients of single prompts. Where the
 * weights were not trained here nothing is known of either.
 *
 * And the numbers in which Ahn et al. (2024, arXiv:2310.01082) tell SGD from
 * Adam: the smoothness u . H u / |u|^2 along the gradient and along D^-1 times
 * it, and max_i |H_ii| / median_i |H_ii|. */
#include <math.h>
#include <string.h>

#include <iclgd/algebra.h>
#include <iclgd/comparisons.h>
#include <iclgd/tail.h>

#include "probes/hessian/parts.h"

enum {
  SHARPNESS,
  HELD_OUT,
  HELD_OUT_ERROR,
  LEAST_HELD_OUT,
  LEAST_HELD_OUT_ERROR,
  ERROR,
  RESIDUAL,
  LEAST,
  LIMIT,
  PRECONDITIONED,
  LIMIT_PRECONDITIONED,
  ALONG_SGD,
  ALONG_ADAM,
  DIAGONAL,
  LOSS,
  GRADIENT,
  COLUMNS
};

typedef struct sweep {
  mean_loss *m;
  bool exact, trained;
  size_t rows, steps;
  const double *theta;     /* (rows, size) by which[row] */
  size_t *which;           /* (rows) */
  int64_t *step;           /* (rows) */
  double *column[COLUMNS]; /* (rows) */
  double *work, *start, *top, *bottom, *u, *Hu, *root, *scaled;
  double *along;              /* (prompts) */
  double *outer, *functional; /* (size, size), where all of H is taken */
  iclgd_ritz ritz;
} sweep;

static bool is_adam(const iclgd_train_options *o) {
  return o->optimizer == ICLGD_ADAM || o->optimizer == ICLGD_ADAMW;
}

static size_t wanted_rows(const sweep *s) {
  enum { AUTO, SMALL = 100, SOME = 6 };
  const iclgd_probe_setup *setup = s->m->setup;
  const iclgd_form form = iclgd_get_form(setup->settings, "hessian.snapshots");
  const size_t known = setup->history->snapshots;
  size_t wanted = form.count ? (size_t)form.values[0] : SOME;
  if (form.choice == AUTO && s->m->size > SMALL) wanted = 1;
  if (wanted > known) wanted = known;
  return wanted < 1 ? 1 : wanted;
}

/* The snapshots that are taken: spread evenly, the last among them; without
 * history the parameters as they are. */
static void choose_rows(sweep *s) {
  const iclgd_history *history = s->m->setup->history;
  const size_t known = history->snapshots;
  for (size_t i = 0; i < s->rows; ++i) {
    s->which[i] = s->rows == 1 ? (known ? known - 1 : 0)
                               : i * (known - 1) / (s->rows - 1);
    s->step[i] = known ? history->step[s->which[i]] : -1;
  }
  s->theta = known ? history->theta : s->m->setup->theta;
}

static iclgd_status take(sweep *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->m->setup;
  iclgd_arena *arena = setup->arena;
  const size_t size = s->m->size;
  const size_t wanted = iclgd_get_size(setup->settings, "hessian.steps");
  double **const vectors[] = {&s->start, &s->top,  &s->bottom, &s->u,
                              &s->Hu,    &s->root, &s->scaled};
  s->steps = wanted < size ? wanted : size;
  s->rows = wanted_rows(s);
  for (size_t k = 0; k < COLUMNS; ++k)
    s->column[k] = iclgd_arena_reals(arena, s->rows, 1, 1);
  for (size_t k = 0; k < sizeof vectors / sizeof *vectors; ++k)
    *vectors[k] = iclgd_arena_reals(arena, size, 1, 1);
  s->which = iclgd_arena_take(arena, s->rows, sizeof *s->which);
  s->step = iclgd_arena_take(arena, s->rows, sizeof *s->step);
  s->work = iclgd_arena_reals(arena, iclgd_lanczos_work(size, s->steps), 1, 1);
  s->ritz.value = iclgd_arena_reals(arena, s->steps, 1, 1);
  s->ritz.weight = iclgd_arena_reals(arena, s->steps, 1, 1);
  s->ritz.residual = iclgd_arena_reals(arena, s->steps, 1, 1);
  s->along =
      iclgd_arena_reals(arena, s->m->prompts.count + s->m->others.count, 1, 1);
  s->exact = s->exact && s->rows > 1; /* else it stands beside H already */
  if (s->exact) {
    s->outer = iclgd_arena_reals(arena, size, size, 1);
    s->functional = iclgd_arena_reals(arena, size, size, 1);
  }
  return iclgd_arena_status(arena, err, "hessian");
}

static bool find_extremes(sweep *s, const iclgd_operator *A) {
  const uint64_t seed = (uint64_t)iclgd_get_int(s->m->setup->settings, "seed");
  iclgd_random_signs(seed, 0, s->start, A->size);
  return iclgd_lanczos(A, s->start, s->steps, s->work, &s->ritz, s->bottom,
                       s->top);
}

/* Curvature along v over prompts; its error is NaN where rare prompts carry
 * it. */
static void judge_along(sweep *s, const iclgd_prompts *prompts, const double *v,
                        double *mean, double *error) {
  iclgd_moments moments = {0};
  size_t kept = 0;
  mean_hessian_along(s->m, prompts, v, s->along);
  for (size_t i = 0; i < prompts->count; ++i) {
    iclgd_moments_add(&moments, s->along[i]);
    if (!isnan(s->along[i])) s->along[kept++] = fabs(s->along[i]);
  }
  *mean = iclgd_moments_mean(&moments);
  *error = iclgd_moments_standard_error(&moments);
  if (!iclgd_tail_is_light(iclgd_tail_index(s->along, kept),
                           ICLGD_TAIL_SQUARED))
    *error = NAN;
}

/* The extreme directions on the prompts they were found on, which flatter
 * them, and on others. */
static void judge_directions(sweep *s, size_t row) {
  const mean_loss *m = s->m;
  double mean;
  judge_along(s, &m->prompts, s->top, &mean, &s->column[ERROR][row]);
  judge_along(s, &m->others, s->top, &s->column[HELD_OUT][row],
              &s->column[HELD_OUT_ERROR][row]);
  judge_along(s, &m->others, s->bottom, &s->column[LEAST_HELD_OUT][row],
              &s->column[LEAST_HELD_OUT_ERROR][row]);
}

/* root = D^(-1/2). */
static void set_root(sweep *s) {
  const mean_loss *m = s->m;
  const double kept = (double)m->kept, batch = (double)m->options.batch;
  for (size_t i = 0; i < m->size; ++i) {
    const double square = m->gradient[i] * m->gradient[i];
    const double spread =
        fmax(0, m->second[i] - square) * kept / fmax(kept - 1, 1);
    const double v = fmax(0, square - spread / kept) + spread / batch;
    const double D = sqrt(v) + m->options.epsilon;
    s->root[i] = D > 0 ? 1 / sqrt(D) : 0;
  }
}

/* u . H u / |u|^2 */
static double smoothness(sweep *s, const iclgd_operator *H) {
  H->multiply(H->context, s->u, s->Hu);
  return iclgd_dot(s->u, s->Hu, H->size) / iclgd_dot(s->u, s->u, H->size);
}

static void measure_directions(sweep *s, const iclgd_operator *H, size_t row) {
  const mean_loss *m = s->m;
  memcpy(s->u, m->gradient, m->size * sizeof *s->u);
  s->column[ALONG_SGD][row] = smoothness(s, H);
  for (size_t i = 0; i < m->size; ++i)
    s->u[i] = m->gradient[i] * s->root[i] * s->root[i];
  s->column[ALONG_ADAM][row] = smoothness(s, H);
}

static void measure_preconditioned(sweep *s, size_t row) {
  mean_hessian h = {
      .m = s->m, .root = s->root, .scaled = s->scaled, .dense = s->outer};
  const iclgd_operator A = mean_hessian_operator(&h);
  if (find_extremes(s, &A))
    s->column[PRECONDITIONED][row] = s->ritz.value[s->ritz.count - 1];
}

static void set_limits(sweep *s, size_t row) {
  const iclgd_train_options *o = &s->m->options;
  if (!s->trained) return;
  const double lr = iclgd_learning_rate(o, (size_t)s->step[row]);
  const double sgd = (2 + 2 * o->beta1) / lr;
  if (!(lr > 0)) return;
  if (o->optimizer == ICLGD_SGD) s->column[LIMIT][row] = sgd;
  if (is_adam(o)) s->column[LIMIT_PRECONDITIONED][row] = sgd / (1 - o->beta1);
}

/* All of H, in s->outer. */
static void fill_dense(sweep *s, size_t row) {
  const size_t size = s->m->size;
  mean_hessian_exact(s->m, s->outer, s->functional);
  for (size_t i = 0; i < size * size; ++i) s->outer[i] += s->functional[i];
  for (size_t i = 0; i < size; ++i) s->u[i] = s->outer[i * size + i];
  s->column[DIAGONAL][row] = hessian_diagonal_ratio(s->u, size);
}

static void measure_row(sweep *s, size_t row) {
  mean_loss *m = s->m;
  mean_hessian h = {.m = m, .dense = s->outer};
  const iclgd_operator H = mean_hessian_operator(&h);
  for (size_t k = 0; k < COLUMNS; ++k) s->column[k][row] = NAN;
  if (!mean_loss_at(m, s->theta + s->which[row] * m->size)) return;
  s->column[LOSS][row] = m->value;
  s->column[GRADIENT][row] = sqrt(iclgd_dot(m->gradient, m->gradient, m->size));
  if (s->exact) fill_dense(s, row);
  if (!find_extremes(s, &H)) return;
  s->column[SHARPNESS][row] = s->ritz.value[s->ritz.count - 1];
  s->column[RESIDUAL][row] = s->ritz.residual[s->ritz.count - 1];
  s->column[LEAST][row] = s->ritz.value[0];
  judge_directions(s, row);
  set_root(s);
  measure_directions(s, &H, row);
  if (is_adam(&m->options)) measure_preconditioned(s, row);
  set_limits(s, row);
}

static iclgd_status write(const sweep *s, iclgd_record *record,
                          iclgd_error *err) {
  static const char group[] = "hessian/training";
  static const char *const optimizers[] = {"adam", "adamw", "sgd", "lbfgs"};
  static const char *const others[] = {"limit", "preconditioned", "limit_adam"};
  static const char *const leaves[COLUMNS] = {"sharpness",
                                              "sharpness_held_out",
                                              "sharpness_held_out_errors",
                                              "smallest_held_out",
                                              "smallest_held_out_errors",
                                              "sharpness_errors",
                                              "residual",
                                              "smallest",
                                              "limit",
                                              "preconditioned",
                                              "limit_adam",
                                              "smoothness_sgd",
                                              "smoothness_adam",
                                              "diagonal_ratio",
                                              "loss",
                                              "gradient_norm"};
  iclgd_record_put(record, group, "step", &s->rows, s->step, err);
  for (size_t k = 0; k < COLUMNS; ++k)
    iclgd_record_put(record, group, leaves[k], &s->rows, s->column[k], err);
  iclgd_record_attr_texts(record, group, "auxiliary_signals", others, 3, err);
  iclgd_record_attr_int(record, group, "held_out", (int64_t)s->m->others.count,
                        err);
  return iclgd_record_attr_text(
      record, group, "optimizer",
      s->trained ? optimizers[s->m->options.optimizer] : "unknown", err);
}

iclgd_status hessian_write_training(mean_loss *m, bool exact,
                                    iclgd_record *record, iclgd_error *err) {
  sweep s = {
      .m = m, .exact = exact, .trained = m->setup->history->snapshots > 0};
  TRY(take(&s, err));
  choose_rows(&s);
  for (size_t row = 0; row < s.rows; ++row) measure_row(&s, row);
  return write(&s, record, err);
}
