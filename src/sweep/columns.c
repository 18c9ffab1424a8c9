/* Numbers of a run that stand in the table of a sweep, one row each. Losses are
 * those that the run shows (view/shown_loss.h): means over the probed prompts,
 * or over the law where rare prompts carry them. */
#include "sweep/columns.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "view/shown_loss.h"

static const json_t *descent(const json_t *summary) {
  return iclgd_json_named(json_object_get(summary, "algorithms"), "gd");
}

static iclgd_shown_loss loss_at(const json_t *summary, size_t layer) {
  const iclgd_shown_loss none = {NAN, NAN, NULL};
  const json_t *model = json_object_get(summary, "trajectory");
  return model ? iclgd_loss_to_show(model, descent(summary), layer) : none;
}

static iclgd_shown_loss gd_at(const json_t *summary, size_t layer) {
  const iclgd_shown_loss none = {NAN, NAN, NULL};
  const json_t *gd = descent(summary);
  return gd ? iclgd_loss_to_show(gd, json_object_get(summary, "trajectory"),
                                 layer)
            : none;
}

/* Of a mean that the sample does not see the error is unknown. */
static double error_of(iclgd_shown_loss loss) {
  return loss.note && strcmp(loss.note, "unknown") == 0 ? NAN : loss.error;
}

static double loss(const json_t *s) {
  return loss_at(s, iclgd_summary_depth(s)).value;
}

static double loss_error(const json_t *s) {
  return error_of(loss_at(s, iclgd_summary_depth(s)));
}

static double gd_loss(const json_t *s) {
  return gd_at(s, iclgd_summary_depth(s)).value;
}

static double gd_loss_error(const json_t *s) {
  return error_of(gd_at(s, iclgd_summary_depth(s)));
}

static double of_oracle(const json_t *summary, const char *name,
                        const char *member) {
  const json_t *row =
      iclgd_json_named(json_object_get(summary, "oracle"), name);
  return row ? iclgd_json_real(row, member) : NAN;
}

static double ratio(const json_t *s) {
  return of_oracle(s, "ratio_gd", "measured");
}

static double ratio_error(const json_t *s) {
  return of_oracle(s, "ratio_gd", "standard_error");
}

static double median_ratio(const json_t *s) {
  return of_oracle(s, "median_ratio_gd", "measured");
}

static double median_ratio_error(const json_t *s) {
  return of_oracle(s, "median_ratio_gd", "standard_error");
}

static const char *best_match(const json_t *s) {
  const char *chosen =
      iclgd_json_text(json_object_get(s, "identify"), "chosen");
  return *chosen ? chosen : iclgd_json_text(s, "closest");
}

static double unexplained(const json_t *s) {
  const json_t *identify = json_object_get(s, "identify");
  const json_t *row = iclgd_json_named(json_object_get(identify, "hypotheses"),
                                       iclgd_json_text(identify, "chosen"));
  return row ? iclgd_json_real(row, "overall") : NAN;
}

static double cosine_at(const json_t *s, size_t layer) {
  return iclgd_json_at(descent(s), "sensitivity_cosine", layer);
}

static double cosine(const json_t *s) {
  return cosine_at(s, iclgd_summary_depth(s));
}

/* The mean over the layers of the model. */
static double antisymmetric(const json_t *s) {
  const json_t *structure = json_object_get(s, "structure");
  const size_t layers = iclgd_json_length(structure, "antisymmetric_share");
  double sum = 0;
  for (size_t l = 0; l < layers; ++l)
    sum += iclgd_json_at(structure, "antisymmetric_share", l);
  return layers > 0 ? sum / (double)layers : NAN;
}

static const char *filter_match(const json_t *s) {
  return iclgd_json_text(json_object_get(s, "filter"), "closest");
}

static double filter_distance(const json_t *s) {
  const json_t *paths = json_object_get(json_object_get(s, "filter"), "paths");
  const json_t *row = iclgd_json_named(paths, filter_match(s));
  return row ? iclgd_json_real(row, "overall") : NAN;
}

/* Of the run's own pool, where its file has no other. */
static double of_pool(const json_t *summary, const char *list) {
  const json_t *diversity = json_object_get(summary, "diversity");
  return iclgd_json_length(diversity, "tasks") == 1
             ? iclgd_json_at(diversity, list, 0)
             : NAN;
}

