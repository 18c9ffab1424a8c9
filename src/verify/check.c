/* One claim: its setting read, its check run, the rule applied. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "verify.h"

static const iclgd_key keys[] = {
    KEY_INT("L", "1", 1, 8, "layers or steps"),
    KEY_INT("k", "1", 1, 1000, "loops, steps, moments"),
    KEY_INT("N", "1", 1, 1e6, "context of training"),
    KEY_INT("window", "1", 1, 1000, "loops of the loss"),
    KEY_INT("prompts", "100000", 1000, 1e8, "prompts to draw"),
    KEY_REAL("g", "0.25", 1e-6, 1e6, "limit of d / n"),
    KEY_REAL("alpha", "0", 0, 1e6, "Newton's start"),
    KEY_REALS("train", "", 1e-6, 1e6, "eigenvalues of Sigma in training"),
    KEY_REAL("decay", "0", 0, 1e6, "weight decay"),
    KEY_REAL("tasks", "1", 1e-3, 1e3, "k / d of a pool"),
    KEY_REAL("points", "1", 1e-3, 1e3, "n / d"),
    KEY_REAL("ratio", "0", 0, 1e6, "sigma2 / d"),
    KEY_REALS("eta", "", -1e6, 1e6, "step sizes"),
    KEY_REALS("gamma", "", -1e6, 1e6, "GD++"),
    KEY_TEXT("figure", "", "published figure"),
};

const char *iclgd_verdict_name(iclgd_verdict verdict) {
  static const char *const names[] = {"holds", "fails", "finding"};
  return names[verdict];
}

const char *iclgd_claim_kind_name(iclgd_claim_kind kind) {
  static const char *const names[] = {"identity", "one-sided", "statistical",
                                      "training", "published", "regression"};
  return names[kind];
}

iclgd_verdict iclgd_claim_judge(iclgd_relation relation,
                                const iclgd_evidence *e) {
  const double allowed = 4 * e->standard_error + e->tolerance;
  const double off = e->measured - e->expected;
  if (!isfinite(off) || !isfinite(allowed)) return ICLGD_FAILS;
  switch (relation) {
    case ICLGD_EQUAL:
      return fabs(off) <= allowed ? ICLGD_HOLDS : ICLGD_FAILS;
    case ICLGD_AT_LEAST:
      return off >= -allowed ? ICLGD_HOLDS : ICLGD_FAILS;
    case ICLGD_AT_MOST:
      return off <= allowed ? ICLGD_HOLDS : ICLGD_FAILS;
    case ICLGD_FINDING_BELOW:
      return off < -allowed ? ICLGD_FINDING : ICLGD_FAILS;
    case ICLGD_FINDING_ABOVE:
      return off > allowed ? ICLGD_FINDING : ICLGD_FAILS;
  }
  return ICLGD_FAILS;
}

iclgd_evidence iclgd_evidence_of(double expected, iclgd_estimate measured,
                                 double tolerance) {
  return (iclgd_evidence){expected, measured.value, measured.error, tolerance};
}

/* How much of what is allowed is used up; a number that is not finite is worse
 * than any. */
static double strain(const iclgd_evidence *e) {
  const double off = fabs(e->measured - e->expected);
  const double share = off / (4 * e->standard_error + e->tolerance);
  return off == 0 ? 0 : isfinite(share) ? share : INFINITY;
}

void iclgd_evidence_worst(iclgd_evidence *out, iclgd_evidence now) {
  if (isnan(out->expected) || strain(&now) > strain(out)) *out = now;
}

double iclgd_rounding(double expected) {
  return 1e-9 * fabs(expected);
}

iclgd_evidence iclgd_evidence_near(double expected, double measured,
                                   double tolerance) {
  return iclgd_evidence_of(expected, (iclgd_estimate){measured, 0}, tolerance);
}

iclgd_evidence iclgd_evidence_exact(double expected, double measured) {
  return iclgd_evidence_near(expected, measured, iclgd_rounding(expected));
}

