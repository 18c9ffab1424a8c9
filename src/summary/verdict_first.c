/* What a verdict has to say before all else: that there is nothing to judge,
 * that training diverged or failed, that the model is worse than none. */
#include <iclgd/algorithm.h>
#include <math.h>
#include <string.h>

#include "summary/verdict.h"
#include "summary/views.h"
#include "view/shown_loss.h"

static bool say_divergence(iclgd_saying *s, const json_t *summary) {
  const json_t *at =
      json_object_get(json_object_get(summary, "training"), "diverged_at");
  const json_t *config = json_object_get(summary, "config");
  const json_t *steps = json_object_get(config, "train.steps");
  if (!at || (steps && json_integer_value(steps) == 0)) return false;
  iclgd_say(s,
            "Training diverged at step %ld; the weights are those before it "
            "and say nothing about learning. A smaller train.lr or train.clip, "
            "or train.guard=1, may help.",
            (long)json_integer_value(at));
  return true;
}

/* One prompt says nothing about others, labels of zero nothing about anything.
 */
static bool say_nothing_to_judge(iclgd_saying *s, const json_t *summary) {
  const json_t *model = json_object_get(summary, "trajectory");
  const json_t *prompts = json_object_get(summary, "prompts");
  if (prompts && iclgd_json_whole(prompts, "count") < 2) {
    iclgd_say(s,
              "Only one prompt was measured, which says nothing about "
              "others.");
    return true;
  }
  if (iclgd_json_element(iclgd_mean_losses(model), 0) != 0) return false;
  iclgd_say(s,
            "All labels are zero, so that predicting zero has no loss: there "
            "is nothing to learn.");
  return true;
}

/* Weights as they were drawn: neither trained nor made by anyone. */
static bool say_untrained(iclgd_saying *s, const json_t *summary) {
  const json_t *config = json_object_get(summary, "config");
  const char *init = iclgd_json_text(config, "model.init");
  const bool zero = strcmp(init, "zero") == 0;
  if (iclgd_verdict_was_trained(summary) ||
      *iclgd_json_text(config, "model_file") ||
      *iclgd_json_text(config, "model.program") ||
      *iclgd_json_text(config, "trajectories_file") ||
      (!zero && strcmp(init, "normal") != 0))
    return false;
  iclgd_say(s,
            "The model was not trained: its weights are %s, as at the start, "
            "and say nothing about learning.",
            zero ? "zero" : "random");
  return true;
}

/* The root mean square of the last predictions over that of the labels. */
static double relative_size(const json_t *summary, size_t depth) {
  const json_t *member = json_object_get(summary, "identify");
  const double stored = iclgd_json_real(member, "prediction_size");
  if (!isnan(stored)) return stored;
  const json_t *losses =
      json_object_get(json_object_get(summary, "trajectory"), "loss");
  const json_t *size = json_object_get(
      iclgd_verdict_path(summary, iclgd_algorithm_nothing()->name),
      "prediction_difference");
  return iclgd_json_element(size, depth) / sqrt(iclgd_json_element(losses, 0));
}

static bool say_zero(iclgd_saying *s, const json_t *summary, size_t depth) {
  const double nothing = 0.01, size = relative_size(summary, depth);
  const bool trained = iclgd_verdict_was_trained(summary);
  if (!(size < nothing) || (size > 0 && !trained)) return false;
  if (trained)
    iclgd_say(s, "The trained model has learned nothing: its predictions are ");
  else
    iclgd_say(s, "The model predicts ");
  if (size > 0)
    iclgd_say(s, "zero to within %.2g%% of the labels' spread.", 100 * size);
  else
    iclgd_say(s, "zero for every prompt.");
  return true;
}

/* The loss of predicting zero, as it is shown beside the model's: over the law
 * where both are known so. */
