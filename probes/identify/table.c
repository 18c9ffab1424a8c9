/* The families of algorithms that a model may be: one row each.
 *
 * Parameters are fitted to the model, not to the loss. The rows stand in the
 * order in which ties between equally many parameters are decided; a row comes
 * after those that it holds as special cases (`bases`). Step sizes may be
 * negative: a sign error is found as such. Filters without a row among the
 * reference algorithms, for layer l = k + 1 and its own parameter c_l:
 *   averaging      q_l = c_l                      w = c_l X^T y / n
 *   ridge          q_l = 1 / (lambda + c_l)       penalty n c_l on |w|^2
 *   gradient flow  q_l = (1 - exp(-t_l lambda)) / lambda, t_l = l t or its own:
 *                  GD with small steps, stopped early (Engl, Hanke and Neubauer
 *                  1996); no time is negative
 * Where predictions are not linear in the query, so may gradient descent and
 * ridge regression be, on functions of a kernel (src/reference/kernel_gd.c):
 * that of the reference algorithm, or exp(u.v / s) with a fitted s and, as
 * attention has it, a row's sum for softmax. */
#include "probes/identify/parts.h"

#include <math.h>
#include <string.h>

static void average(const iclgd_hyper *hyper, size_t k, size_t count,
                    const double *lambda, double *q) {
  (void)lambda;
  for (size_t i = 0; i < count; ++i) q[i] = hyper->eta[k];
}

static void ridge(const iclgd_hyper *hyper, size_t k, size_t count,
                  const double *lambda, double *q) {
  for (size_t i = 0; i < count; ++i) q[i] = 1 / (lambda[i] + hyper->eta[k]);
}

static void flow(const iclgd_hyper *hyper, size_t k, size_t count,
                 const double *lambda, double *q) {
  const double t =
      hyper->n_eta > 1 ? hyper->eta[k] : (double)(k + 1) * hyper->eta[0];
  for (size_t i = 0; i < count; ++i) {
    const double s = t * lambda[i];
    q[i] = fabs(s) > 1e-300 ? -t * expm1(-s) / s : t;
  }
}

static const double step_starts[] = {0.5, 0.1, 1, -0.2};
static const double gamma_starts[] = {0, 0.2};
static const double beta_starts[] = {0, 0.5};
static const double time_starts[] = {0.5, 0.1, 1};
static const double one_starts[] = {1, 0.3};
static const double kernel_starts[] = {0.5, 0.5, 0.1, 0.5, -0.2};
static const double width_starts[] = {0, 1.5, 0, -1.5, 0}; /* beside these */
static const double log_starts[] = {0, -4, -8, 3};

#define STARTS(values) values, sizeof values / sizeof *values
#define STEP_LIKE(name, one, many)                                  \
  {                                                                 \
    name, one, many, IDENTIFY_ETA, IDENTIFY_STEP, false, -100, 100, \
        STARTS(step_starts)                                         \
  }
#define STEP STEP_LIKE("eta", "step size", "step sizes")
#define TIME                                                          \
  {                                                                   \
    "t", "time", "times", IDENTIFY_ETA, IDENTIFY_STEP, false, 0, 100, \
        STARTS(time_starts)                                           \
  }
#define FACTOR STEP_LIKE("c", "factor", "factors")
#define POINT_STEP                                                       \
  {                                                                      \
    "eta", "step size", "step sizes", IDENTIFY_ETA, IDENTIFY_POINT_STEP, \
        false, -100, 100, STARTS(step_starts)                            \
  }
#define GAMMA                                                               \
  {                                                                         \
    "gamma", "gamma", "gammas", IDENTIFY_GAMMA, IDENTIFY_STEP, false, -100, \
        100, STARTS(gamma_starts)                                           \
  }
#define BETA                                                                   \
  {                                                                            \
    "beta", "momentum", "momenta", IDENTIFY_BETA, IDENTIFY_PURE, false, -3, 3, \
        STARTS(beta_starts)                                                    \
  }