iclgd_evidence iclgd_evidence_drawn(double expected, iclgd_estimate measured) {
  return iclgd_evidence_of(expected, measured, 1e-5 * fabs(expected) + 1e-12);
}

/* "name=value": a key of ours, "room.key" as it stands, else "prompt.name". */
static iclgd_status set_word(iclgd_settings *settings, const char *word,
                             size_t length, iclgd_error *err) {
  char text[256], full[sizeof text + 8];
  if (length >= sizeof text)
    return iclgd_fail(err, ICLGD_EUSAGE, "the setting of a claim is too long");
  memcpy(text, word, length);
  text[length] = '\0';
  bool known = strchr(text, '.') && strchr(text, '.') < strchr(text, '=');
  for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i) {
    const size_t size = strlen(keys[i].name);
    known |= strncmp(text, keys[i].name, size) == 0 && text[size] == '=';
  }
  snprintf(full, sizeof full, "%s%s", known ? "" : "prompt.", text);
  return iclgd_settings_override(settings, full, err);
}

static iclgd_status read_setting(iclgd_settings *settings, const char *text,
                                 iclgd_error *err) {
  while (*text) {
    const size_t length = strcspn(text, " ");
    if (length) TRY(set_word(settings, text, length, err));
    text += length + (text[length] == ' ');
  }
  return ICLGD_OK;
}

static iclgd_status begin(const iclgd_claim *claim,
                          const iclgd_verify_options *options, iclgd_trial *t,
                          iclgd_error *err) {
  const iclgd_key_set sets[] = {{keys, sizeof keys / sizeof *keys},
                                iclgd_prompt_keys,
                                iclgd_model_keys,
                                *iclgd_linear_architecture.keys,
                                *iclgd_transformer_architecture.keys,
                                iclgd_train_keys};
  TRY(iclgd_settings_create(sets, sizeof sets / sizeof *sets, &t->settings,
                            err));
  TRY(read_setting(t->settings, claim->setting, err));
  TRY(iclgd_distribution_create(t->settings, options->seed, &t->arena, &t->dist,
                                err));
  t->setting =
      (iclgd_setting){t->dist.d, t->dist.n, t->dist.noise * t->dist.noise};
  t->L = iclgd_get_size(t->settings, "L");
  t->prompts = iclgd_get_size(t->settings, "prompts");
  return ICLGD_OK;
}

/* A finding that too few prompts leave open: it points the right way, beyond
 * the digits of the figure, but not beyond chance. */
static bool is_undecided(iclgd_relation relation, const iclgd_claim_result *r) {
  const double off = r->evidence.measured - r->evidence.expected;
  if (r->verdict != ICLGD_FAILS) return false;
  return (relation == ICLGD_FINDING_BELOW && off < -r->evidence.tolerance) ||
         (relation == ICLGD_FINDING_ABOVE && off > r->evidence.tolerance);
}

static double clock_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

iclgd_status iclgd_claim_check(const iclgd_claim *claim,
                               const iclgd_verify_options *options,
                               iclgd_claim_result *out, iclgd_error *err) {
  const double started = clock_seconds();
  iclgd_trial trial = {.options = options};
  iclgd_error inner = {""};
  *out = (iclgd_claim_result){
      .evidence = {.expected = NAN, .measured = NAN, .standard_error = NAN}};
  iclgd_status status = begin(claim, options, &trial, &inner);
  if (!status) status = claim->check(&trial, &out->evidence, &inner);
  iclgd_arena_free(&trial.arena);
  iclgd_settings_free(trial.settings);
  out->seconds = clock_seconds() - started;
  if (status < 0)
    return iclgd_fail(err, status, "%s: %s", claim->id, inner.text);
  out->verdict = iclgd_claim_judge(claim->relation, &out->evidence);
  if (is_undecided(claim->relation, out))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "%s: prompts = %zu: expected more, for the difference of "
                      "%.2g from what is published is within four "
                      "standard errors",
                      claim->id, trial.prompts,
                      out->evidence.measured - out->evidence.expected);
  return ICLGD_OK;
}