static double loss_of_zero(const json_t *summary, const json_t *losses,
                           size_t depth) {
  const json_t *model = json_object_get(summary, "trajectory");
  const double mean = iclgd_json_element(losses, 0);
  if (!isfinite(iclgd_json_at(model, "expected", depth))) return mean;
  const double shown = iclgd_loss_to_show(model, model, 0).value;
  return isfinite(shown) ? shown : mean;
}

/* The loss over that of predicting zero; the exact one where it is known, NaN
 * where a prediction is not finite. */
static double loss_over_zero(const json_t *summary, const json_t *losses,
                             size_t depth) {
  const json_t *row =
      iclgd_verdict_row(summary, "ratio_", iclgd_algorithm_nothing()->name);
  if (strcmp(iclgd_json_text(row, "kind"), "exact") == 0)
    return iclgd_json_real(row, "measured");
  const json_t *model = json_object_get(summary, "trajectory");
  return iclgd_loss_to_show(model, model, depth).value /
         loss_of_zero(summary, losses, depth);
}

/* Rare prompts can make the mean; then the median tells another story. */
static void say_median(iclgd_saying *s, const json_t *summary, size_t depth) {
  const json_t *median =
      json_object_get(json_object_get(summary, "trajectory"), "median");
  const double last = iclgd_json_element(median, depth);
  const double zero = iclgd_json_element(median, 0);
  if (last < zero)
    iclgd_say(s, " (rare prompts make the mean: the medians are %.3g and %.3g)",
              last, zero);
}

/* Whether the last layer made it worse, and by no less than the one before it:
 * iterates that come to rest, at a bad place, do not diverge. */
static bool grows(const json_t *losses, size_t depth) {
  const double little = 0.05; /* of the loss before */
  if (depth < 2) return false;
  const double before = iclgd_json_element(losses, depth - 1);
  const double step = iclgd_json_element(losses, depth) - before;
  return step > little * before &&
         step >= before - iclgd_json_element(losses, depth - 2);
}

/* A model that is worse than none: training that failed, iterates that diverge.
 * True where they do so beyond what can be compared. */
static bool say_failure(iclgd_saying *s, const json_t *summary, size_t depth) {
  const json_t *losses =
      iclgd_mean_losses(json_object_get(summary, "trajectory"));
  const bool trained = iclgd_verdict_was_trained(summary);
  const double held_out =
      iclgd_json_real(json_object_get(summary, "training"), "final_loss");
  const double zero = loss_of_zero(summary, losses, depth);
  double loss = zero * loss_over_zero(summary, losses, depth);
  const bool held = trained && held_out >= zero && !(loss >= held_out);
  if (held) loss = held_out;
  if (loss < zero || isnan(zero)) return false;
  iclgd_say(s, "%s",
            !trained             ? "The "
            : loss > 1.05 * zero ? "Training failed: the "
                                 : "Training has learned nothing: the ");
  if (!(loss < 1e60 * zero)) {
    iclgd_say(s,
              "predictions of the model run away, beyond what can be "
              "compared.");
    return true;
  }
  iclgd_say(s, "%sloss of the %smodel is %.4g, %s the %.4g of predicting zero",
            held ? "held-out " : "", trained ? "trained " : "", loss,
            loss > 1.05 * zero ? "above" : "not below", zero);
  if (grows(losses, depth)) iclgd_say(s, ", and its iterates diverge");
  say_median(s, summary, depth);
  iclgd_say(s, ".");
  return false;
}

bool iclgd_verdict_say_first(iclgd_saying *s, const json_t *summary,
                             size_t depth) {
  if (iclgd_sees_labels(summary)) {
    iclgd_say(s,
              "The model sees the labels that it is to predict, so that its "
              "predictions say nothing about learning.");
    return false;
  }
  return say_divergence(s, summary) || say_nothing_to_judge(s, summary) ||
         say_untrained(s, summary) || say_zero(s, summary, depth) ||
         say_failure(s, summary, depth);
}
