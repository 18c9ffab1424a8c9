/* What the probe `relevance` writes (see relevance.c). */
#include "probes/relevance/relevance.h"

const char *const iclgd_relevance_names[ICLGD_WHOS] = {
    "conservative", "gradient", "left_out",     "gd",
    "gd_left_out",  "best",     "best_left_out"};

static const iclgd_group groups[] = {
    GROUP("relevance", "which context points the prediction uses",
          "the last layer's prediction taken apart, beside gradient descent "
          "and the algorithm that is nearest to the model (attribute `best`, "
          "\"gd\" where that is it)"),
    GROUP_PLOT("relevance/points", "left_out", "prompt,context",
               "what each point is worth to the prediction",
               "conservative: by conservative propagation (Ali et al. 2022); "
               "gradient: gradient x input; left_out: prediction minus that "
               "without the point; gd and best: c_i y_i of predictions sum_i "
               "c_i y_i"),
    GROUP_PLOT("relevance/by_similarity", "left_out", "rank",
               "share of the point by its similarity to the query",
               "mean over prompts of |R_i| / sum |R|, of the point that is the "
               "first, second, .. by x_i . x_query, the largest first"),
    GROUP_PLOT("relevance/by_size", "left_out", "rank",
               "share of the point by its rank",
               "mean over prompts of |R_i| / sum |R|, the largest first"),
    GROUP_PLOT("relevance/agreement", "cosine", "pair",
               "whether two answers agree",
               "mean over prompts of the cosine of two vectors over points; "
               "prompts where one is 0 are left out"),
    GROUP_PLOT("relevance/kinds", "conservative", "kind",
               "what the prediction is made of",
               "share of the sum of magnitudes of all contributions, of "
               "labels, inputs, query and biases; mean over prompts"),
};

#define POINTS(who, text) \
  DATA_REAL("relevance/points/" who, "prompt,context", who, text)
#define CURVES(where, text)                                                   \
  DATA_INT("relevance/" where "/rank", "rank", "rank of the point",           \
           "1 is the first"),                                                 \
      DATA_REAL("relevance/" where "/<who>", "rank", "share of relevance",    \
                text),                                                        \
      DATA_REAL("relevance/" where "/<who>_errors", "rank", "standard error", \
                "of the mean over prompts")
#define KINDS(name, title, text)                                             \
  DATA_REAL("relevance/kinds/" name, "kind", title, text),                   \
      DATA_REAL("relevance/kinds/" name "_errors", "kind", "standard error", \
                "delta method over prompts")

static const iclgd_dataset datasets[] = {
    POINTS("conservative", "conservative propagation, x_i and y_i together"),
    POINTS("gradient", "x_i . dyhat/dx_i + y_i dyhat/dy_i"),
    POINTS("left_out", "the model's prediction minus that without the point"),
    POINTS("gd", "c_i y_i of gradient descent"),
    POINTS("gd_left_out", "the same as left_out, of gradient descent"),
    POINTS("best", "c_i y_i of the algorithm that is nearest to the model"),
    POINTS("best_left_out", "the same as left_out, of that algorithm"),
    POINTS("conservative_x", "the part of x_i"),
    POINTS("conservative_y", "the part of y_i"),
    POINTS("similarity", "x_i . x_query"),
    DATA_REAL("relevance/points/prediction", "prompt", "prediction",
              "of the last layer"),
    DATA_REAL("relevance/points/query", "prompt", "relevance of the query",
              "of x_query, by conservative propagation"),
    DATA_REAL("relevance/points/bias", "prompt", "relevance of biases",
              "of biases and positions, so that all of it sums to the "
              "prediction"),
    CURVES("by_similarity", "mean over prompts, sorted by x_i . x_query"),
    CURVES("by_size", "mean over prompts, sorted by size"),
    DATA_TEXT("relevance/agreement/one", "pair", "one of the two", "its name"),
    DATA_TEXT("relevance/agreement/other", "pair", "the other", "its name"),
    DATA_REAL("relevance/agreement/cosine", "pair", "cosine",
              "mean over prompts"),
    DATA_REAL("relevance/agreement/cosine_errors", "pair", "standard error",
              "of the mean over prompts"),
    DATA_REAL("relevance/agreement/cosine_low", "pair",
              "lower end of the 95% interval",
              "2.5th percentile of the bootstrap over prompts"),
    DATA_REAL("relevance/agreement/cosine_high", "pair",
              "upper end of the 95% interval",
              "97.5th percentile of the bootstrap over prompts"),
    DATA_INT("relevance/agreement/excluded", "pair", "prompts left out",
             "where one of the two is zero or not finite"),
    DATA_TEXT("relevance/kinds/kind_name", "kind", "kind of input",
              "labels, inputs, query, biases"),
    KINDS("conservative", "share of magnitudes", "by conservative propagation"),
    KINDS("gradient", "share of magnitudes", "by gradient x input"),
    KINDS("conservative_sum", "sum over the prediction",
          "sum of sum_kind yhat / sum of yhat^2 over prompts, conservative: 1 "
          "over all kinds"),
    KINDS("gradient_sum", "sum over the prediction",
          "sum of sum_kind yhat / sum of yhat^2 over prompts, gradient x "
          "input"),
};

const iclgd_schema iclgd_relevance_schema = SCHEMA(groups, datasets);
