/* The laws that a list of words stands for. A word is what is changed, joined
 * by '+': a key of the law (x, covariance, rotate) with another value, under
 * which tr Sigma stays that of training; a factor on n, x_scale or w_scale; the
 * noise; or a change of prompts once drawn. What w is drawn from stays, so that
 * w ~ N(0, Sigma^-1) follows the shifted Sigma. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/extrapolation/extrapolation.h"

enum { WORD_MAX = 128 };

typedef enum kind {
  KIND_VALUE,  /* the key takes the value */
  KIND_FACTOR, /* the key's value times the number */
  KIND_CHANGE  /* of prompts, with `change` */
} kind;

static const struct form {
  const char *name; /* before the '=' */
  kind kind;
  const char *key;
  bool takes_value;
  iclgd_change change;
} forms[] = {
    {"x", KIND_VALUE, "prompt.x", true, ICLGD_CHANGE_NONE},
    {"covariance", KIND_VALUE, "prompt.covariance", true, ICLGD_CHANGE_NONE},
    {"rotate", KIND_VALUE, "prompt.rotate", true, ICLGD_CHANGE_NONE},
    {"noise", KIND_VALUE, "prompt.noise", true, ICLGD_CHANGE_NONE},
    {"n", KIND_FACTOR, "prompt.n", true, ICLGD_CHANGE_NONE},
    {"x_scale", KIND_FACTOR, "prompt.x_scale", true, ICLGD_CHANGE_NONE},
    {"w_scale", KIND_FACTOR, "prompt.w_scale", true, ICLGD_CHANGE_NONE},
    {"quadrant", KIND_CHANGE, NULL, false, ICLGD_CHANGE_QUADRANT},
    {"opposite", KIND_CHANGE, NULL, false, ICLGD_CHANGE_OPPOSITE},
    {"subspace", KIND_CHANGE, NULL, false, ICLGD_CHANGE_SUBSPACE},
    {"orthogonal", KIND_CHANGE, NULL, false, ICLGD_CHANGE_ORTHOGONAL},
    {"overlapping", KIND_CHANGE, NULL, false, ICLGD_CHANGE_OVERLAPPING},
    {"corrupted", KIND_CHANGE, NULL, true, ICLGD_CHANGE_CORRUPTED},
};
enum { FORMS = sizeof forms / sizeof *forms };

/* One word while it is read. */
typedef struct reading {
  const iclgd_settings *settings;
  const char *word;
  iclgd_settings *law;
  iclgd_arena *arena;
  double x_factor;
  iclgd_shift *shift;
} reading;

static iclgd_status misread(const reading *r, iclgd_error *err,
                            const char *expected) {
  return iclgd_settings_reject(r->settings, "extrapolation.shifts", err,
                               "'%s': expected %s", r->word, expected);
}

/* The key's value times a factor; a context has at least one point. Where the
 * key does not reach that far, the shift is not run. */
static iclgd_status scale(reading *r, const char *key, double factor,
                          iclgd_error *err) {
  char text[64];
  iclgd_error why;
  if (strcmp(key, "prompt.x_scale") == 0) {
    r->x_factor *= factor;
    return ICLGD_OK;
  }
  if (strcmp(key, "prompt.n") == 0) {
    const double n = round(factor * (double)iclgd_get_size(r->law, key));
    snprintf(text, sizeof text, "%.0f", fmax(n, 1));
  } else {
    snprintf(text, sizeof text, "%.17g", factor * iclgd_get_real(r->law, key));
  }
  if (!iclgd_settings_set(r->law, key, text, "extrapolation.shifts", &why))
    return ICLGD_OK;
  r->shift->reason = iclgd_arena_text(r->arena, why.text);
  return r->shift->reason ? ICLGD_OK : iclgd_fail_memory(err, "the shifts");
}

static iclgd_status read_part(reading *r, const char *part, iclgd_error *err) {
  const size_t length = strcspn(part, "=");
  const char *value = part[length] ? part + length + 1 : NULL;
  const struct form *form = NULL;
  for (size_t i = 0; i < FORMS; ++i)
    if (strlen(forms[i].name) == length &&
        strncmp(forms[i].name, part, length) == 0)
      form = &forms[i];
  if (!form || form->takes_value != (value != NULL))
    return misread(r, err,
                   "x=, covariance=, rotate=, noise=, n=, x_scale=, w_scale=, "
                   "corrupted=, quadrant, opposite, subspace, orthogonal or "
                   "overlapping, joined by '+'");
  if (form->kind == KIND_VALUE)
    return iclgd_settings_set(r->law, form->key, value, "extrapolation.shifts",
                              err);
  if (form->kind == KIND_CHANGE && r->shift->change)
    return misread(r, err, "one change of prompts in a word");
  if (form->kind == KIND_CHANGE) r->shift->change = form->change;
  if (!value) return ICLGD_OK;
  char *end;
  const double number = strtod(value, &end);
  if (*end || end == value || !(number > 0) || !isfinite(number))
    return misread(r, err, "a positive number");
  if (form->kind == KIND_FACTOR) return scale(r, form->key, number, err);
  if (number != floor(number) || number > 1e6)
    return misread(r, err, "a whole number of labels");
  r->shift->k = (size_t)number;
  return ICLGD_OK;
}

