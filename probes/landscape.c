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
    {"landscape.prompts", ICLGD_KEY_INT, "2000", NULL, 32, 1e6, "",
     "prompts for the gradient at every snapshot and the losses of parts of A",
     false},
};
static const iclgd_key_set key_set = {keys, sizeof keys / sizeof *keys};

static const iclgd_group groups[] = {
    {"landscape", "NXdata", "ratio", "step", "",
     "gradient dominance of the looped loss over training",
     "|grad_A loss|^2 / loss^((2L-1)/L), L loops, beside the bound 1/16; "
     "attributes: what was differentiated, whether the setting is that of the "
     "theorem"},
    {"landscape/loops", "NXdata", "loss", "loop", "lin log",
     "loss at the trained weights by the number of loops",
     "1 to twice as many loops as trained"},
    {"landscape/parts", "NXdata", "loss", "part", "",
     "loss of parts of the trained A",
     "1 the trained model, 2 A alone, 3 its symmetric part, 4 its mean "
     "diagonal "
     "times I, 5 the best multiple of I; I is Sigma^-1 for anisotropic inputs"},
};

static const iclgd_dataset datasets[] = {
    {"landscape/step", ICLGD_I64, "step", "1", "training step",
     "updates done before the snapshot; -1 when training is not known"},
    {"landscape/loss", ICLGD_F64, "step", "1", "mean squared error",
     "mean (yhat - y_query)^2 of the last loop, on the prompts of the "
     "gradient"},
    {"landscape/gradient_squared", ICLGD_F64, "step", "1",
     "squared norm of the gradient in A", "unbiased, in whitened coordinates"},
    {"landscape/gradient_noise", ICLGD_F64, "step", "1",
     "what sampling adds to it",
     "squared norm of the mean gradient of the prompts, less the unbiased "
     "estimate"},
    {"landscape/ratio", ICLGD_F64, "step", "1", "|grad|^2 / loss^((2L-1)/L)",
     "in units in which E|w|^2 = d and Sigma = I"},
    {"landscape/ratio_errors", ICLGD_F64, "step", "1",
     "standard error of the ratio", "jackknife over 16 groups of prompts"},
    {"landscape/scale", ICLGD_F64, "step", "1", "scale tr(A) / d",
     "in whitened coordinates"},
    {"landscape/antisymmetric_share", ICLGD_F64, "step", "1",
     "antisymmetric share of A", "|(A - A^T) / 2| / |A|, Frobenius norms"},
    {"landscape/excluded", ICLGD_I64, "step", "1", "prompts left out",
     "prompts whose loss or gradient is not finite"},
    {"landscape/loops/loop", ICLGD_I64, "loop", "1", "loops", "loops done"},
    {"landscape/loops/loss", ICLGD_F64, "loop", "1",
     "loss, mean risk over prompts",
     "mean (w - w_star)^T Sigma (w - w_star), the exact mean over x_query; of "
     "(yhat - y_query)^2 where it is not known"},
    {"landscape/loops/loss_errors", ICLGD_F64, "loop", "1",
     "standard error of the loss", "from the spread over prompts"},
    {"landscape/loops/loss_median", ICLGD_F64, "loop", "1",
     "loss, median over prompts", "median of what `loss` is the mean of"},
    {"landscape/parts/part", ICLGD_I64, "part", "1", "part of A",
     "1 model, 2 A, 3 symmetric part, 4 mean diagonal, 5 best scalar"},
    {"landscape/parts/loss", ICLGD_F64, "part", "1",
     "loss, mean risk over prompts",
     "as /entry/landscape/loops/loss, after as many loops as trained"},
    {"landscape/parts/loss_errors", ICLGD_F64, "part", "1",
     "standard error of the loss", "from the spread over prompts"},
    {"landscape/parts/ratio", ICLGD_F64, "part", "1",
     "loss over the trained loss", "ratio of means on the same prompts"},
    {"landscape/parts/ratio_errors", ICLGD_F64, "part", "1",
     "standard error of the ratio", "delta method, paired"},
    {"landscape/parts/ratio_to_previous", ICLGD_F64, "part", "1",
     "loss over that of the part before",
     "what this part has less: of part 3, the symmetric part of A over A "
     "alone; ratio of means on the same prompts; NaN for the first"},
    {"landscape/parts/ratio_to_previous_errors", ICLGD_F64, "part", "1",
     "standard error of it", "delta method, paired"},
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
    .keys = &key_set,
    .schema = &schema,
    .begin = begin,
    .finish = finish,
    .end = end,
};
