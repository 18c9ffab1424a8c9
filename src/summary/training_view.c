/* Training: its outcome for every seed, and how the weights came to be. */
#include <iclgd/comparisons.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "summary/views.h"

/* The median of `count` >= 1 values, which are sorted. */
static double median(double *values, size_t count) {
  iclgd_sort(values, count);
  return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* Final losses of all seeds, and which of them diverged. */
static void read_seeds(iclgd_reader *r, json_t *training) {
  size_t runs = 0, diverged = 0;
  double *final = iclgd_reader_reals(r, "seeds", "final_loss", 1, &runs);
  const double *at = iclgd_reader_reals(r, "seeds", "diverged_at", 1, &runs);
  if (final) {
    iclgd_reader_set(r, training, "final_losses", iclgd_json_list(final, runs));
    iclgd_reader_set(r, training, "median_final_loss",
                     iclgd_json_number(median(final, runs)));
  }
  for (size_t i = 0; at && i < runs; ++i) diverged += at[i] >= 0;
  if (at)
    iclgd_reader_set(r, training, "diverged",
                     json_integer((json_int_t)diverged));
  if (at && at[0] >= 0)
    iclgd_reader_set(r, training, "diverged_at", iclgd_json_count(at[0]));
}

static void read(iclgd_reader *r, json_t *summary) {
  size_t rows = 0;
  const double *step = iclgd_reader_reals(r, "training", "step", 1, &rows);
  const double *loss = iclgd_reader_reals(r, "training", "loss_eval", 1, &rows);
  if (!step || !loss) return;
  json_t *training = iclgd_reader_set(r, summary, "training", json_object());
  iclgd_reader_set(r, training, "steps", iclgd_json_count(step[rows - 1]));
  iclgd_reader_set(r, training, "first_loss", iclgd_json_number(loss[0]));
  iclgd_reader_set(r, training, "final_loss",
                   iclgd_json_number(loss[rows - 1]));
  read_seeds(r, training);
  iclgd_reader_members(r, "training", "@checkpoints", NULL, training);
}

/* "held-out loss 5.089 -> 0.0893", or where it diverged. */
static const char *outcome(const json_t *training, iclgd_blocks *out,
                           char *text, size_t size) {
  const char *first =
      iclgd_number_text(out, 4, iclgd_json_real(training, "first_loss"));
  const json_t *at = json_object_get(training, "diverged_at");
  if (at)
    snprintf(text, size, "held-out loss %s, diverged at step %ld", first,
             (long)json_integer_value(at));
  else
    snprintf(
        text, size, "held-out loss %s -> %s", first,
        iclgd_number_text(out, 4, iclgd_json_real(training, "final_loss")));
  return text;
}

/* The final losses of all seeds, where there are several. */
static void put_seeds(iclgd_blocks *out, const json_t *training) {
  const json_t *finals = json_object_get(training, "final_losses");
  const long diverged = iclgd_json_whole(training, "diverged");
  double low = INFINITY, high = -INFINITY;
  char range[80] = "", lost[40] = "";
  if (json_array_size(finals) < 2) return;
  for (size_t i = 0; i < json_array_size(finals); ++i) {
    low = fmin(low, iclgd_json_element(finals, i));
    high = fmax(high, iclgd_json_element(finals, i));
  }
  if (low <= high) snprintf(range, sizeof range, " %.4g to %.4g,", low, high);
  if (diverged) snprintf(lost, sizeof lost, ", %ld diverged", diverged);
  iclgd_put_term(
      out, "Seeds",
      "%zu seeds: final losses%s median %s%s on held-out prompts; what follows "
      "is about the first seed",
      json_array_size(finals), range,
      iclgd_number_text(out, 4, iclgd_json_real(training, "median_final_loss")),
      lost);
}

/* "; features from 5, 1 more every 2000 steps" of a key "from:5,1,2000". */
static size_t say_ramp(const json_t *config, const char *key, const char *what,
                       char *out, size_t size) {
  double from, more, steps;
  if (sscanf(iclgd_json_text(config, key), "from:%lf,%lf,%lf", &from, &more,
             &steps) != 3)
    return 0;
  return (size_t)snprintf(out, size,
                          "; %s from %.15g, %.15g more every %.15g steps", what,
                          from, more, steps);
}

/* What grows in training. */
static void put_curriculum(iclgd_blocks *out, const json_t *config) {
  const double share = iclgd_json_real(config, "train.curriculum");
  char text[320] = "";
  size_t used = 0;
  used += say_ramp(config, "train.curriculum_d", "features", text, sizeof text);
  used += say_ramp(config, "train.curriculum_n", "context points", text + used,
                   sizeof text - used);
  if (share > 0)
    used += (size_t)snprintf(text + used, sizeof text - used,
                             "; loops from 1 to all over the first %.3g%% of "
                             "the steps",
                             100 * share);
  if (used > 0) iclgd_put_term(out, "Curriculum", "%s", text + 2);
}

void iclgd_put_training_terms(iclgd_blocks *out, const json_t *summary) {
  const json_t *config = json_object_get(summary, "config");
  const json_t *training = json_object_get(summary, "training");
  const char *optimizer = iclgd_json_text(config, "train.optimizer");
  const double rate = iclgd_json_real(config, "train.lr");
  char text[160], lr[48] = "", batch[48] = "";
  if (!training) return;
  if (!isnan(rate)) snprintf(lr, sizeof lr, ", learning rate %g", rate);
  if (json_object_get(config, "train.batch"))
    snprintf(batch, sizeof batch, ", batch %ld",
             iclgd_json_whole(config, "train.batch"));
  iclgd_put_term(out, "Training", "%ld steps%s%s%s%s, seed %ld: %s",
                 iclgd_json_whole(training, "steps"), *optimizer ? " of " : "",
                 optimizer, lr, batch, iclgd_json_whole(config, "seed"),
                 outcome(training, out, text, sizeof text));
  put_curriculum(out, config);
  put_seeds(out, training);
  if (*iclgd_json_text(training, "checkpoints"))
    iclgd_put_term(out, "Note", "%s", iclgd_json_text(training, "checkpoints"));
}

/* All seeds; the first is the one that the rest is about. */
static void put_every_seed(iclgd_blocks *out, const json_t *summary,
                           const json_t *training) {
  static const iclgd_column columns[] = {
      {"seed", .format = ICLGD_AS_TEXT},
      {"final loss", .digits = 4, .list = "final_losses"}};
  const long first =
      iclgd_json_whole(json_object_get(summary, "config"), "seed");
  const json_t *finals = json_object_get(training, "final_losses");
  iclgd_put_fold(out, "Every seed");
  iclgd_put_table(out, columns, 2,
                  "The final held-out loss of every training run; all else is "
                  "about the first one.");
  for (size_t i = 0; i < json_array_size(finals); ++i) {
    iclgd_put_row(out, "%ld", first + (long)i);
    iclgd_put_number(out, iclgd_json_element(finals, i));
  }
  iclgd_put_row(out, "median");
  iclgd_put_number(out, iclgd_json_real(training, "median_final_loss"));
  iclgd_put_fold_end(out);
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *training = json_object_get(summary, "training");
  char text[160];
  if (!training) return;
  iclgd_put_sentence(out, "After %ld steps: %s.",
                     iclgd_json_whole(training, "steps"),
                     outcome(training, out, text, sizeof text));
  if (*iclgd_json_text(training, "checkpoints"))
    iclgd_put_sentence(out, "Note: %s.",
                       iclgd_json_text(training, "checkpoints"));
  iclgd_put_figure(out, "training");
  if (!*iclgd_json_text(json_object_get(summary, "model"), "architecture"))
    iclgd_put_figure(out, "weights"); /* others have no matrices */
  if (iclgd_json_length(training, "final_losses") > 1)
    put_every_seed(out, summary, training);
}

const iclgd_view iclgd_view_training = {
    .title = "Training", .read = read, .tell = tell};