static double trace(const iclgd_distribution *dist) {
  return dist->x_variance * iclgd_dot(dist->F, dist->F, dist->d * dist->d);
}

/* The law at the trace of training times the factor; ICLGD_OK with a reason
 * where such a law cannot be. */
static iclgd_status set_law(reading *r, const iclgd_distribution *training,
                            iclgd_error *err) {
  iclgd_arena *arena = r->arena;
  char text[64];
  iclgd_distribution *dist = &r->shift->dist;
  iclgd_error why = {0};
  iclgd_status status =
      iclgd_distribution_create(r->law, training->seed, arena, dist, &why);
  if (!status) {
    const double scale = iclgd_get_real(r->law, "prompt.x_scale") *
                         sqrt(trace(training) / trace(dist)) * r->x_factor;
    snprintf(text, sizeof text, "%.17g", scale);
    status = iclgd_settings_set(r->law, "prompt.x_scale", text,
                                "extrapolation.shifts", &why);
  }
  if (!status)
    status =
        iclgd_distribution_create(r->law, training->seed, arena, dist, &why);
  if (status == ICLGD_ENOMEM) return iclgd_fail_memory(err, "a shifted law");
  if (status) r->shift->reason = iclgd_arena_text(arena, why.text);
  return status && !r->shift->reason ? iclgd_fail_memory(err, "a shifted law")
                                     : ICLGD_OK;
}

/* What a change needs of the law; an orthogonal query needs a context that
 * leaves a direction out, so a longer one is cut. */
static void fit_change(iclgd_shift *s) {
  const size_t d = s->dist.d;
  s->n = s->dist.n;
  if (s->change == ICLGD_CHANGE_ORTHOGONAL && s->n >= d)
    s->n = s->dist.n = d / 2;
  if ((s->change == ICLGD_CHANGE_ORTHOGONAL ||
       s->change == ICLGD_CHANGE_SUBSPACE) &&
      d < 2)
    s->reason = "needs two features";
  if (s->k > s->n) s->reason = "the context has fewer labels";
}

static iclgd_status read_word(reading *r, const iclgd_distribution *training,
                              iclgd_error *err) {
  iclgd_status status = ICLGD_OK;
  for (const char *at = r->word; !status;) {
    char part[WORD_MAX];
    const size_t length = strcspn(at, "+");
    snprintf(part, sizeof part, "%.*s", (int)length, at);
    status = read_part(r, part, err);
    if (!at[length]) break;
    at += length + 1;
  }
  if (!status && !r->shift->reason) status = set_law(r, training, err);
  if (!status && !r->shift->reason) fit_change(r->shift);
  return status;
}

static iclgd_status add_shift(const iclgd_probe_setup *setup, const char *word,
                              size_t length, iclgd_shift *out,
                              iclgd_error *err) {
  char text[WORD_MAX];
  snprintf(text, sizeof text, "%.*s", (int)length, word);
  *out = (iclgd_shift){.name = iclgd_arena_text(setup->arena, text)};
  if (!out->name) return iclgd_fail_memory(err, "the shifts");
  reading r = {.settings = setup->settings,
               .word = out->name,
               .arena = setup->arena,
               .x_factor = 1,
               .shift = out};
  if (length >= WORD_MAX) return misread(&r, err, "a shorter word");
  if (strcmp(out->name, "none") == 0) {
    out->dist = *setup->dist;
    out->n = setup->n;
    return ICLGD_OK;
  }
  iclgd_status status = iclgd_law_copy(setup->settings, &r.law, err);
  if (!status) status = read_word(&r, setup->dist, err);
  iclgd_settings_free(r.law);
  return status;
}

iclgd_status iclgd_shifts_parse(const iclgd_probe_setup *setup,
                                const char *list,
                                iclgd_shift shifts[ICLGD_SHIFTS_MAX],
                                size_t *count, iclgd_error *err) {
  iclgd_status status = add_shift(setup, "none", 4, shifts, err);
  for (*count = 1; !status; ++*count) {
    list += strspn(list, " ");
    const size_t length = strcspn(list, " ");
    if (length == 0) return ICLGD_OK;
    if (*count == ICLGD_SHIFTS_MAX)
      return iclgd_settings_reject(setup->settings, "extrapolation.shifts", err,
                                   "expected fewer than %d words",
                                   ICLGD_SHIFTS_MAX);
    status = add_shift(setup, list, length, &shifts[*count], err);
    list += length;
  }
  return status;
}