#define SCALE                                                                  \
  {                                                                            \
    "scale", "scale", "scales", IDENTIFY_SCALE, IDENTIFY_PURE, false, -10, 10, \
        STARTS(one_starts)                                                     \
  }
#define PENALTY                                                                \
  {                                                                            \
    "penalty", "penalty", "penalties", IDENTIFY_ETA, IDENTIFY_CURVATURE, true, \
        -40, 40, STARTS(log_starts)                                            \
  }

#define KERNEL_STEP                                                       \
  {                                                                       \
    "eta", "step size", "step sizes", IDENTIFY_ETA, IDENTIFY_KERNEL_STEP, \
        false, -100, 100, STARTS(kernel_starts)                           \
  }
#define KERNEL_SCALE                                             \
  {                                                              \
    "s", "kernel scale", "kernel scales", IDENTIFY_KERNEL_SCALE, \
        IDENTIFY_PRODUCT, true, -10, 10, STARTS(width_starts)    \
  }
#define KERNEL_PENALTY                                               \
  {                                                                  \
    "penalty", "penalty", "penalties", IDENTIFY_LAMBDA,              \
        IDENTIFY_KERNEL_CURVATURE, true, -40, 40, STARTS(log_starts) \
  }

/* What most rows share. */
#define NAMED(row_name, row_title, row_kind, of) \
  .name = row_name, .title = row_title, .kind = row_kind, .algorithm = of
#define GIVEN(row_name, row_title) \
  NAMED(row_name, row_title, IDENTIFY_GIVEN, row_name)
#define FILTER(row_name, row_title, of) \
  NAMED(row_name, row_title, IDENTIFY_FILTER, of)
#define ITERATES(row_name, row_title, of) \
  NAMED(row_name, row_title, IDENTIFY_ITERATES, of)
#define KERNEL(row_name, row_title) \
  NAMED(row_name, row_title, IDENTIFY_KERNEL, row_name), .optimum = row_name
#define SCORES(row_name, row_title, of_form)                \
  NAMED(row_name, row_title, IDENTIFY_SCORES, "kernel_gd"), \
      .knobs = {KERNEL_STEP, KERNEL_SCALE}, .form = of_form

