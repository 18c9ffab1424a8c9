/* The summary as text of up to 80 columns. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/law_text.h"
#include "report/section.h"
#include "report/summary.h"
#include "report/text.h"

/* The law of the prompts, or the file they come from. */
static void print_source(const json_t *config, FILE *out) {
  const char *file = iclgd_json_text(config, "prompts_file");
  const char *source = iclgd_json_text(config, "prompt.source");
  const char *slash = strrchr(source, '/');
  if (*file)
    fprintf(out, "           from %s\n", file);
  else if (strncmp(source, "table:", 6) == 0)
    fprintf(out, "           rows of %s\n", slash ? slash + 1 : source + 6);
  else if (json_object_size(config) > 0) {
    char law[1024];
    snprintf(law, sizeof law, "x %s, covariance %s%s, w %s",
             iclgd_json_text(config, "prompt.x"),
             iclgd_json_text(config, "prompt.covariance"),
             strcmp(iclgd_json_text(config, "prompt.rotate"), "per-prompt") == 0
                 ? " rotated per prompt"
                 : "",
             iclgd_json_text(config, "prompt.w"));
    iclgd_text_wrap(out, law, 11);
  }
}

/* A text that is freed, if there is one. */
static void print_sentence(char *text, FILE *out) {
  if (text) iclgd_text_wrap(out, text, 11);
  free(text);
}

static void print_head(const json_t *summary, FILE *out) {
  const json_t *config = json_object_get(summary, "config");
  const json_t *model = json_object_get(summary, "model");
  const json_t *prompts = json_object_get(summary, "prompts");
  const char *title = iclgd_json_text(summary, "title");
  fprintf(out, "%s\n%s\n\n", *title ? title : "iclgd run",
          iclgd_json_text(summary, "file"));
  if (prompts)
    fprintf(out, "prompts    %ld with d = %ld features, n = %ld context points",
            iclgd_json_whole(prompts, "count"), iclgd_json_whole(prompts, "d"),
            iclgd_json_whole(prompts, "n"));
  else if (*iclgd_json_text(config, "prompts_file"))
    fprintf(out, "prompts    d = %ld features", iclgd_json_whole(model, "d"));
  else
    fprintf(out, "prompts    d = %ld features, n = %ld context points",
            iclgd_json_whole(config, "prompt.d"),
            iclgd_json_whole(config, "prompt.n"));
  const double noise = iclgd_json_real(config, "prompt.noise");
  const bool drawn =
      strcmp(iclgd_json_text(config, "prompt.source"), "generator") == 0;
  if (noise > 0 && drawn && !*iclgd_json_text(config, "prompts_file"))
    fprintf(out, ", noise %g", noise);
  fputc('\n', out);
  print_source(config, out);
  print_sentence(iclgd_law_features_text(prompts), out);
  print_sentence(iclgd_law_changes_text(prompts), out);
  if (!model) return;
  fprintf(out, "model      %ld layer%s x %ld loop%s, weights %s",
          iclgd_json_whole(model, "layers"),
          iclgd_json_whole(model, "layers") == 1 ? "" : "s",
          iclgd_json_whole(model, "loops"),
          iclgd_json_whole(model, "loops") == 1 ? "" : "s",
          iclgd_json_text(model, "weights"));
  if (*iclgd_json_text(config, "model_file"))
    fprintf(out, ", from %s", iclgd_json_text(config, "model_file"));
  fputc('\n', out);
}

static void print_training(const json_t *summary, FILE *out) {
  const json_t *training = json_object_get(summary, "training");
  const json_t *config = json_object_get(summary, "config");
  if (!training) return;
  char first[ICLGD_NUMBER_MAX], last[ICLGD_NUMBER_MAX];
  fprintf(out, "training   %ld steps of %s, batch %ld: held-out loss %s",
          iclgd_json_whole(training, "steps"),
          iclgd_json_text(config, "train.optimizer"),
          iclgd_json_whole(config, "train.batch"),
          iclgd_text_number(first, 4, iclgd_json_real(training, "first_loss")));
  const json_t *at = json_object_get(training, "diverged_at");
  if (at)
    fprintf(out, ",\n           diverged at step %ld\n",
            (long)json_integer_value(at));
  else
    fprintf(
        out, " -> %s\n",
        iclgd_text_number(last, 4, iclgd_json_real(training, "final_loss")));
  const json_t *finals = json_object_get(training, "final_losses");
  if (json_array_size(finals) < 2) return;
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < json_array_size(finals); ++i) {
    low = fmin(low, iclgd_json_element(finals, i));
    high = fmax(high, iclgd_json_element(finals, i));
  }
  fprintf(out, "           %zu seeds: final losses", json_array_size(finals));
  if (low <= high) fprintf(out, " %.4g to %.4g,", low, high);
  fprintf(out, " median %s",
          iclgd_text_number(first, 4,
                            iclgd_json_real(training, "median_final_loss")));
  if (iclgd_json_whole(training, "diverged"))
    fprintf(out, ", %ld diverged", iclgd_json_whole(training, "diverged"));
  fputs(
      "\n           on held-out prompts; what follows is about the first "
      "seed\n",
      out);
}

