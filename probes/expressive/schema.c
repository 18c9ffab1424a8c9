/* What the probe `expressive` writes (see expressive.c). */
#include "probes/expressive/expressive.h"

static const iclgd_group groups[] = {
    GROUP_PLOT_ON(
        "expressive", "loss_share", "variant,run", "lin lin log",
        "variants of one transformer on memory tasks",
        "every variant trained from as many seeds: loss over the variance of "
        "the label; attributes: `table`, `prompts` behind a loss, `steps` of "
        "training where not those of the variant (0)"),
    GROUP_PLOT("expressive/orderings", "verdict", "ordering",
               "which variant errs less",
               "1 it holds, -1 it does not, 0 the spread over seeds does not "
               "tell; attribute `alike`: the largest difference, in shares of "
               "the variance of the label, of what changes little"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("expressive/variant", "variant", "variant", "0, 1, .."),
    DATA_INT("expressive/run", "run", "training run",
             "seed, or of `exact` variants the start of a search"),
    DATA_TEXT("expressive/task", "variant", "task", "what is learned"),
    DATA_TEXT("expressive/line", "variant", "variant but for its heads",
              "a line of the figure is all variants of one task and line"),
    DATA_TEXT("expressive/keys", "variant", "keys of the variant",
              "behind those that all of the table have (attribute `keys`)"),
    DATA_INT("expressive/layers", "variant", "layers", "L"),
    DATA_INT("expressive/heads", "variant", "heads of a layer", "H"),
    DATA_INT("expressive/hidden", "variant", "hidden units of the mlp",
             "m, 0 without mlp"),
    DATA_INT("expressive/dot_product", "variant", "whether scores have q.k",
             "1 with, 0 by position alone"),
    DATA_INT("expressive/parameters", "variant", "parameters",
             "those that are trained; of `exact` variants decays and readouts"),
    DATA_INT("expressive/exact", "variant", "whether the loss is exact",
             "1: |rho - sum_h c_h a_h|^2 with decays sought for it and the "
             "best c, 0: trained, and the loss that of held-out prompts"),
    DATA_REAL("expressive/variance", "variant", "variance of the label",
              "on the held-out prompts of the first run, or exact"),
    DATA_REAL("expressive/loss", "variant,run", "loss",
              "mean (yhat - y_query)^2, of held-out prompts or exact"),
    DATA_REAL("expressive/loss_share", "variant,run",
              "loss over the variance of the label",
              "1: no better than a constant"),
    DATA_REAL("expressive/sampled", "variant,run", "loss on held-out prompts",
              "also of `exact` variants: the transformer with these decays and "
              "readouts, run on prompts"),
    DATA_REAL("expressive/median", "variant", "median loss over runs",
              "over the variance of the label"),
    DATA_REAL("expressive/lowest", "variant", "lowest loss of the runs",
              "over the variance of the label"),
    DATA_REAL("expressive/highest", "variant", "highest loss of the runs",
              "over the variance of the label"),
    DATA_INT("expressive/orderings/ordering", "ordering", "ordering",
             "0, 1, .."),
    DATA_TEXT("expressive/orderings/statement", "ordering", "statement",
              "in words"),
    DATA_INT("expressive/orderings/low", "ordering", "variant that errs less",
             "an index of /entry/expressive/variant"),
    DATA_INT("expressive/orderings/high", "ordering", "the variant beside it",
             "an index of /entry/expressive/variant"),
    DATA_INT("expressive/orderings/little", "ordering",
             "whether it says that they are alike",
             "1: that the two differ little, 0: that the first errs less"),
    DATA_INT("expressive/orderings/verdict", "ordering", "verdict",
             "1: in every run of one below every run of the other (or alike: "
             "every difference small), -1: the contrary in every run, 0: the "
             "spread does not tell"),
};

const iclgd_schema iclgd_expressive_schema = SCHEMA(groups, datasets);
