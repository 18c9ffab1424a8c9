/* What does the model do that it was not trained for?
 *
 *   loops    its layers repeated more often than in training, as they are and
 *            damped, beside the algorithms continued (von Oswald et al. 2023;
 *            Gatmiry et al. 2024; docs/theory.md, O7)
 *   shifts   its last layer on prompts of other laws, beside every algorithm at
 *            step = depth (Garg et al. 2022; von Oswald et al. 2023)
 *
 * Means are heavy-tailed where iterates diverge, so medians, the mean of the
 * logarithm, quantiles and the share of diverging prompts stand beside them. */
#include "probes/extrapolation/extrapolation.h"
#include "probes/views.h"

static const iclgd_key keys[] = {
    KEY_FORM_IN("extrapolation.loops", "auto", "auto|int", 1, 16384,
                "loops up to which the stack is repeated; auto: four times "
                "those of training"),
    KEY_REAL("extrapolation.damping", "0.75", 1e-3, 1e3,
             "factor lambda on every layer's update in the damped repetition"),
    KEY_INT("extrapolation.loop_prompts", "1000", 2, 1e6,
            "the first probed prompts, on which more loops are measured"),
    KEY_INT("extrapolation.prompts", "300", 2, 1e6,
            "prompts drawn from every shifted law"),
    KEY_TEXT(
        "extrapolation.shifts",
        "n=0.5 n=2 n=4 x_scale=0.5 x_scale=2 w_scale=0.333 w_scale=3 noise=0.5 "
        "noise=1 x=uniform x=sphere x=exponential x=laplace x=student-t:5 "
        "covariance=power:1 covariance=condition:10+rotate=fixed quadrant "
        "opposite subspace orthogonal overlapping corrupted=1 corrupted=4",
        "shifted laws, words separated by blanks: factors on n, x_scale, "
        "w_scale; noise, x, covariance, rotate with another value (tr Sigma "
        "stays); changed prompts"),
    KEY_TEXT("extrapolation.without", "lasso",
             "algorithms that are left out under shifted laws, separated by "
             "commas: the Lasso is slow where S is singular"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP("extrapolation", "beyond training",
          "more loops than trained, and shifted laws of prompts"),
    GROUP_PLOT_ON(
        "extrapolation/loops", "median", "path,loops", "lin lin log",
        "squared error over more loops than trained",
        "the stack of layers repeated, loops x layers steps; of the model, the "
        "model damped by the attribute `damping`, and iterative algorithms "
        "continued (NaN after the last step of those that end)"),
    GROUP_PLOT_ON(
        "extrapolation/shifts", "median", "path,shift", "lin lin log",
        "squared error on shifted laws",
        "the model's last layer and the algorithms at step = depth, with the "
        "hyperparameters of the law of training; shift 0 is no shift; under "
        "another x, covariance or rotate tr Sigma stays that of training"),
};

#define STATISTICS(group, dims)                                               \
  DATA_TEXT(group "/path_name", "path", "path",                               \
            "the model or an algorithm, as in /entry/trajectories"),          \
      DATA_REAL(group "/mean", dims, "mean squared error",                    \
                "mean over prompts of (prediction - y_query)^2; infinite "    \
                "where one overflows"),                                       \
      DATA_REAL(group "/standard_error", dims, "standard error",              \
                "of the mean over prompts"),                                  \
      DATA_REAL(group "/median", dims, "median squared error",                \
                "over prompts"),                                              \
      DATA_REAL(group "/log_mean", dims, "log-mean squared error",            \
                "exp of the mean over prompts of the logarithm of the "       \
                "squared error"),                                             \
      DATA_REAL(                                                              \
          group "/diverging", dims, "share of prompts that diverge",          \
          "prompts on which the iterate's error on the context is above the " \
          "zero predictor's, w.S w > 2 b.w, or that overflow"),               \
      DATA_REAL(group "/quantile", "quantile", "quantile level",              \
                "the levels of `quantiles`"),                                 \
      DATA_REAL(group "/quantiles", "quantile," dims,                         \
                "quantiles of the squared error", "over prompts")

static const iclgd_dataset datasets[] = {
    DATA_INT("extrapolation/loops/loops", "loops", "loops",
             "times the stack of layers is repeated; 0 is the zero predictor"),
    STATISTICS("extrapolation/loops", "path,loops"),
    DATA_REAL("extrapolation/loops/stable_share", "path",
              "share of stable prompts",
              "prompts on which repeating must converge: the spectral radius "
              "of the product over the layers of I - A S is below 1 (eta "
              "lambda_max(S) < 2 for A = eta I); for other paths those that do "
              "not diverge at the last loop"),
    DATA_REAL("extrapolation/loops/stable_mean", "path,loops",
              "mean squared error on stable prompts",
              "the mean over the path's own stable prompts alone"),
    DATA_TEXT(
        "extrapolation/shifts/shift_name", "shift", "shift",
        "the word of the key extrapolation.shifts; none: the law of training"),
    DATA_REAL("extrapolation/shifts/zero", "shift",
              "mean squared error of the zero predictor", "mean of y_query^2"),
    STATISTICS("extrapolation/shifts", "path,shift"),
    DATA_REAL("extrapolation/shifts/ratio", "path,shift",
              "mean squared error over the model's",
              "paired on the prompts where both are finite"),
    DATA_REAL("extrapolation/shifts/ratio_error", "path,shift",
              "standard error of the ratio",
              "by the delta method; NaN where a few prompts carry both means"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

typedef struct extrapolation {
  iclgd_loops *loops;     /* NULL where there are no layers of ours to repeat */
  iclgd_shifted *shifted; /* NULL where there is no law to shift, */
  bool is_linear;         /* or labels that do not follow w_star */
} extrapolation;

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  extrapolation *e = state;
  const bool has_layers = setup->model->size > 0 && !setup->model->readouts;
  if (has_layers) TRY(iclgd_loops_create(setup, &e->loops, err));
  e->is_linear = iclgd_distribution_is_linear(setup->dist);
  if (!iclgd_distribution_draws(setup->dist) || !e->is_linear) return ICLGD_OK;
  return iclgd_shifted_create(setup, &e->shifted, err);
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  (void)err;
  extrapolation *e = state;
  if (e->loops) iclgd_loops_feed(e->loops, block);
  return ICLGD_OK;
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  extrapolation *e = state;
  TRY(e->loops
          ? iclgd_loops_write(e->loops, record, err)
          : iclgd_record_attr_text(
                record, "extrapolation", "loops",
                "not run: the model has no layers that can be repeated, or "
                "readouts that were fitted to these alone",
                err));
  if (e->shifted) return iclgd_shifted_write(e->shifted, record, err);
  return iclgd_record_attr_text(
      record, "extrapolation", "shifts",
      e->is_linear ? "not run: the law of the prompts is not known"
                   : "not run: " ICLGD_NOT_LINEAR,
      err);
}

const iclgd_probe iclgd_probe_extrapolation = {
    .name = "extrapolation",
    .question = "what happens with more loops, and under shifted laws?",
    .needs = ICLGD_NEEDS_RERUN,
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_extrapolation,
    .state_size = sizeof(extrapolation),
    .begin = begin,
    .feed = feed,
    .finish = finish,
};