/* What is exact: closed forms beside the learned weights. Steps eta_1, eta_2,
 * ... share one statement. */
static void print_theory(const json_t *summary, FILE *out) {
  const json_t *rows = json_object_get(summary, "oracle");
  size_t i, printed = 0;
  json_t *row;
  json_array_foreach(rows, i, row) {
    const char *name = iclgd_json_text(row, "name");
    if (strcmp(iclgd_json_text(row, "kind"), "exact") != 0 ||
        strncmp(name, "ratio_", 6) == 0)
      continue; /* ratios stand beside the losses */
    if (printed++ == 0)
      fprintf(out,
              "\nClosed forms beside the learned weights\n  %-20s %12s %12s\n",
              "", "expected", "learned");
    fprintf(out, "  %-20s", name);
    iclgd_text_cell(out, 12, 6, iclgd_json_real(row, "expected"));
    iclgd_text_cell(out, 12, 6, iclgd_json_real(row, "measured"));
    fputc('\n', out);
    if (strncmp(name, "eta_", 4) != 0 || strcmp(name, "eta_1") == 0)
      iclgd_text_wrap(out, iclgd_json_text(row, "statement"), 4);
  }
}

/* "eta = 0.1, gamma = 0.2 (how they were chosen)" */
static void print_hyper(const json_t *path, FILE *out) {
  const json_t *eta = json_object_get(path, "eta");
  const double gamma = iclgd_json_real(path, "gamma");
  const double lambda = iclgd_json_real(path, "lambda");
  const char *how = iclgd_json_text(path, "how_chosen");
  char text[2048], number[ICLGD_NUMBER_MAX];
  size_t length = 0;
  const size_t steps = json_is_array(eta) ? json_array_size(eta) : 1;
  for (size_t k = 0; eta && k < steps && length < 1024; ++k)
    length += (size_t)snprintf(
        text + length, sizeof text - length, "%s%s", k ? ", " : "eta = ",
        iclgd_text_number(number, steps > 1 ? 4 : 6,
                          steps > 1 ? iclgd_json_element(eta, k)
                                    : iclgd_json_real(path, "eta")));
  if (!isnan(gamma))
    length += (size_t)snprintf(text + length, sizeof text - length,
                               ", gamma = %.4g", gamma);
  if (!isnan(lambda))
    length += (size_t)snprintf(text + length, sizeof text - length,
                               "lambda = %.4g", lambda);
  snprintf(text + length, sizeof text - length, length ? " (%.512s)" : "%.512s",
           how);
  iclgd_text_wrap(out, text, 2);
}

static void print_error(iclgd_shown_loss loss, int width, FILE *out) {
  if (loss.note)
    fprintf(out, " %*s", width, loss.note);
  else
    iclgd_text_cell(out, width, 2, loss.error);
}

/* Without the alignment probe the losses alone. */
static void print_layers(const json_t *summary, const json_t *path,
                         size_t depth, FILE *out) {
  const json_t *model = json_object_get(summary, "trajectory");
  const json_t *difference = json_object_get(path, "prediction_difference");
  const json_t *cosine = json_object_get(path, "sensitivity_cosine");
  const json_t *best = json_object_get(path, "best_step");
  fprintf(out, "\nLayer by layer beside %s (%s)\n",
          iclgd_json_text(path, "title"), iclgd_json_text(path, "name"));
  print_hyper(path, out);
  fprintf(out, "  %5s %10s %9s %12s %12s %11s %6s\n", "layer", "model",
          "std.err", iclgd_json_text(path, "name"), "difference of", "cosine",
          "best");
  fprintf(out, "  %5s %10s %9s %12s %12s %11s %6s\n", "", "loss", "of it",
          "loss", "predictions", "of weights", "step");
  for (size_t l = 0; l <= depth; ++l) {
    fprintf(out, "  %5zu", l);
    const bool hidden =
        iclgd_loss_is_hidden(model, l) || iclgd_loss_is_hidden(path, l);
    const iclgd_shown_loss loss = iclgd_loss_to_show(model, l, hidden);
    iclgd_text_cell(out, 10, 4, loss.value);
    print_error(loss, 9, out);
    iclgd_text_cell(out, 12, 4, iclgd_loss_to_show(path, l, hidden).value);
    iclgd_text_cell(out, 12, 3, iclgd_json_element(difference, l));
    iclgd_text_cell(out, 11, 5, iclgd_json_element(cosine, l));
    if (l > 0 && iclgd_is_cut(path, l))
      fprintf(out, "%*s%.0f", iclgd_json_element(best, l) < 100 ? 5 : 4,
              ">=", iclgd_json_element(best, l));
    else
      iclgd_text_cell(out, 6, 6,
                      l > 0 && iclgd_json_element(best, l) > 0
                          ? iclgd_json_element(best, l)
                          : NAN);
    fputc('\n', out);
  }
}

