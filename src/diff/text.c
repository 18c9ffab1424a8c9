/* What differs, as text of up to 80 columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "diff/diff.h"
#include "view/text.h"

enum { SHOWN = 12, VALUE = 24 };

/* A setting as one writes it, in one line; null is a file without it. NULL when
 * memory is out, else to be freed. */
static char *value_text(const json_t *value) {
  char *text =
      json_is_null(value) ? strdup("(none)")
      : json_is_string(value)
          ? strdup(json_string_value(value))
          : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(10));
  if (text) iclgd_one_line(text);
  return text;
}

static bool print_setting(const json_t *row, FILE *out) {
  char *a = value_text(json_object_get(row, "a"));
  char *b = value_text(json_object_get(row, "b"));
  const char *key = iclgd_json_text(row, "key");
  const bool whole = a && b;
  if (whole && strlen(a) <= VALUE && strlen(b) <= VALUE) {
    fprintf(out, "  %-26s %-*s %s\n", key, VALUE, a, b);
  } else if (whole) {
    fprintf(out, "  %s\n    in the first\n", key);
    iclgd_text_wrap(out, a, 6);
    fputs("    in the second\n", out);
    iclgd_text_wrap(out, b, 6);
  }
  free(a);
  free(b);
  return whole;
}

/* False when memory was out. */
static bool print_settings(const json_t *diff, const char *member,
                           const char *heading, FILE *out) {
  size_t i;
  bool whole = true;
  const json_t *row, *list = json_object_get(diff, member);
  if (json_array_size(list) == 0) return true;
  fprintf(out, "\n%s\n", heading);
  json_array_foreach(list, i, row) whole = print_setting(row, out) && whole;
  return whole;
}

/* "  name ... a b relative error": a star behind what is beyond two errors. */
static void print_numbers(const char *name, const json_t *row, FILE *out) {
  const double a = iclgd_json_real(row, "a"), b = iclgd_json_real(row, "b");
  char relative[32] = "-";
  if (isfinite(b - a) && a != 0 && fabs(b) < 100 * fabs(a) &&
      fabs(b) > 0.01 * fabs(a))
    snprintf(relative, sizeof relative, "%+.3g%%", 100 * (b - a) / fabs(a));
  else if (isfinite(b / a) && a != 0)
    snprintf(relative, sizeof relative, "x %.3g", b / a);
  fprintf(out, "  %-31s", name);
  iclgd_text_cell(out, 10, 5, a);
  iclgd_text_cell(out, 10, 5, b);
  fprintf(out, " %10s", relative);
  iclgd_text_cell(out, 8, 2, iclgd_json_real(row, "standard_error"));
  fputs(json_is_true(json_object_get(row, "beyond")) ? " *\n" : "\n", out);
}

static void print_losses(const json_t *diff, FILE *out) {
  size_t i;
  const json_t *row, *list = json_object_get(diff, "losses");
  if (json_array_size(list) == 0) return;
  fprintf(out, "\n%-33s %10s %10s %10s %8s\n",
          "Losses (* beyond 2 std. errors)", "first", "second", "relative",
          "std.err");
  json_array_foreach(list, i, row) {
    char name[64];
    const json_t *at = json_object_get(row, "at");
    const long a = (long)json_integer_value(json_array_get(at, 0));
    const long b = (long)json_integer_value(json_array_get(at, 1));
    const char *who = iclgd_json_text(row, "name");
    if (!at)
      snprintf(name, sizeof name, "model, layer %ld",
               iclgd_json_whole(row, "layer"));
    else if (a == b)
      snprintf(name, sizeof name, "%.20s, step %ld", who, a);
    else
      snprintf(name, sizeof name, "%.18s, %ld and %ld", who, a, b);
    print_numbers(name, row, out);
  }
}

static void print_weights(const json_t *diff, FILE *out) {
  size_t i;
  const json_t *row, *list = json_object_get(diff, "weights");
  if (json_array_size(list) == 0) return;
  char number[ICLGD_NUMBER_MAX];
  fputs("\nLearned weights, relative Frobenius distance\n", out);
  json_array_foreach(list, i, row) {
    fprintf(out, "  %-31s", iclgd_json_text(row, "name"));
    if (json_object_get(row, "a"))
      fputs(" of different shapes\n", out);
    else
      fprintf(out, " %10s\n",
              iclgd_text_number(number, 4, iclgd_json_real(row, "distance")));
  }
}

/* How many standard errors: infinite without one. */
static double errors_of(const json_t *row) {
  const double error = iclgd_json_real(row, "standard_error");
  const double z = fabs(iclgd_json_real(row, "difference")) / error;
  return isnan(z) ? INFINITY : z;
}

static int descending(const void *x, const void *y) {
  const double a = errors_of(*(json_t *const *)x);
  const double b = errors_of(*(json_t *const *)y);
  return (a < b) - (a > b);
}

static void print_metric(const json_t *row, FILE *out) {
  char name[64];
  snprintf(name, sizeof name, "%.18s %.22s %ld", iclgd_json_text(row, "name"),
           iclgd_json_text(row, "metric"), iclgd_json_whole(row, "layer"));
  fprintf(out, "  %-43s", name);
  iclgd_text_cell(out, 10, 4, iclgd_json_real(row, "a"));
  iclgd_text_cell(out, 10, 4, iclgd_json_real(row, "b"));
  iclgd_text_cell(out, 8, 3, isfinite(errors_of(row)) ? errors_of(row) : NAN);
  fputc('\n', out);
}