static const identify_family families[] = {
    {GIVEN("zero", "zero predictor")},
    {GIVEN("least_squares", "least squares")},
    {GIVEN("ridge", "ridge regression")},
    {GIVEN("conjugate_gradient", "conjugate gradients"), .adapts = true,
     .least_depth = 2},
    {GIVEN("line_search", "GD with exact line search"), .adapts = true},
    {FILTER("gd", "gradient descent", "gd"), .knobs = {STEP}, .optimum = "gd"},
    {FILTER("pgd", "preconditioned GD", "gd"), .knobs = {STEP},
     .whitened = true, .optimum = "pgd"},
    {ITERATES("newton", "Newton's inversion", "newton"), .knobs = {SCALE},
     .optimum = "newton"},
    {FILTER("flow", "gradient flow, equal times", NULL), .filter = flow,
     .knobs = {TIME}},
    {ITERATES("online_gd", "online GD (LMS)", "online_gd"),
     .knobs = {POINT_STEP}, .optimum = "online_gd"},
    {FILTER("gd_x2", "GD, two steps a layer", "gd"), .knobs = {STEP},
     .steps = 2},
    {FILTER("gd_x3", "GD, three steps a layer", "gd"), .knobs = {STEP},
     .steps = 3},
    {FILTER("gd_half", "GD, a step every two layers", "gd"), .knobs = {STEP},
     .layers = 2, .least_depth = 4},
    {FILTER("pgd_x2", "preconditioned GD, two steps a layer", "gd"),
     .knobs = {STEP}, .whitened = true, .steps = 2},
    {ITERATES("newton_x2", "Newton's inversion, two steps a layer", "newton"),
     .knobs = {SCALE}, .steps = 2},
    {ITERATES("newton_x3", "Newton's inversion, three steps a layer", "newton"),
     .knobs = {SCALE}, .steps = 3},
    {ITERATES("newton_half", "Newton's inversion, a step every two layers",
              "newton"),
     .knobs = {SCALE}, .layers = 2, .least_depth = 4},
    {KERNEL("kernel_gd", "kernel gradient descent"), .knobs = {KERNEL_STEP}},
    {KERNEL("kernel_ridge", "kernel ridge regression"),
     .knobs = {KERNEL_PENALTY}},
    {SCORES("softmax_gd", "softmax-kernel GD", ICLGD_KERNEL_SOFTMAX)},
    {SCORES("exp_gd", "exp-kernel GD", ICLGD_KERNEL_EXP)},
    {FILTER("heavy_ball", "heavy-ball momentum", "heavy_ball"),
     .knobs = {STEP, BETA}, .least_depth = 2, .bases = {"gd"},
     .optimum = "heavy_ball"},
    {FILTER("nesterov", "Nesterov momentum", "nesterov"), .knobs = {STEP, BETA},
     .least_depth = 2, .bases = {"gd"}, .optimum = "nesterov"},
    {FILTER("gdpp", "GD++", "gdpp"), .knobs = {STEP, GAMMA}, .least_depth = 2,
     .bases = {"gd"}, .optimum = "gdpp"},
    {FILTER("gdpp_whitened", "whitened GD++", "gdpp"), .knobs = {STEP, GAMMA},
     .whitened = true, .least_depth = 2, .bases = {"pgd"}},
    {FILTER("gd_per_layer", "GD, a step size per layer", "gd"), .knobs = {STEP},
     .per_layer = true, .least_depth = 2, .bases = {"gd"},
     .optimum = "gd_per_step"},
    {FILTER("pgd_per_layer", "preconditioned GD per layer", "gd"),
     .knobs = {STEP}, .per_layer = true, .whitened = true, .least_depth = 2,
     .bases = {"pgd"}, .optimum = "pgd_per_step"},
    {FILTER("averaging", "averages, a factor per layer", NULL),
     .filter = average, .knobs = {FACTOR}, .per_layer = true, .least_depth = 2},
    {FILTER("ridge_per_layer", "ridge, a penalty per layer", NULL),
     .filter = ridge, .knobs = {PENALTY}, .per_layer = true},
    {FILTER("flow_per_layer", "gradient flow, a time per layer", NULL),
     .filter = flow, .knobs = {TIME}, .per_layer = true, .least_depth = 2,
     .bases = {"flow"}},
    {FILTER("gdpp_per_layer", "GD++ per layer", "gdpp"), .knobs = {STEP, GAMMA},
     .per_layer = true, .least_depth = 2, .bases = {"gd_per_layer", "gdpp"},
     .optimum = "gdpp_per_step"},
    {FILTER("gdpp_whitened_per_layer", "whitened GD++ per layer", "gdpp"),
     .knobs = {STEP, GAMMA}, .per_layer = true, .whitened = true,
     .least_depth = 2, .bases = {"pgd_per_layer", "gdpp_whitened"}},
    {NAMED("matrix", "GD with a fitted matrix", IDENTIFY_MATRIX, "gd"),
     .bases = {"gd", "pgd"}, .optimum = "one_layer"},
    {NAMED("matrix_per_layer", "GD, a fitted matrix per layer", IDENTIFY_MATRIX,
           "gd"),
     .per_layer = true, .least_depth = 2, .bases = {"gd_per_layer", "matrix"}},
};

const identify_family *iclgd_identify_families(size_t *count) {
  *count = sizeof families / sizeof *families;
  return families;
}

const char *iclgd_identify_word(const char *parameter, bool many) {
  const size_t stem = strcspn(parameter, "_0123456789");
  for (size_t f = 0; f < sizeof families / sizeof *families; ++f)
    for (size_t k = 0; k < IDENTIFY_KNOBS; ++k) {
      const identify_knob *knob = &families[f].knobs[k];
      if (knob->name && strlen(knob->name) == stem &&
          strncmp(knob->name, parameter, stem) == 0)
        return many ? knob->many : knob->one;
    }
  return many ? "parameters" : "parameter";
}