/* The row of the loss ratio (`what`) to an algorithm, or NULL. */
static const json_t *ratio_to(const json_t *summary, const char *what,
                              const json_t *path) {
  char name[64];
  size_t i;
  json_t *row;
  snprintf(name, sizeof name, "%s_%s", what, iclgd_json_text(path, "name"));
  json_array_foreach(json_object_get(summary, "oracle"), i, row)
    if (strcmp(iclgd_json_text(row, "name"), name) == 0) return row;
  return NULL;
}

/* Where no mean can be measured the medians still can. */
static void print_median_ratio(const json_t *row, FILE *out) {
  char scratch[ICLGD_NUMBER_MAX];
  if (row)
    fprintf(out, "  medians %s",
            iclgd_text_number(scratch, 3, iclgd_json_real(row, "measured")));
  else
    fputs("  not measurable", out);
}

static void print_ratio(const json_t *row, FILE *out) {
  const double ratio = iclgd_json_real(row, "measured");
  const double error = iclgd_json_real(row, "standard_error");
  const bool exact = strcmp(iclgd_json_text(row, "kind"), "exact") == 0;
  char scratch[ICLGD_NUMBER_MAX];
  if (!exact && fabs(ratio) < 1e4 && error > 1e-6 && isfinite(error))
    fprintf(out, "  %.*f", iclgd_decimals(error), ratio);
  else
    fprintf(out, "  %s", iclgd_text_number(scratch, exact ? 5 : 3, ratio));
  if (exact)
    fputs(" exact", out);
  else if (isfinite(ratio))
    iclgd_text_error(out, error);
}

/* All means of the table are over the model's prompts, where they can be. */
static bool final_is_hidden(const json_t *summary, const json_t *path,
                            size_t depth) {
  const json_t *model = json_object_get(summary, "trajectory");
  return iclgd_loss_is_hidden(model, depth) ||
         iclgd_loss_is_hidden(path, depth);
}

static void print_loss(const json_t *summary, const json_t *path, size_t depth,
                       FILE *out) {
  const json_t *row = ratio_to(summary, "ratio", path);
  const json_t *loss = iclgd_mean_losses(path);
  fprintf(out, "  %-26s", iclgd_json_text(path, "title"));
  if (iclgd_json_element(loss, depth) < 1e-20 * iclgd_json_element(loss, 0)) {
    fprintf(out, " %10s  exact up to rounding\n", "0");
    return;
  }
  const iclgd_shown_loss shown =
      iclgd_loss_to_show(path, depth, final_is_hidden(summary, path, depth));
  iclgd_text_cell(out, 10, 5, shown.value);
  print_error(shown, 8, out);
  iclgd_text_cell(out, 10, 4,
                  iclgd_json_element(json_object_get(path, "median"), depth));
  if (row && strcmp(iclgd_json_text(row, "kind"), "unmeasurable") == 0)
    print_median_ratio(ratio_to(summary, "median_ratio", path), out);
  else if (row)
    print_ratio(row, out);
  fputc('\n', out);
}

/* "NAME: reason" without its name; the whole note when there is none. */
static const char *reason_of(const char *note) {
  const char *colon = strstr(note, ": ");
  return colon ? colon + 2 : note;
}

/* What did not apply, in one paragraph: names with a reason in common stand
 * together. */
