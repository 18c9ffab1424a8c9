/* Does the path from the trained weights to constructed gradient descent keep
 * the loss low? (von Oswald et al. 2023, who take the middle.)
 *
 *   theta(t) = (1 - t) theta_trained + t theta_constructed,
 *
 * theta_constructed: each layer a step w <- w + eta_l (b - S w) of the trained
 * scale, eta_l = tr(A_l) / d, with Sigma^-1 before the gradient where Sigma is
 * known, anisotropic and fixed; families that have B are GD++, B = tr(B_l) / d
 * I (Ahn et al. 2023, Theorem 4). Full weights are compared in the gauge P[d,
 * d] = 1 (P -> P / g, Q -> g Q change nothing). Beside the path: gradient
 * descent alone, its steps multiplied by the one factor that is best on the
 * tuning prompts. Ratios are paired: mean loss over mean loss of the trained
 * model on the same prompts, with the standard error of the delta method. */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "probes/shared/losses.h"
#include "probes/shared/whitening.h"
#include "probes/views.h"

enum { POINTS = 31, PER_UNIT = 20, BEFORE = 5 }; /* t = -0.25 .. 1.25 */

static const iclgd_key keys[] = {
    KEY_INT("interpolation.prompts", "1000", 2, 1e6,
            "prompts on which losses between trained and constructed weights "
            "are measured"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP_PLOT_ON(
        "interpolation", "loss", "t", "lin log",
        "loss between trained (t = 0) and constructed weights (t = 1)",
        "along the straight line of parameters, in the gauge P[d, d] = 1; "
        "attributes: gradient descent with re-fitted step sizes"),
};

static const iclgd_dataset datasets[] = {
    DATA_REAL("interpolation/t", "t", "position t on the line",
              "0 is the trained model, 1 the construction, 1/2 their average"),
    DATA_REAL(
        "interpolation/loss", "t", "loss, mean risk over prompts",
        "mean (w - w_star)^T Sigma (w - w_star) at the weights theta(t), the "
        "exact mean over x_query; of (yhat - y_query)^2 where it is not known"),
    DATA_REAL("interpolation/loss_errors", "t", "standard error of the loss",
              "from the spread over prompts"),
    DATA_REAL("interpolation/loss_median", "t", "loss, median over prompts",
              "median of what `loss` is the mean of"),
    DATA_REAL("interpolation/ratio", "t", "loss over the trained loss",
              "ratio of means on the same prompts"),
    DATA_REAL("interpolation/ratio_errors", "t", "standard error of the ratio",
              "delta method, paired"),
    DATA_INT("interpolation/diverged", "t", "prompts that diverge",
             "prompts whose prediction is not finite"),
    DATA_REAL("interpolation/scale", "layer", "step size of the construction",
              "eta_l = tr(A_l) / d of the trained A_l"),
    DATA_REAL("interpolation/beta", "layer", "B of the construction",
              "tr(B_l) / d of the trained B_l; 0 where the family has none"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

typedef struct interpolation {
  const iclgd_probe_setup *setup;
  iclgd_prompts prompts, tune;
  double *trained, *constructed;   /* (size), gauge-fixed */
  iclgd_model descent;             /* the construction as A alone, */
  double *theta;                   /* its parameters */
  double *mix;                     /* (threads, size) */
  iclgd_losses_scratch *scratches; /* for mix */
  iclgd_losses_search *search;     /* of the steps of descent */
  bool preconditioned;             /* by Sigma^-1 */
  double *loss;                    /* (POINTS + 1, prompts) */
  iclgd_losses_table table;        /* (POINTS + 1), the last of descent */
  double *scale, *beta;            /* (layers) */
  double *A, *B, *base, *work;     /* (d, d) */
} interpolation;

/* P / g and g Q with g = P[d, d]; false when that is zero. */
static bool fix_gauge(const iclgd_model *model, double *theta) {
  if (!model->linear->whole) return true;
  const size_t count = iclgd_array_size(&model->arrays[0]);
  for (size_t l = 0; l < model->layers; ++l) {
    double *P = theta + l * model->arrays[0].stride, *Q = P + count;
    const double gauge = P[count - 1];
    if (gauge == 0) return false;
    for (size_t i = 0; i < count; ++i) {
      P[i] /= gauge;
      Q[i] *= gauge;
    }
  }
  return true;
}

/* base: I or, where the law has it and the family can hold it, Sigma^-1. */
static void set_base(interpolation *s) {
  const size_t d = s->setup->d;
  iclgd_error unused;
  for (size_t i = 0; i < d * d; ++i) s->A[i] = i / d == i % d;
  iclgd_unwhiten(s->setup->dist, s->A, d, s->work, s->base);
  s->preconditioned =
      iclgd_whitens(s->setup->dist) &&
      iclgd_linear_construct(s->setup->model, s->constructed, 0, s->base, NULL,
                             &unused) == ICLGD_OK;
  if (!s->preconditioned) memcpy(s->base, s->A, d * d * sizeof *s->base);
}

static iclgd_status construct(interpolation *s, iclgd_error *err) {
  const iclgd_model *model = s->setup->model;
  const size_t d = s->setup->d;
  iclgd_status status = ICLGD_OK;
  set_base(s);
  for (size_t l = 0; !status && l < model->layers; ++l) {
    iclgd_linear_A(model, s->trained, l, s->A, s->B);
    s->beta[l] = iclgd_whitened_scale(NULL, s->B, d);
    s->scale[l] = iclgd_whitened_scale(
        s->preconditioned ? s->setup->dist : NULL, s->A, d);
    for (size_t i = 0; i < d * d; ++i) {
      s->A[i] = s->scale[l] * s->base[i];
      s->B[i] = i / d == i % d ? s->beta[l] : 0;
    }
    status = iclgd_linear_construct(model, s->constructed, l, s->A,
                                    model->linear->has_B ? s->B : NULL, err);
    if (!status)
      status =
          iclgd_linear_construct(&s->descent, s->theta, l, s->A, NULL, err);
  }
  return status;
}

static iclgd_status take_memory(interpolation *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const iclgd_model *model = setup->model;
  const size_t d = setup->d, threads = iclgd_pool_threads(setup->pool);
  iclgd_arena *arena = setup->arena;
  iclgd_linear_model(iclgd_linear_named("gd"), d, model->layers, model->loops,
                     &s->descent);
  s->trained = iclgd_arena_reals(arena, model->size, 1, 1);
  s->constructed = iclgd_arena_reals(arena, model->size, 1, 1);
  s->theta = iclgd_arena_reals(arena, s->descent.size, 1, 1);
  s->mix = iclgd_arena_reals(arena, threads, model->size, 1);
  s->loss = iclgd_arena_reals(arena, POINTS + 1, s->prompts.count, 1);
  s->scale = iclgd_arena_reals(arena, model->layers, 1, 1);
  s->beta = iclgd_arena_reals(arena, model->layers, 1, 1);
  s->A = iclgd_arena_reals(arena, d, d, 1);
  s->B = iclgd_arena_reals(arena, d, d, 1);
  s->base = iclgd_arena_reals(arena, d, d, 1);
  s->work = iclgd_arena_reals(arena, d, d, 1);
  s->table = iclgd_losses_table_take(arena, POINTS + 1);
  const iclgd_status status =
      iclgd_losses_scratches(setup, model, &s->scratches, err);
  return status ? status
                : iclgd_losses_search_open(setup, &s->descent, s->theta,
                                           &s->search, err);
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  static const char key[] = "interpolation.prompts";
  if (setup->model->sign != -1)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "the construction is for a readout of sign -1");
  interpolation *s = state;
  s->setup = setup;
  s->tune = iclgd_losses_tune(setup, key);
  TRY(iclgd_losses_prompts(setup, key, &s->prompts, err));
  TRY(take_memory(s, err));
  memcpy(s->trained, setup->theta, setup->model->size * sizeof *s->trained);
  if (!fix_gauge(setup->model, s->trained))
    return iclgd_fail(err, ICLGD_ERANGE, "P[d, d] is zero in a layer");
  return construct(s, err);
}

static double position(size_t k) {
  return ((double)k - BEFORE) / PER_UNIT;
}

static void measure_point(void *context, size_t k, size_t thread) {
  interpolation *s = context;
  const iclgd_model *model = s->setup->model;
  double *mix = s->mix + thread * model->size;
  const double t = position(k);
  for (size_t i = 0; i < model->size; ++i)
    mix[i] = (1 - t) * s->trained[i] + t * s->constructed[i];
  iclgd_losses_fill(model, mix, &s->prompts, &s->scratches[thread],
                    s->loss + k * s->prompts.count);
}

static iclgd_status write_refit(interpolation *s, const double *trained,
                                iclgd_record *record, iclgd_error *err) {
  const double factor = iclgd_losses_search_best(s->search, &s->tune);
  const size_t count = s->prompts.count;
  double *loss = s->loss + POINTS * count;
  iclgd_losses_search_fill(s->search, factor, &s->prompts, loss);
  const iclgd_losses_table *t = &s->table;
  iclgd_losses_judge(t, POINTS, trained, loss, count);
  const bool has_B = s->setup->model->linear->has_B;
  static const char *const forms[] = {"A = eta I", "A = eta Sigma^-1",
                                      "A = eta I, B = beta I",
                                      "A = eta Sigma^-1, B = beta I"};
  static const char group[] = "interpolation";
  iclgd_record_attr_text(record, group, "construction",
                         forms[2 * has_B + s->preconditioned], err);
  iclgd_record_attr_int(record, group, "prompts", (int64_t)count, err);
  iclgd_record_attr_real(record, group, "refit_factor", factor, err);
  iclgd_record_attr_real(record, group, "refit_loss", t->mean[POINTS], err);
  iclgd_record_attr_real(record, group, "refit_loss_error", t->error[POINTS],
                         err);
  iclgd_record_attr_real(record, group, "refit_ratio", t->ratio[POINTS], err);
  return iclgd_record_attr_real(record, group, "refit_ratio_error",
                                t->ratio_error[POINTS], err);
}

static iclgd_status write_path(interpolation *s, const double *trained,
                               iclgd_record *record, iclgd_error *err) {
  const size_t points = POINTS, layers = s->setup->model->layers;
  const size_t count = s->prompts.count;
  const iclgd_losses_table *table = &s->table;
  double t[POINTS];
  int64_t diverged[POINTS] = {0};
  for (size_t k = 0; k < POINTS; ++k) {
    double *loss = s->loss + k * count;
    t[k] = position(k);
    for (size_t i = 0; i < count; ++i) diverged[k] += !isfinite(loss[i]);
    iclgd_losses_judge(table, k, trained, loss, count);
  }
  const iclgd_member members[] = {{"t", &points, t},
                                  {"loss", &points, table->mean},
                                  {"loss_errors", &points, table->error},
                                  {"loss_median", &points, table->median},
                                  {"ratio", &points, table->ratio},
                                  {"ratio_errors", &points, table->ratio_error},
                                  {"diverged", &points, diverged},
                                  {"scale", &layers, s->scale},
                                  {"beta", &layers, s->beta}};
  return iclgd_record_put_all(record, "interpolation", MEMBERS(members), err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  interpolation *s = state;
  const size_t count = s->prompts.count;
  double *trained = iclgd_arena_reals(s->setup->arena, count, 1, 1);
  if (!trained) return iclgd_fail_memory(err, "interpolation");
  iclgd_pool_for(s->setup->pool, POINTS, measure_point, s);
  memcpy(trained, s->loss + BEFORE * count, count * sizeof *trained);
  TRY(write_path(s, trained, record, err));
  return write_refit(s, trained, record, err);
}

const iclgd_probe iclgd_probe_interpolation = {
    .name = "interpolation",
    .question = "does the path to constructed gradient descent keep the loss?",
    .needs = ICLGD_NEEDS_LINEAR | ICLGD_NEEDS_PARAMETERS,
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_interpolation,
    .state_size = sizeof(interpolation),
    .begin = begin,
    .finish = finish,
};
