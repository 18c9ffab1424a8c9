/* What the probe `hessian` writes (see hessian.c). */
#include "probes/hessian/parts.h"

static const iclgd_group groups[] = {
    GROUP_PLOT_ON(
        "hessian", "positive", "magnitude", "log log",
        "spectrum of the Hessian of the training loss",
        "of the trained model, in all parameters: eigenvalues by magnitude; "
        "attributes: loss, what was differentiated; prompts; method, exact or "
        "estimated by Lanczos; asymmetry, |H - H^T| / |H| as computed; "
        "diagonal_ratio, max |H_ii| / median |H_ii|"),
    GROUP_PLOT("hessian/parts", "trace", "part",
               "the Hessian and its two parts",
               "H, its outer-product (Gauss-Newton) part sum rho'' J J^T and "
               "its functional part sum rho' d2(yhat); by the whole matrix, "
               "or estimated, and then NaN where it is not known"),
    GROUP_PLOT("hessian/blocks", "norm", "block,other",
               "norms of the blocks of the Hessian",
               "of pairs of parameter arrays, layer by layer; attributes: "
               "cross_share, 1 - sum |H_bb|^2 / |H|^2; contrast, largest over "
               "smallest root mean square entry of the H_bb that are not flat"),
    GROUP_PLOT_ON("hessian/entries", "magnitude", "row,column", "lin lin log",
                  "magnitudes of the entries of the Hessian",
                  "|H_ij| in the order of theta, layer by layer"),
    GROUP_PLOT_ON(
        "hessian/training", "sharpness", "step", "log log",
        "sharpness over training",
        "the largest eigenvalue of H at snapshots, beside the value at which "
        "the optimiser stops being stable on a fixed loss; of adam that of "
        "D^-1/2 H D^-1/2, D = sqrt(v) + epsilon, v = |E g|^2 + var(g) / "
        "batch from gradients at the snapshot, since the second moments of "
        "training are not stored. NaN where training is not known"),
    GROUP_PLOT_ON(
        "hessian/scales", "norm", "row,sigma", "lin log log",
        "norms of the blocks of one layer's Hessian by the scale of its tokens",
        "Ormaniec et al. 2024: one layer of attention on 6 random tokens of "
        "width 4, key 3, value 2, full-sequence loss, no residual; geometric "
        "means over `draws`; slopes over sigma <= 0.1"),
};