static void print_not_run(const json_t *notes, FILE *out) {
  char text[4096] = "not run:";
  size_t used = strlen(text);
  for (size_t i = 0; i < json_array_size(notes); ++i) {
    const char *note = json_string_value(json_array_get(notes, i));
    bool said = false;
    for (size_t j = 0; j < i; ++j)
      said |=
          strcmp(reason_of(note),
                 reason_of(json_string_value(json_array_get(notes, j)))) == 0;
    if (said) continue;
    for (size_t j = i; j < json_array_size(notes) && used < sizeof text; ++j) {
      const char *other = json_string_value(json_array_get(notes, j));
      if (strcmp(reason_of(other), reason_of(note)) != 0) continue;
      used +=
          (size_t)snprintf(text + used, sizeof text - used, "%s %.*s",
                           j > i ? "," : "", (int)strcspn(other, ":"), other);
    }
    if (used < sizeof text)
      used += (size_t)snprintf(text + used, sizeof text - used, " (%s);",
                               reason_of(note));
  }
  if (json_array_size(notes) == 0) return;
  if (used < sizeof text) text[used - 1] = '\0'; /* the last ';' */
  iclgd_text_wrap(out, text, 2);
}

static bool is_unknown(const json_t *path, size_t depth) {
  const char *note = iclgd_loss_to_show(path, depth, true).note;
  return note && strcmp(note, "unknown") == 0;
}

/* What the word in the column of errors means. */
static void print_unknown(const json_t *summary, size_t depth, FILE *out) {
  bool any = is_unknown(json_object_get(summary, "trajectory"), depth);
  size_t i;
  json_t *item;
  json_array_foreach(json_object_get(summary, "algorithms"), i, item)
    any |= is_unknown(item, depth);
  json_array_foreach(json_object_get(summary, "oracle"), i, item)
    any |= strcmp(iclgd_json_text(item, "kind"), "unmeasurable") == 0;
  if (!any) return;
  iclgd_text_wrap(out,
                  "unknown: rare prompts carry this mean, so it is not "
                  "measurable with these prompts; the ratio of the medians "
                  "stands for that of the means",
                  2);
}

/* The model's final loss beside every algorithm's; the closed form, which is
 * of no sample, below. */
static void print_losses(const json_t *summary, size_t depth, FILE *out) {
  const json_t *notes = json_object_get(summary, "not_run");
  const json_t *best = json_object_get(summary, "closed_form");
  size_t i;
  json_t *item;
  fprintf(out, "\nFinal loss, and loss of the algorithms after %zu step%s\n",
          depth, depth == 1 ? "" : "s");
  fprintf(out, "  %-26s %10s %8s %10s  %s\n", "", "mean", "std.err", "median",
          "model/it, paired");
  print_loss(summary, json_object_get(summary, "trajectory"), depth, out);
  json_array_foreach(json_object_get(summary, "algorithms"), i, item)
    print_loss(summary, item, depth, out);
  if (best)
    fprintf(out, "  Over all prompts, not this sample: %s, exactly %.5g\n",
            iclgd_json_text(best, "of"), iclgd_json_real(best, "loss"));
  print_unknown(summary, depth, out);
  print_not_run(notes, out);
}

/* Of a file without trajectories: what it is good for. */
static void print_next(const json_t *summary, FILE *out) {
  const char *file = iclgd_json_text(summary, "file");
  if (json_object_get(summary, "model"))
    fprintf(out, "\nNext: iclgd probe %s\n", file);
  else if (json_object_get(summary, "prompts"))
    fprintf(out,
            "\nNext: iclgd probe MODEL.h5 --prompts %s\n"
            "  or: iclgd run key=value ... --prompts %s\n",
            file, file);
}

/* Gradient descent, the first, and the algorithm that is closest. */
static void print_tables(const json_t *summary, size_t depth, FILE *out) {
  const json_t *algorithms = json_object_get(summary, "algorithms");
  const char *closest = iclgd_json_text(summary, "closest");
  size_t i;
  json_t *path;
  json_array_foreach(algorithms, i, path)
    if (i == 0 || strcmp(iclgd_json_text(path, "name"), closest) == 0)
      print_layers(summary, path, depth, out);
}

void iclgd_summary_print(const json_t *summary, FILE *out) {
  const size_t depth = iclgd_summary_depth(summary);
  print_head(summary, out);
  print_training(summary, out);
  if (json_object_get(summary, "trajectory") && depth > 0) {
    print_tables(summary, depth, out);
    print_losses(summary, depth, out);
  } else if (!json_object_get(summary, "trajectory")) {
    print_next(summary, out);
  }
  print_theory(summary, out);
  size_t sections;
  const iclgd_section *const *rows = iclgd_sections(&sections);
  for (size_t i = 0; i < sections; ++i) rows[i]->print(summary, out);
  const char *verdict = iclgd_json_text(summary, "verdict");
  if (*verdict) {
    fprintf(out, "\nVerdict\n");
    iclgd_text_wrap(out, verdict, 2);
  }
}
