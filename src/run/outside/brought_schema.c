/* What a model that ran elsewhere brings of itself (docs/bring-your-own.md),
 * beside `prediction` and `weight`, which our own trajectories have as well. */
#include "run/stages.h"

#define MODEL "trajectories/model/"
#define STEP MODEL "snapshots/<step>/"

static const iclgd_dataset datasets[] = {
    DATA_REAL(MODEL "prediction_more", "index,prompt,query",
              "predictions at further queries",
              "brought: at prompts/x_more, for the weight that they imply"),
    DATA_REAL(MODEL "prediction_by_context", "index,prompt,context",
              "predictions by context length",
              "brought: of y number k + 1 from the first k points"),
    DATA_REAL(MODEL "prediction_by_context_changed", "index,prompt,context",
              "predictions by context length, another last label",
              "brought: the same with prompts/y_changed"),
    DATA_REAL(MODEL "tokens", "index,prompt,unit", "hidden state",
              "brought: of the query"),
    DATA_REAL(STEP "prediction", "index,prompt", "prediction",
              "brought: after so many training steps"),
    DATA_REAL(STEP "prediction_more", "index,prompt,query",
              "predictions at further queries",
              "brought: after so many training steps"),
    DATA_REAL(STEP "weight", "index,prompt,feature", "implied weight",
              "brought: after so many training steps"),
};

const iclgd_schema iclgd_brought_schema = {
    .datasets = datasets, .n_datasets = sizeof datasets / sizeof *datasets};
