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
 * (docs/theory.md, O8), paired: for tied layers the best A has an antisymmetric
 * part.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "probes/landscape/landscape.h"
#include "probes/shared/losses.h"
#include "probes/shared/variants.h"

static const iclgd_key keys[] = {
    KEY_INT("landscape.prompts", "2000", 32, 1e6,
            "prompts for the gradient at every snapshot and the losses of "
            "parts of A"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

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

static const iclgd_schema schema = SCHEMA(groups, datasets);

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  if (setup->model->layers > 1)
    return iclgd_fail(err, ICLGD_ERANGE, "the layers are not tied");
  if (setup->depth < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "the layer is not looped");
  if (setup->prompts < 32)
    return iclgd_fail(err, ICLGD_ERANGE, "fewer than 32 prompts");
  landscape *s = state;
  s->setup = setup;
  s->tune = iclgd_losses_tune(setup, "landscape.prompts");
  return iclgd_losses_prompts(setup, "landscape.prompts", &s->prompts, err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  landscape *s = state;
  TRY(iclgd_landscape_write_gradient(s, record, err));
  TRY(iclgd_landscape_write_loops(s, record, err));
  return iclgd_landscape_write_parts(s, record, err);
}

/* --- what it says -------------------------------------------------------- */

static void read(iclgd_reader *r, json_t *summary) {
  json_t *m = iclgd_reader_part(r, "landscape", "ratio",
                                "step loss gradient_squared ratio ratio_errors "
                                "antisymmetric_share excluded "
                                "@setting @bound @loops @prompts",
                                summary, "landscape");
  if (!m) return;
  iclgd_reader_part(r, "landscape/loops", "loss",
                    "loss loss_errors loss_median", m, "by_loop");
  iclgd_reader_part(r, "landscape/parts", "loss",
                    "loss loss_errors ratio ratio_errors ratio_to_previous "
                    "ratio_to_previous_errors @best_scalar @how_chosen",
                    m, "parts");
}

/* Snapshots at which the ratio is above the bound, or below, by more than two
 * standard errors. */
static bool is_theirs(const json_t *m) {
  return strncmp(iclgd_json_text(m, "setting"), "not", 3) != 0;
}

static void put_dominance(iclgd_blocks *out, const json_t *m) {
  const size_t count = iclgd_json_length(m, "ratio");
  const double bound = iclgd_json_real(m, "bound");
  size_t above = 0, below = 0, within = 0;
  double least = INFINITY;
  if (!json_object_get(m, "ratio_errors") || !json_object_get(m, "loss") ||
      isnan(bound))
    return;
  for (size_t k = 0; k < count; ++k) {
    const double off = iclgd_json_at(m, "ratio", k) - bound;
    const double twice = 2 * iclgd_json_at(m, "ratio_errors", k);
    above += off > twice;
    below += off < -twice;
    within += fabs(off) <= twice;
    if (off > twice) least = fmin(least, iclgd_json_at(m, "loss", k));
  }
  iclgd_put_claim(
      out, "Gradient dominance holds in %zu of %zu snapshots, fails in %zu%s.",
      above, count, below, is_theirs(m) ? "" : " (not the theorem's setting)");
  iclgd_put_sentence(out,
                     "|grad|^2 / loss^((2L-1)/L) is above 1/16 in %zu of %zu "
                     "snapshots, below in %zu, within two standard errors in "
                     "%zu.",
                     above, count, below, within);
  if (above + below + within < count)
    iclgd_put_sentence(out, "In %zu it is not known.",
                       count - above - below - within);
  if (above > 0 && isfinite(least))
    iclgd_put_sentence(out, "It is above down to a loss of %.4g.", least);
}

static void put_parts(iclgd_blocks *out, const json_t *parts, bool hidden) {
  static const char *const names[] = {"trained model", "A alone",
                                      "symmetric part of A",
                                      "mean diagonal times I", "best scalar"};
  iclgd_put_table(out, iclgd_variant_columns, ICLGD_VARIANT_COLUMNS,
                  "The loss when only a part of the learned A is kept: what a "
                  "part adds shows in the ratio, taken on the same prompts.%s",
                  iclgd_variant_caution(hidden));
  for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
    const double ratio = iclgd_json_at(parts, "ratio", k);
    const double error = iclgd_json_at(parts, "ratio_errors", k);
    if (k == 1 && ratio == 1 && error == 0) continue; /* A is the model */
    iclgd_put_row(out, "%s", names[k]);
    iclgd_put_variant(out, iclgd_json_at(parts, "loss", k),
                      iclgd_json_at(parts, "loss_errors", k), ratio, error,
                      hidden);
  }
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const iclgd_column columns[] = {
      {"training step", .list = "step", .format = ICLGD_AS_WHOLE},
      {"loss", .digits = 4, .list = "loss"},
      {"|gradient|^2 / loss^((2L-1)/L)", .digits = 4, .list = "ratio",
       .errors = "ratio_errors"},
      {"antisymmetric share", .digits = 3, .list = "antisymmetric_share"}};
  const json_t *m = json_object_get(summary, "landscape");
  if (!m) return;
  put_dominance(out, m);
  iclgd_put_sentence(out, "This is %sthe setting of Gatmiry et al. (2024).",
                     is_theirs(m) ? "" : "not ");
  put_parts(out, json_object_get(m, "parts"), iclgd_final_is_hidden(summary));
  iclgd_put_figure(out, "landscape");
  iclgd_put_fold(out, "Gradient dominance over training");
  iclgd_put_lists(out, m, columns, sizeof columns / sizeof *columns, 0,
                  iclgd_json_length(m, "ratio"),
                  "Gatmiry et al. (2024): while the loss is not tiny, the "
                  "ratio stays above 1/16 = 0.0625, so that the gradient "
                  "cannot vanish early. Near the minimum of the loss it ends "
                  "at 0.");
  iclgd_put_fold_end(out);
  iclgd_put_left_out(out, m, "excluded", iclgd_json_real(m, "prompts"),
                     "prompts, whose loss or gradient is not finite");
}

static const iclgd_view view = {
    .title = "The landscape", .read = read, .tell = tell};

const iclgd_probe iclgd_probe_landscape = {
    .name = "landscape",
    .question = "what does the loss of a looped layer look like around A?",
    .needs = ICLGD_NEEDS_LINEAR | ICLGD_NEEDS_PARAMETERS,
    .keys = &key_set,
    .schema = &schema,
    .view = &view,
    .state_size = sizeof(landscape),
    .begin = begin,
    .finish = finish,
};