static double seen_tasks(const json_t *s) {
  return of_pool(s, "model_seen");
}

static double new_tasks(const json_t *s) {
  return of_pool(s, "model_new");
}

static double seen_to_dmmse(const json_t *s) {
  return of_pool(s, "model_seen") / of_pool(s, "dmmse_seen");
}

static double new_to_ridge(const json_t *s) {
  return of_pool(s, "model_new") / of_pool(s, "ridge_new");
}

static double loss_of_layer(const json_t *s, size_t layer) {
  return loss_at(s, layer).value;
}

static double loss_error_of_layer(const json_t *s, size_t layer) {
  return error_of(loss_at(s, layer));
}

static double gd_of_layer(const json_t *s, size_t layer) {
  return gd_at(s, layer).value;
}

static double gd_error_of_layer(const json_t *s, size_t layer) {
  return error_of(gd_at(s, layer));
}

const iclgd_scalar iclgd_sweep_scalars[] = {
    {"loss", "loss at the last layer",
     "of the model: mean over prompts, over the law where rare ones carry that "
     "and it is known",
     loss},
    {"loss_error", "standard error of the loss",
     "over prompts; 0 of one that is exact, NaN where rare prompts carry it",
     loss_error},
    {"gd_loss", "loss of gradient descent",
     "with the best step size, at as many steps as the model has layers",
     gd_loss},
    {"gd_loss_error", "standard error of that", "as loss_error", gd_loss_error},
    {"ratio_to_gd", "loss / loss of gradient descent",
     "of means, paired; NaN where these prompts cannot tell", ratio},
    {"ratio_to_gd_error", "standard error of the ratio", "over prompts",
     ratio_error},
    {"median_ratio_to_gd", "median loss / that of gradient descent",
     "of medians over prompts", median_ratio},
    {"median_ratio_to_gd_error", "standard error of that", "over prompts",
     median_ratio_error},
    {"unexplained", "unexplained by the best match",
     "share of the mean square of the model's predictions that best_match, "
     "fitted, leaves (identify)",
     unexplained},
    {"cosine_to_gd", "cosine of weights to gradient descent",
     "mean over prompts of the cosine of sensitivities at the last layer",
     cosine},
    {"antisymmetric_share", "antisymmetric share of A",
     "of its square, mean over layers (structure)", antisymmetric},
    {"filter_distance", "distance of the spectral filter",
     "to that of filter_match, overall (filter)", filter_distance},
    {"loss_seen_tasks", "loss on tasks of the pool",
     "of a model whose tasks are a pool (diversity)", seen_tasks},
    {"loss_new_tasks", "loss on new tasks",
     "of the same model, on tasks w ~ N(0, w_scale^2 I)", new_tasks},
    {"seen_tasks_to_dmmse", "loss on tasks of the pool / that of dMMSE",
     "1: as good as Bayes for the pool", seen_to_dmmse},
    {"new_tasks_to_ridge", "loss on new tasks / that of ridge",
     "1: as good as Bayes for all tasks", new_to_ridge},
};
const size_t iclgd_sweep_n_scalars =
    sizeof iclgd_sweep_scalars / sizeof *iclgd_sweep_scalars;

const iclgd_naming iclgd_sweep_namings[] = {
    {"best_match", "algorithm that matches best",
     "the choice of identify, else the closest of those tried", best_match},
    {"filter_match", "algorithm of the closest filter", "of the probe filter",
     filter_match},
};
const size_t iclgd_sweep_n_namings =
    sizeof iclgd_sweep_namings / sizeof *iclgd_sweep_namings;

const iclgd_curve iclgd_sweep_curves[] = {
    {"loss", "loss", "of the model after each layer, as points/loss",
     loss_of_layer},
    {"loss_error", "standard error of the loss", "as points/loss_error",
     loss_error_of_layer},
    {"gd_loss", "loss of gradient descent",
     "with the best step size for the last layer, by step", gd_of_layer},
    {"gd_loss_error", "standard error of that", "as points/loss_error",
     gd_error_of_layer},
    {"cosine_to_gd", "cosine of weights to gradient descent",
     "mean over prompts, layer beside step", cosine_at},
};
const size_t iclgd_sweep_n_curves =
    sizeof iclgd_sweep_curves / sizeof *iclgd_sweep_curves;
