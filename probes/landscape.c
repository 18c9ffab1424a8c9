/* What does the loss of a looped layer look like, as a function of A?
 *
 * Gatmiry et al. 2024 (arXiv:2410.08292), one block looped L times, in
 * coordinates in which Sigma = I: Theorem 3.4, gradient dominance,
 *   ratio = |grad_A loss|_F^2 / loss^((2L-1)/L) >= 1/16  unless loss is tiny,
 * at every snapshot of training. On the line A = alpha I at n = infinity the
 * loss is d (1 - alpha)^(2L), and the ratio 4 L^2 d^(1/L - 1) everywhere; at
 * finite n the minimum has a loss above 0, so the ratio ends at 0.
 * |grad|^2 is estimated without bias,
 *   (|sum_i g_i|^2 - sum_i |g_i|^2) / (N (N - 1)),  g_i of prompt i,
 * and may be negative where it is within its error of 0.
 *
 * At the trained A: the loss after 1 .. 2 L loops, and that of the parts of A
 * (theory: O8), paired: for tied layers the best A has an antisymmetric part.
 */
#include <math.h>
#include <stdlib.h>

#include "landscape.h"
#include "losses.h"

static const iclgd_key keys[] = {
    KEY_INT("landscape.prompts", "2000", 32, 1e6,
            "prompts for the gradient at every snapshot and the losses of "
            "parts of A"),
};
static const iclgd_key_set key_set = {keys, sizeof keys / sizeof *keys};

static const iclgd_group groups[] = {
    GROUP_PLOT("landscape", "ratio", "step",
               "gradient dominance of the looped loss over training",
               "|grad_A loss|^2 / loss^((2L-1)/L), L loops, beside the bound "
               "1/16; attributes: what was differentiated, whether the setting "
               "is that of the theorem"),
    GROUP_PLOT_ON("landscape/loops", "loss", "loop", "lin log",
                  "loss at the trained weights by the number of loops",
                  "1 to twice as many loops as trained"),
    GROUP_PLOT("landscape/parts", "loss", "part",
               "loss of parts of the trained A",
               "1 the trained model, 2 A alone, 3 its symmetric part, 4 its "
               "mean diagonal times I, 5 the best multiple of I; I is Sigma^-1 "
               "for anisotropic inputs"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("landscape/step", "step", "training step",
             "updates done before the snapshot; -1 when training is not known"),
    DATA_REAL("landscape/loss", "step", "mean squared error",
              "mean (yhat - y_query)^2 of the last loop, on the prompts of "
              "the gradient"),
    DATA_REAL("landscape/gradient_squared", "step",
              "squared norm of the gradient in A",
              "unbiased, in whitened coordinates"),
    DATA_REAL("landscape/gradient_noise", "step", "what sampling adds to it",
              "squared norm of the mean gradient of the prompts, less the "
              "unbiased estimate"),
    DATA_REAL("landscape/ratio", "step", "|grad|^2 / loss^((2L-1)/L)",
              "in units in which E|w|^2 = d and Sigma = I"),
    DATA_REAL("landscape/ratio_errors", "step", "standard error of the ratio",
              "jackknife over 16 groups of prompts"),
    DATA_REAL("landscape/scale", "step", "scale tr(A) / d",
              "in whitened coordinates"),
    DATA_REAL("landscape/antisymmetric_share", "step",
              "antisymmetric share of A",
              "|(A - A^T) / 2| / |A|, Frobenius norms"),
    DATA_INT("landscape/excluded", "step", "prompts left out",
             "prompts whose loss or gradient is not finite"),
    DATA_INT("landscape/loops/loop", "loop", "loops", "loops done"),
    DATA_REAL("landscape/loops/loss", "loop", "loss, mean risk over prompts",
              "mean (w - w_star)^T Sigma (w - w_star), the exact mean over "
              "x_query; of (yhat - y_query)^2 where it is not known"),
    DATA_REAL("landscape/loops/loss_errors", "loop",
              "standard error of the loss", "from the spread over prompts"),
    DATA_REAL("landscape/loops/loss_median", "loop",
              "loss, median over prompts",
              "median of what `loss` is the mean of"),
    DATA_INT("landscape/parts/part", "part", "part of A",
             "1 model, 2 A, 3 symmetric part, 4 mean diagonal, 5 best scalar"),
    DATA_REAL("landscape/parts/loss", "part", "loss, mean risk over prompts",
              "as /entry/landscape/loops/loss, after as many loops as trained"),
    DATA_REAL("landscape/parts/loss_errors", "part",
              "standard error of the loss", "from the spread over prompts"),
    DATA_REAL("landscape/parts/ratio", "part", "loss over the trained loss",
              "ratio of means on the same prompts"),
    DATA_REAL("landscape/parts/ratio_errors", "part",
              "standard error of the ratio", "delta method, paired"),
    DATA_REAL(
        "landscape/parts/ratio_to_previous", "part",
        "loss over that of the part before",
        "what this part has less: of part 3, the symmetric part of A over A "
        "alone; ratio of means on the same prompts; NaN for the first"),
    DATA_REAL("landscape/parts/ratio_to_previous_errors", "part",
              "standard error of it", "delta method, paired"),
};

static const iclgd_schema schema = {groups, sizeof groups / sizeof *groups,
                                    datasets,
                                    sizeof datasets / sizeof *datasets};

static void end(void *state) {
  landscape *s = state;
  iclgd_arena_free(&s->arena);
  free(s);
}

static iclgd_status begin(const iclgd_probe_setup *setup, void **state,
                          iclgd_error *err) {
  if (setup->model->layers > 1)
    return iclgd_fail(err, ICLGD_ERANGE, "the layers are not tied");
  if (setup->depth < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "the layer is not looped");
  if (setup->prompts < 32)
    return iclgd_fail(err, ICLGD_ERANGE, "fewer than 32 prompts");
  landscape *s = calloc(1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "landscape");
  s->setup = setup;
  const size_t wanted = iclgd_get_size(setup->settings, "landscape.prompts");
  const iclgd_status status =
      iclgd_losses_prompts(setup, wanted, &s->arena, &s->prompts, err);
  if (status) {
    end(s);
    return status;
  }
  s->tune = iclgd_prompts_part(
      setup->tune, 0,
      wanted < setup->tune->count ? wanted : setup->tune->count);
  *state = s;
  return ICLGD_OK;
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  landscape *s = state;
  iclgd_status status = iclgd_landscape_write_gradient(s, record, err);
  if (!status) status = iclgd_landscape_write_loops(s, record, err);
  return status ? status : iclgd_landscape_write_parts(s, record, err);
}

const iclgd_probe iclgd_probe_landscape = {
    .name = "landscape",
    .question = "what does the loss of a looped layer look like around A?",
    .needs = ICLGD_NEEDS_LINEAR | ICLGD_NEEDS_PARAMETERS,
    .keys = &key_set,
    .schema = &schema,
    .begin = begin,
    .finish = finish,
    .end = end,
};
