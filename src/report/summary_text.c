/* The summary as text of up to 80 columns. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/summary.h"

enum { WIDTH = 78 };

static double element(const json_t *list, size_t i) {
  const json_t *value = json_array_get(list, i);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

/* A number in `width` columns, "-" when there is none. */
static void cell(FILE *out, int width, int digits, double value) {
  if (isnan(value))
    fprintf(out, " %*s", width, "-");
  else
    fprintf(out, " %*.*g", width, digits, value);
}

/* Words wrapped at WIDTH with an indent. */
static void wrap(FILE *out, const char *text, int indent) {
  int column = 0;
  while (*text) {
    const size_t word = strcspn(text, " ");
    if (column > 0 && column + 1 + (int)word > WIDTH) {
      fputc('\n', out);
      column = 0;
    }
    column += column == 0 ? fprintf(out, "%*s", indent, "") : fprintf(out, " ");
    column += fprintf(out, "%.*s", (int)word, text);
    text += word;
    text += strspn(text, " ");
  }
  fputc('\n', out);
}

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static long whole(const json_t *object, const char *key) {
  return (long)json_integer_value(json_object_get(object, key));
}

static void print_head(const json_t *summary, FILE *out) {
  const json_t *config = json_object_get(summary, "config");
  const json_t *model = json_object_get(summary, "model");
  const json_t *prompts = json_object_get(summary, "prompts");
  const char *title = text_of(summary, "title");
  fprintf(out, "%s\n%s\n\n", *title ? title : "iclgd run",
          text_of(summary, "file"));
  const json_t *shape = prompts ? prompts : NULL;
  if (shape) {
    fprintf(out, "prompts    %ld with d = %ld features, n = %ld context points",
            whole(shape, "count"), whole(shape, "d"), whole(shape, "n"));
  } else {
    fprintf(out, "prompts    d = %ld features, n = %ld context points",
            whole(config, "prompt.d"), whole(config, "prompt.n"));
  }
  const double noise = iclgd_json_real(config, "prompt.noise");
  if (noise > 0) fprintf(out, ", noise %g", noise);
  fputc('\n', out);
  const char *source = text_of(config, "prompt.source");
  if (strncmp(source, "table:", 6) == 0) {
    const char *slash = strrchr(source, '/');
    fprintf(out, "           rows of %s\n", slash ? slash + 1 : source + 6);
  } else if (json_object_size(config) > 0) {
    fprintf(out, "           x %s, covariance %s, w %s\n",
            text_of(config, "prompt.x"), text_of(config, "prompt.covariance"),
            text_of(config, "prompt.w"));
  }
  if (model)
    fprintf(out, "model      %ld layer%s x %ld loop%s, weights %s\n",
            whole(model, "layers"), whole(model, "layers") == 1 ? "" : "s",
            whole(model, "loops"), whole(model, "loops") == 1 ? "" : "s",
            text_of(model, "weights"));
}

static void print_training(const json_t *summary, FILE *out) {
  const json_t *training = json_object_get(summary, "training");
  const json_t *config = json_object_get(summary, "config");
  if (!training) return;
  fprintf(out, "training   %ld steps of %s, batch %ld: held-out loss %.4g -> ",
          whole(training, "steps"), text_of(config, "train.optimizer"),
          whole(config, "train.batch"),
          iclgd_json_real(training, "first_loss"));
  const json_t *at = json_object_get(training, "diverged_at");
  if (at)
    fprintf(out, "diverged at step %ld\n", (long)json_integer_value(at));
  else
    fprintf(out, "%.4g\n", iclgd_json_real(training, "final_loss"));
  const json_t *finals = json_object_get(training, "final_losses");
  if (json_array_size(finals) < 2) return;
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < json_array_size(finals); ++i) {
    low = fmin(low, element(finals, i));
    high = fmax(high, element(finals, i));
  }
  fprintf(out, "           %zu seeds: final losses %.4g to %.4g",
          json_array_size(finals), low, high);
  if (whole(training, "diverged"))
    fprintf(out, ", %ld diverged", whole(training, "diverged"));
  fputc('\n', out);
}

static void print_theory(const json_t *summary, FILE *out) {
  const json_t *rows = json_object_get(summary, "oracle");
  size_t i;
  json_t *row;
  if (json_array_size(rows) == 0) return;
  fprintf(out, "\nTheory and measurement\n");
  fprintf(out, "  %-20s %12s %12s %10s  %s\n", "", "expected", "measured",
          "std.error", "kind");
  json_array_foreach(rows, i, row) {
    fprintf(out, "  %-20s", text_of(row, "name"));
    cell(out, 12, 6, iclgd_json_real(row, "expected"));
    cell(out, 12, 6, iclgd_json_real(row, "measured"));
    cell(out, 10, 2, iclgd_json_real(row, "standard_error"));
    fprintf(out, "  %s\n", text_of(row, "kind"));
    wrap(out, text_of(row, "statement"), 4);
  }
}