static const iclgd_dataset datasets[] = {
    DATA_REAL("hessian/magnitude", "magnitude", "|eigenvalue|",
              "middle of a bin, four to a decade below the largest"),
    DATA_REAL("hessian/positive", "magnitude", "positive eigenvalues",
              "of H in the bin; estimated: their expected number"),
    DATA_REAL("hessian/negative", "magnitude", "negative eigenvalues",
              "of H in the bin, likewise"),
    DATA_REAL("hessian/outer", "magnitude", "eigenvalues of the outer part",
              "in the bin, likewise"),

    DATA_TEXT("hessian/parts/name", "part", "part",
              "H, its outer-product and its functional part"),
    DATA_REAL("hessian/parts/trace", "part", "trace", "exact or by Hutch++"),
    DATA_REAL("hessian/parts/trace_errors", "part", "standard error of trace",
              "over random vectors; 0 where exact"),
    DATA_REAL("hessian/parts/trace_hutchinson", "part", "trace by Hutchinson",
              "of as many products; exact where trace is"),
    DATA_REAL("hessian/parts/trace_hutchinson_errors", "part",
              "standard error of trace_hutchinson",
              "over random vectors; 0 where exact"),
    DATA_REAL("hessian/parts/norm", "part", "Frobenius norm",
              "exact or by Hutchinson"),
    DATA_REAL("hessian/parts/norm_errors", "part", "standard error of the norm",
              "over random vectors"),
    DATA_REAL("hessian/parts/largest", "part", "largest eigenvalue",
              "by the whole matrix, or the largest Ritz value, which is not "
              "above it"),
    DATA_REAL("hessian/parts/smallest", "part", "smallest eigenvalue",
              "likewise, not below it"),
    DATA_REAL("hessian/parts/residual", "part", "residual of largest",
              "|H y - largest y| of its Ritz vector; 0 where exact"),
    DATA_REAL("hessian/parts/negative", "part", "negative eigenvalues",
              "their number; estimated: expected, of those told from 0"),
    DATA_REAL("hessian/parts/flat", "part", "flat directions",
              "eigenvalues below 1e-10 of the largest magnitude; estimated: "
              "the expected number of those not told from 0"),
    DATA_REAL(
        "hessian/parts/condition", "part", "condition",
        "largest over smallest magnitude of those that are not flat; NaN: "
        "all are"),
    DATA_REAL("hessian/parts/eigenvalue", "part,rank", "eigenvalue",
              "all of them, ascending"),

    DATA_TEXT("hessian/blocks/name", "block", "block",
              "an array of parameters, and its layer"),
    DATA_INT("hessian/blocks/size", "block", "parameters", "of the block"),
    DATA_REAL("hessian/blocks/norm", "block,other", "|H_ab|",
              "Frobenius norm of the block of H"),
    DATA_REAL("hessian/blocks/norm_outer", "block,other", "|Ho_ab|",
              "of the outer-product part"),
    DATA_REAL("hessian/blocks/norm_functional", "block,other", "|Hf_ab|",
              "of the functional part"),
    DATA_REAL("hessian/blocks/norm_errors", "block,other", "standard error",
              "of norm, over random vectors"),
    DATA_REAL("hessian/blocks/norm_outer_errors", "block,other",
              "standard error", "of norm_outer"),
    DATA_REAL("hessian/blocks/norm_functional_errors", "block,other",
              "standard error", "of norm_functional"),
    DATA_REAL("hessian/blocks/trace", "block", "trace of H_bb",
              "exact or by Hutchinson"),
    DATA_REAL("hessian/blocks/largest", "block", "largest eigenvalue of H_bb",
              "of the block alone"),
    DATA_REAL("hessian/blocks/smallest", "block", "smallest eigenvalue of H_bb",
              "of the block alone"),
    DATA_REAL("hessian/blocks/negative", "block",
              "negative eigenvalues of H_bb", "their number"),
    DATA_REAL("hessian/blocks/quantile", "quantile", "level", "of entries"),
    DATA_REAL("hessian/blocks/entries", "quantile,block", "|H_ij| in H_bb",
              "quantiles of the magnitudes of its entries"),

    DATA_REAL("hessian/entries/magnitude", "row,column", "|H_ij|",
              "mean over prompts"),
    DATA_REAL("hessian/entries/outer", "row,column", "|Ho_ij|",
              "of the outer-product part"),
    DATA_REAL("hessian/entries/functional", "row,column", "|Hf_ij|",
              "of the functional part"),
    DATA_INT("hessian/entries/block", "row", "block",
             "the block of /entry/hessian/blocks that the row is in"),

    DATA_INT("hessian/training/step", "step", "training step",
             "updates done before the snapshot; -1 where training is not "
             "known"),
    DATA_REAL("hessian/training/loss", "step", "mean squared error",
              "the loss on the same prompts"),
    DATA_REAL("hessian/training/gradient_norm", "step", "gradient norm",
              "of that mean loss"),
    DATA_REAL("hessian/training/sharpness", "step", "largest eigenvalue of H",
              "by Lanczos"),
    DATA_REAL("hessian/training/sharpness_errors", "step",
              "standard error of sharpness",
              "over prompts, the eigenvector held; NaN where rare prompts "
              "carry it (include/iclgd/tail.h), as of those below"),
    DATA_REAL("hessian/training/sharpness_held_out", "step",
              "curvature along its vector, other prompts",
              "v.Hv of the vector of sharpness on `held_out` other prompts, "
              "which did not choose it"),
    DATA_REAL("hessian/training/sharpness_held_out_errors", "step",
              "standard error of sharpness_held_out", "over prompts"),
    DATA_REAL("hessian/training/smallest_held_out", "step",
              "curvature along the vector of smallest, other prompts",
              "likewise"),
    DATA_REAL("hessian/training/smallest_held_out_errors", "step",
              "standard error of smallest_held_out", "over prompts"),
    DATA_REAL("hessian/training/residual", "step", "residual of sharpness",
              "|H y - sharpness y| of the Ritz vector"),
    DATA_REAL("hessian/training/smallest", "step", "smallest eigenvalue of H",
              "by Lanczos"),
    DATA_REAL("hessian/training/limit", "step", "(2 + 2 beta1) / lr",
              "of sgd, from which on a step is not stable"),
    DATA_REAL("hessian/training/preconditioned", "step",
              "preconditioned sharpness",
              "largest eigenvalue of D^-1/2 H D^-1/2, v estimated"),
    DATA_REAL("hessian/training/limit_adam", "step",
              "(2 + 2 beta1) / ((1 - beta1) lr)",
              "of adam, for the preconditioned sharpness"),
    DATA_REAL("hessian/training/smoothness_sgd", "step",
              "smoothness along the gradient", "u.Hu / |u|^2, u = E g"),
    DATA_REAL("hessian/training/smoothness_adam", "step",
              "smoothness along D^-1 times it", "u.Hu / |u|^2, u = D^-1 E g"),
    DATA_REAL("hessian/training/diagonal_ratio", "step",
              "max |H_ii| / median |H_ii|",
              "where all of H is computed, else NaN"),

    DATA_TEXT("hessian/scales/name", "row", "norm",
              "attention, part and block"),
    DATA_REAL("hessian/scales/sigma", "sigma", "scale of the tokens",
              "X = sigma X_0, X_0 ~ N(0, 1)"),
    DATA_REAL("hessian/scales/norm", "row,sigma", "|block|_F",
              "geometric mean over draws"),
    DATA_REAL("hessian/scales/slope", "row", "slope",
              "of log norm over log sigma, sigma <= 0.1"),
    DATA_REAL("hessian/scales/exponent", "row", "exponent of theory",
              "for small sigma, targets fixed"),
};

const iclgd_schema iclgd_hessian_schema = SCHEMA(groups, datasets);
