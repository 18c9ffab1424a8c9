/* What the probe `by_context` writes (see by_context.c). */
#include "probes/by_context/schema.h"

static const iclgd_group groups[] = {
    GROUP_PLOT(
        "trajectories_by_context", "model", "index,context",
        "error by context length",
        "mean over prompts of the squared error at x_{k+1} after the "
        "first k points alone, k = n at x_query; attributes say on how "
        "many prompts, `errors_from`, what errors are from, and `exact`, of "
        "which "
        "paths they are risks (w - w_star)^T Sigma (w - w_star). Algorithms "
        "have the hyperparameters chosen for whole prompts. NaN where "
        "there is no such layer, or too few points; a one-shot "
        "algorithm is repeated from index 1 on"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("trajectories_by_context/index", "index", "layer or step",
             "layer of the model and step of the algorithms"),
    DATA_INT("trajectories_by_context/context", "context", "context points",
             "k, how many of the prompt's points are seen"),
    DATA_REAL(
        "trajectories_by_context/<who>", "index,context",
        "squared error, mean over prompts",
        "mean over prompts of (prediction - target)^2, or of the risk, its "
        "exact mean over the next point"),
    DATA_REAL("trajectories_by_context/<who>_errors", "index,context",
              "standard error", "of the mean over prompts"),
    DATA_REAL("trajectories_by_context/<who>_low", "index,context",
              "lower end of the 95% interval of the mean",
              "2.5th percentile of the bootstrap over prompts"),
    DATA_REAL("trajectories_by_context/<who>_high", "index,context",
              "upper end of the 95% interval of the mean",
              "97.5th percentile of the bootstrap over prompts"),
    DATA_REAL("trajectories_by_context/<who>_per_d", "index,context",
              "squared error / d",
              "the mean divided by d, as Garg et al. 2022 do: 1 is the zero "
              "predictor for w ~ N(0, I) and inputs of unit variance only"),
    DATA_INT(
        "trajectories_by_context/<who>_measurable", "index,context",
        "whether the mean can be trusted",
        "1 where the tail of the prompts' errors is light enough "
        "for the mean and its interval, 0 where rare prompts carry the "
        "mean; the rule is Hill's index, include/iclgd/tail.h, in doubt over "
        "five neighbouring lengths"),
};

const iclgd_schema iclgd_by_context_schema = SCHEMA(groups, datasets);