static void print_eta(const json_t *path, FILE *out) {
  const json_t *eta = json_object_get(path, "eta");
  if (json_is_number(eta)) fprintf(out, ", eta = %.6g", json_number_value(eta));
  if (json_is_array(eta)) {
    fprintf(out, ", eta =");
    for (size_t k = 0; k < json_array_size(eta); ++k)
      fprintf(out, " %.4g", element(eta, k));
  }
  const double gamma = iclgd_json_real(path, "gamma");
  if (!isnan(gamma)) fprintf(out, ", gamma = %.4g", gamma);
  const double lambda = iclgd_json_real(path, "lambda");
  if (!isnan(lambda)) fprintf(out, ", lambda = %.4g", lambda);
}

static void print_layers(const json_t *summary, const json_t *path, FILE *out) {
  const json_t *model = json_object_get(summary, "trajectory");
  const json_t *loss = json_object_get(model, "loss");
  const json_t *error = json_object_get(model, "standard_error");
  const json_t *other = json_object_get(path, "loss");
  const json_t *difference = json_object_get(path, "prediction_difference");
  const json_t *cosine = json_object_get(path, "sensitivity_cosine");
  const json_t *best = json_object_get(path, "best_step");
  fprintf(out, "\nLayer by layer beside %s", text_of(path, "title"));
  print_eta(path, out);
  fprintf(out, "\n");
  wrap(out, text_of(path, "how_chosen"), 2);
  fprintf(out, "  %5s %10s %9s %10s %12s %9s %6s\n", "layer", "model",
          "std.error", "algorithm", "|prediction", "cosine", "best");
  fprintf(out, "  %5s %10s %9s %10s %12s %9s %6s\n", "", "loss", "", "loss",
          "difference|", "of w", "step");
  for (size_t l = 0; l < json_array_size(difference); ++l) {
    fprintf(out, "  %5zu", l);
    cell(out, 10, 4, element(loss, l));
    cell(out, 9, 2, element(error, l));
    cell(out, 10, 4, element(other, l));
    cell(out, 12, 3, element(difference, l));
    cell(out, 9, 5, element(cosine, l));
    if (l == 0)
      fprintf(out, " %6s\n", "-");
    else
      fprintf(out, " %6.0f\n", element(best, l));
  }
}

/* Losses of every algorithm at the model's depth. */
static void print_algorithms(const json_t *summary, size_t depth, FILE *out) {
  const json_t *algorithms = json_object_get(summary, "algorithms");
  const json_t *model = json_object_get(summary, "trajectory");
  size_t i;
  json_t *path;
  fprintf(out,
          "\nLoss at step %zu (mean, standard error, median over prompts)\n",
          depth);
  for (size_t k = 0; k <= json_array_size(algorithms); ++k) {
    path = k == 0 ? (json_t *)(size_t)model : json_array_get(algorithms, k - 1);
    fprintf(out, "  %-26s", text_of(path, "title"));
    cell(out, 12, 5, element(json_object_get(path, "loss"), depth));
    cell(out, 10, 2, element(json_object_get(path, "standard_error"), depth));
    cell(out, 12, 4, element(json_object_get(path, "median"), depth));
    fputc('\n', out);
  }
  const json_t *notes = json_object_get(summary, "not_run");
  json_array_foreach(notes, i, path)
      fprintf(out, "  not run: %s\n", json_string_value(path));
}

static void print_structure(const json_t *summary, FILE *out) {
  const json_t *s = json_object_get(summary, "structure");
  if (!s) return;
  const json_t *scale = json_object_get(s, "scale");
  const json_t *distance = json_object_get(s, "distance_to_identity");
  const json_t *skew = json_object_get(s, "antisymmetric_share");
  fprintf(out, "\nLearned A beside a multiple of I (%s)\n",
          text_of(s, "coordinates"));
  fprintf(out, "  %5s %12s %22s %15s\n", "layer", "scale tr(A)/d",
          "distance to identity", "antisymmetric");
  for (size_t l = 0; l < json_array_size(scale); ++l) {
    fprintf(out, "  %5zu", l + 1);
    cell(out, 12, 6, element(scale, l));
    cell(out, 22, 3, element(distance, l));
    cell(out, 15, 3, element(skew, l));
    fputc('\n', out);
  }
}

void iclgd_summary_print(const json_t *summary, FILE *out) {
  const json_t *model = json_object_get(summary, "model");
  const size_t depth = (size_t)(whole(model, "layers") * whole(model, "loops"));
  print_head(summary, out);
  print_training(summary, out);
  if (json_object_get(summary, "trajectory")) {
    const json_t *algorithms = json_object_get(summary, "algorithms");
    if (json_array_size(algorithms) > 0)
      print_layers(summary, json_array_get(algorithms, 0), out);
    print_algorithms(summary, depth, out);
  }
  print_theory(summary, out);
  print_structure(summary, out);
  const char *verdict = text_of(summary, "verdict");
  if (*verdict) {
    fprintf(out, "\nVerdict\n");
    wrap(out, verdict, 2);
  }
}
