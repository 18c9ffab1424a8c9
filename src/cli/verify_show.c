/* How `iclgd verify` shows a claim: a row of 80 columns, or JSON. */
#include "verify_show.h"

#include <iclgd/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "view/text.h"

json_t *iclgd_claim_json(const iclgd_claim *c) {
  return json_pack("{s:s,s:s,s:s,s:s,s:s,s:b}", "id", c->id, "kind",
                   iclgd_claim_kind_name(c->kind), "statement", c->statement,
                   "source", c->source, "setting", c->setting, "full", c->full);
}

json_t *iclgd_result_json(const iclgd_claim *c, const iclgd_claim_result *r) {
  const iclgd_evidence *e = &r->evidence;
  json_t *object = iclgd_claim_json(c);
  json_t *more = json_pack(
      "{s:o,s:o,s:o,s:o,s:s,s:o}", "expected", iclgd_json_number(e->expected),
      "measured", iclgd_json_number(e->measured), "standard_error",
      iclgd_json_number(e->standard_error), "tolerance",
      iclgd_json_number(e->tolerance), "verdict",
      iclgd_verdict_name(r->verdict), "seconds", iclgd_json_number(r->seconds));
  if (object && more) json_object_update(object, more);
  json_decref(more);
  return object;
}

json_t *iclgd_refusal_json(const iclgd_claim *c, const char *why) {
  json_t *object = iclgd_claim_json(c);
  json_t *more = json_pack("{s:s,s:s}", "verdict", "refused", "reason", why);
  if (object && more) json_object_update(object, more);
  json_decref(more);
  return object;
}

/* Six digits, or the two digits that a standard error leaves of a number. */
static void write_numbers(const iclgd_evidence *e, char *expected,
                          char *measured, size_t size) {
  const double error = e->standard_error;
  if (!isfinite(e->measured)) {
    snprintf(measured, size, "undefined");
  } else if (error > 0 && isfinite(error) && fabs(e->measured) >= 1e-3 &&
             fabs(e->measured) < 1e6) {
    const int decimals = iclgd_decimals(error);
    snprintf(measured, size, "%.*f +- %.*f", decimals, e->measured, decimals,
             error);
  } else if (error > 0) {
    snprintf(measured, size, "%.4g +- %.2g", e->measured, error);
  } else {
    snprintf(measured, size, "%.7g", e->measured);
  }
  for (int digits = 7; digits > 3; --digits)
    if (snprintf(expected, size, "%.*g", digits, e->expected) <= 10) break;
}

/* A paragraph with a margin of four, lines of up to 80 columns. */
static void print_wrapped(const char *text) {
  size_t column = 0;
  while (*text) {
    const size_t length = strcspn(text, " ");
    if (column > 0 && column + 1 + length > 80) {
      putchar('\n');
      column = 0;
    }
    printf("%*s%.*s", column ? 1 : 4, "", (int)length, text);
    column += length + (column ? 1 : 4);
    text += length + strspn(text + length, " ");
  }
  putchar('\n');
}

void iclgd_claim_explain(const iclgd_claim *c) {
  print_wrapped(c->statement);
  print_wrapped(c->source);
  if (*c->setting) print_wrapped(c->setting);
}

void iclgd_claim_head(void) {
  printf("%-20s %-11s %10s %-20s %7s %s\n", "claim", "kind", "expected",
         "measured +- s.e.", "allowed", "verdict");
}

void iclgd_result_print(const iclgd_claim *c, const iclgd_claim_result *r) {
  char expected[32], measured[32];
  write_numbers(&r->evidence, expected, measured, sizeof measured);
  printf("%-20s %-11s %10s %-20s %7.2g %s\n", c->id,
         iclgd_claim_kind_name(c->kind), expected, measured,
         4 * r->evidence.standard_error + r->evidence.tolerance,
         iclgd_verdict_name(r->verdict));
  if (r->verdict != ICLGD_HOLDS) iclgd_claim_explain(c);
  fflush(stdout);
}

void iclgd_refusal_print(const iclgd_claim *c, const char *why) {
  printf("%-20s %-11s %10s %-20s %7s refused\n", c->id,
         iclgd_claim_kind_name(c->kind), "-", "-", "-");
  print_wrapped(why);
  fflush(stdout);
}
