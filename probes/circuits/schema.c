/* What the probe `circuits` writes (see circuits.c). */
#include "probes/circuits/circuits.h"

static const iclgd_group groups[] = {
    GROUP("circuits", "heads, mlps and layers of the model",
          "where heads attend, and what the prediction loses without them"),
    GROUP_PLOT(
        "circuits/attention", "query", "layer,head,key",
        "attention of the query's token",
        "weights of attention, mean over `prompts` prompts; of linear "
        "attention the scores (1/n) e_i^T Q e_j; of looped models every loop "
        "is a layer of its own. `tokens_per_point` is 2 where x and y "
        "alternate"),
    GROUP_PLOT(
        "circuits/components", "ratio", "component,method",
        "loss without a component, over the model's own",
        "mean over `prompts` prompts of the squared error at the query with "
        "the output of a component replaced, by 0, by its mean over `donors` "
        "other prompts, by that on another prompt; over the mean with nothing "
        "replaced (`loss`). `corruption` says what the corrupted prompt is, "
        "`corrupted_loss` its loss against the clean label"),
};

#define OF_RATIO(name, title, description) \
  DATA_REAL("circuits/components/" name, "component,method", title, description)
#define OF_PATCH(name, title, description) \
  DATA_REAL("circuits/components/" name, "component", title, description)

static const iclgd_dataset datasets[] = {
    DATA_INT("circuits/attention/layer", "layer", "layer of the pass",
             "1 is the first"),
    DATA_INT("circuits/attention/head", "head", "head", "1 is the first"),
    DATA_INT("circuits/attention/rank", "rank", "rank of the point",
             "1: the largest x_i . x_query"),
    DATA_REAL("circuits/attention/query", "layer,head,key",
              "weight of the query's token on each token",
              "mean over prompts; the last token is the query's own"),
    DATA_REAL("circuits/attention/by_rank", "layer,head,rank",
              "weight of the query's token on each point",
              "mean over prompts of the weight on the tokens of the point "
              "that is the first, second, .. by x_i . x_query, the largest "
              "first"),
    DATA_REAL("circuits/attention/map", "layer,head,token,key",
              "weights of attention on the first prompt",
              "row: the token that looks, column: the token it looks at"),
    DATA_TEXT("circuits/components/component_name", "component", "component",
              "\"layer 2 head 1\", \"layer 2 mlp\", \"layer 2\": all that "
              "the layer adds"),
    DATA_TEXT("circuits/components/kind", "component", "kind of component",
              "head, mlp or layer"),
    DATA_INT("circuits/components/layer", "component", "layer of the pass",
             "1 is the first"),
    DATA_INT("circuits/components/head", "component", "head",
             "1 is the first; 0: not one head"),
    DATA_TEXT("circuits/components/method_name", "method",
              "what the output was replaced by",
              "zero; mean, over other prompts; resample, that on another "
              "prompt"),
    OF_RATIO("loss", "loss without the component",
             "mean over prompts of (prediction - y_query)^2"),
    OF_RATIO("loss_errors", "standard error", "of the mean over prompts"),
    OF_RATIO("ratio", "loss over the model's own",
             "ratio of means over the same prompts"),
    OF_RATIO("ratio_errors", "standard error", "of the ratio, delta method"),
    OF_RATIO("ratio_low", "lower end of the 95% interval of the ratio",
             "2.5th percentile of the bootstrap over prompts"),
    OF_RATIO("ratio_high", "upper end of the 95% interval of the ratio",
             "97.5th percentile of the bootstrap over prompts"),
    OF_RATIO("median_ratio", "median error over the model's own",
             "ratio of medians of squared errors over the same prompts, which "
             "rare prompts do not carry"),
    OF_RATIO("median_low", "lower end of the 95% interval of that ratio",
             "2.5th percentile of the bootstrap over prompts"),
    OF_RATIO("median_high", "upper end of the 95% interval of that ratio",
             "97.5th percentile of the bootstrap over prompts"),
    DATA_INT("circuits/components/measurable", "component,method",
             "whether the ratio can be trusted",
             "0 where rare prompts carry one of its means (Hill's index, "
             "include/iclgd/tail.h)"),
    OF_PATCH("recovered", "share of the prediction that a patch recovers",
             "sum (patched - corrupted) (clean - corrupted) / sum (clean - "
             "corrupted)^2 over prompts, patched: the corrupted prompt with "
             "the component's output on the clean one"),
    OF_PATCH("recovered_errors", "standard error", "delta method over prompts"),
    OF_PATCH("recovered_low", "lower end of the 95% interval",
             "2.5th percentile of the bootstrap over prompts"),
    OF_PATCH("recovered_high", "upper end of the 95% interval",
             "97.5th percentile of the bootstrap over prompts"),
};

const iclgd_schema iclgd_circuits_schema = SCHEMA(groups, datasets);
