/* What the probe `decoding` says: R^2 of readouts of hidden tokens. */
#include <math.h>
#include <stdio.h>

#include "report/section.h"
#include "report/text.h"

static const char *const targets[] = {"w_star", "least_squares", "xty",
                                      "control"};
enum { TARGETS = sizeof targets / sizeof *targets };

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  static const char *const names[] = {"r2", "r2_errors", "r2_median", "raw",
                                      "raw_errors"};
  if (!iclgd_source_has(r->source, "decoding/xty/r2")) return ICLGD_OK;
  json_t *member = iclgd_reader_set(r, summary, "decoding", json_object());
  size_t layers = 0;
  iclgd_status status = ICLGD_OK;
  for (size_t k = 0; !status && k < TARGETS; ++k) {
    char group[48];
    snprintf(group, sizeof group, "decoding/%s", targets[k]);
    if (!iclgd_source_has(r->source, group)) continue;
    json_t *target = iclgd_reader_set(r, member, targets[k], json_object());
    status = iclgd_reader_copy_lists(r, group, names, 5, &layers, target);
  }
  return status;
}

static double at(const json_t *member, const char *target, const char *name,
                 size_t l) {
  return iclgd_json_element(
      json_object_get(json_object_get(member, target), name), l);
}

/* The best of the raw tokens, over targets. */
static double best_raw(const json_t *member, size_t l) {
  double best = NAN;
  for (size_t k = 0; k < TARGETS; ++k)
    best = fmax(best, at(member, targets[k], "raw", l));
  return best;
}

/* Four decimals, "-" for NaN, and no minus before a zero. */
static void print_r2(int width, double r2, FILE *out) {
  if (isnan(r2))
    fprintf(out, " %*s", width, "-");
  else
    fprintf(out, " %*.4f", width, fabs(r2) < 0.00005 ? 0 : r2);
}

static void print(const json_t *summary, FILE *out) {
  enum { SHOWN = 5 }; /* and the last */
  const json_t *m = json_object_get(summary, "decoding");
  if (!m) return;
  const size_t rows =
      json_array_size(json_object_get(json_object_get(m, "xty"), "r2"));
  fputs(
      "\nDecoded from second moments of hidden tokens: R^2 on other prompts\n",
      out);
  fprintf(out, "  %5s %9s %9s %14s %10s %9s %12s\n", "layer", "w_star",
          "(median)", "least squares", "X^T y / n", "control", "from tokens");
  for (size_t l = 0; l < rows; ++l) {
    if (l >= SHOWN && l + 1 < rows) continue;
    fprintf(out, "  %5zu", l);
    print_r2(9, at(m, "w_star", "r2", l), out);
    print_r2(9, at(m, "w_star", "r2_median", l), out);
    print_r2(14, at(m, "least_squares", "r2", l), out);
    print_r2(10, at(m, "xty", "r2", l), out);
    print_r2(9, at(m, "control", "r2", l), out);
    print_r2(12, best_raw(m, l), out);
    fputc('\n', out);
  }
}

const iclgd_section iclgd_section_decoding = {build, print};