/* Those that are most standard errors apart. */
static bool print_alignment(const json_t *diff, FILE *out) {
  size_t i, beyond = 0;
  json_t *row, *list = json_object_get(diff, "alignment");
  if (json_array_size(list) == 0) return true;
  const json_t **rows = calloc(json_array_size(list), sizeof *rows);
  if (!rows) return false;
  json_array_foreach(list, i, row) {
    if (json_is_true(json_object_get(row, "beyond"))) rows[beyond++] = row;
  }
  fprintf(out,
          "\nAlignment at layer = step: %zu of %ld numbers are beyond 2 "
          "standard errors\n(by chance about 1 in 20)\n",
          beyond, iclgd_json_whole(diff, "alignment_compared"));
  if (beyond > 0)
    fprintf(out, "  %-43s %10s %10s %8s\n", "algorithm, metric, layer", "first",
            "second", "std.errs");
  qsort(rows, beyond, sizeof *rows, descending);
  for (i = 0; i < beyond && i < SHOWN; ++i) print_metric(rows[i], out);
  if (beyond > SHOWN)
    fprintf(out, "  and %zu more (--json has them)\n", beyond - SHOWN);
  free(rows);
  return true;
}

static void print_best_steps(const json_t *diff, FILE *out) {
  size_t i, used = 0;
  const json_t *row, *list = json_object_get(diff, "best_steps");
  if (json_array_size(list) == 0) return;
  fputs("\nBest steps that changed (layer: first -> second)\n", out);
  const char *last = "";
  json_array_foreach(list, i, row) {
    const char *who = iclgd_json_text(row, "name");
    if (strcmp(who, last) != 0)
      used = (size_t)fprintf(out, "%s  %-20s", *last ? "\n" : "", who) - 1;
    else if (used > 62)
      used = (size_t)fprintf(out, "\n  %-20s", "") - 1;
    used += (size_t)fprintf(
        out, "  %ld: %ld -> %ld", iclgd_json_whole(row, "layer"),
        iclgd_json_whole(row, "a"), iclgd_json_whole(row, "b"));
    last = who;
  }
  fputc('\n', out);
}

static void print_only(const json_t *diff, FILE *out) {
  static const char *const sides[][2] = {{"a", "first"}, {"b", "second"}};
  const char *what;
  json_t *both;
  json_object_foreach(json_object_get(diff, "only"), what, both) {
    for (size_t k = 0; k < 2; ++k) {
      size_t i;
      const json_t *name, *list = json_object_get(both, sides[k][0]);
      if (json_array_size(list) == 0) continue;
      fprintf(out, "\nOnly the %s has these %s\n", sides[k][1], what);
      char words[1024] = "";
      json_array_foreach(list, i, name) {
        const size_t used = strlen(words);
        snprintf(words + used, sizeof words - used, "%s%s",
                 used > 0 ? ", " : "", json_string_value(name));
      }
      iclgd_text_wrap(out, words, 2);
    }
  }
}

/* Of files with the same settings, whose arrays should be alike. */
static void print_shapes(const json_t *diff, FILE *out) {
  size_t i;
  const json_t *name, *list = json_object_get(diff, "shapes");
  if (json_array_size(list) == 0 ||
      json_array_size(json_object_get(diff, "settings")) > 0)
    return;
  fputs("\nArrays that one has not, or of other extents\n", out);
  json_array_foreach(list, i, name) {
    if (i < SHOWN) fprintf(out, "  %s\n", json_string_value(name));
  }
  if (i > SHOWN) fprintf(out, "  and %zu more (--json has them)\n", i - SHOWN);
}

/* How the losses were compared. */
static const char *comparison(const json_t *diff) {
  const json_t *same = json_object_get(diff, "same_prompts");
  const json_t *row, *losses = json_object_get(diff, "losses");
  size_t i;
  bool paired = false, law = false;
  json_array_foreach(losses, i, row) {
    paired |= json_is_true(json_object_get(row, "paired"));
    law |= json_is_true(json_object_get(row, "law"));
  }
  if (json_is_false(same))
    return law ? "They were measured on different prompts: losses that both "
                 "know over all prompts of the law are those; a standard error "
                 "of 0 is exact."
               : "They were measured on different prompts.";
  if (!json_is_true(same) ||
      json_array_size(losses) +
              json_array_size(json_object_get(diff, "alignment")) ==
          0)
    return "";
  return paired ? "Both were measured on the same prompts: standard errors of "
                  "losses are those of the differences; those of alignment "
                  "are combined as if they were independent, so its "
                  "differences are surer than they say."
                : "Both were measured on the same prompts: a difference is "
                  "surer than the standard errors say, which are combined as "
                  "if they were independent.";
}

iclgd_status iclgd_diff_print(const json_t *diff, FILE *out, iclgd_error *err) {
  fprintf(out, "first   %s\nsecond  %s\n", iclgd_json_text(diff, "a"),
          iclgd_json_text(diff, "b"));
  bool whole = print_settings(diff, "settings", "Settings", out);
  whole &= print_settings(diff, "code", "Program", out);
  whole &= print_settings(diff, "hyperparameters",
                          "Hyperparameters of algorithms", out);
  print_losses(diff, out);
  print_weights(diff, out);
  whole &= print_alignment(diff, out);
  print_best_steps(diff, out);
  print_only(diff, out);
  print_shapes(diff, out);
  const char *how = comparison(diff);
  if (*how) {
    fputc('\n', out);
    iclgd_text_wrap(out, how, 0);
  }
  return whole ? ICLGD_OK : iclgd_fail_memory(err, "what differs");
}
