/* iclgd oracle: one closed form, evaluated, as text or JSON. */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/oracle_table.h"
#include "cli/propose.h"

static const iclgd_oracle_row *find(const char *name, iclgd_error *err) {
  iclgd_nearest near = iclgd_nearest_to(name);
  for (size_t i = 0; i < ICLGD_ORACLES; ++i) {
    if (strcmp(iclgd_oracles[i].name, name) == 0) return &iclgd_oracles[i];
    iclgd_nearest_try(&near, iclgd_oracles[i].name);
  }
  iclgd_fail(err, ICLGD_EUSAGE, "unknown oracle '%s'%s", name,
             iclgd_nearest_phrase(&near));
  return NULL;
}

/* A key that was set but that this oracle does not read is a mistake. */
static iclgd_status check_keys(const iclgd_oracle_row *o,
                               const iclgd_settings *s, iclgd_error *err) {
  for (size_t i = 0; i < ICLGD_ORACLE_KEYS; ++i) {
    char word[32];
    snprintf(word, sizeof word, " %s ", iclgd_oracle_keys[i].name);
    if (!strstr(o->keys, word) &&
        iclgd_settings_is_set(s, iclgd_oracle_keys[i].name))
      return iclgd_settings_reject(s, iclgd_oracle_keys[i].name, err,
                                   "%s has no such key; it takes%.*s", o->name,
                                   (int)strlen(o->keys) - 1, o->keys);
  }
  return ICLGD_OK;
}

/* Inputs: lists give L and d where these are not set themselves. */
static iclgd_status prepare(const iclgd_oracle_row *o, iclgd_oracle_request *q,
                            iclgd_error *err) {
  size_t etas, lambdas;
  iclgd_get_reals(q->settings, "eta", &etas);
  iclgd_get_reals(q->settings, "lambda", &lambdas);
  q->setting = (iclgd_setting){.d = iclgd_get_size(q->settings, "d"),
                               .n = iclgd_get_size(q->settings, "n"),
                               .sigma2 = iclgd_get_real(q->settings, "sigma2")};
  q->L = iclgd_get_size(q->settings, "L");
  if (etas && !iclgd_settings_is_set(q->settings, "L")) q->L = etas;
  if (lambdas && !iclgd_settings_is_set(q->settings, "d"))
    q->setting.d = lambdas;
  if (lambdas && lambdas != q->setting.d)
    return iclgd_settings_reject(q->settings, "lambda", err,
                                 "expected d = %zu values, found %zu",
                                 q->setting.d, lambdas);
  iclgd_oracle_put(q, "name", json_string(o->name));
  iclgd_oracle_put(q, "d", json_integer((json_int_t)q->setting.d));
  iclgd_oracle_put(q, "n", json_integer((json_int_t)q->setting.n));
  iclgd_oracle_put(q, "L", json_integer((json_int_t)q->L));
  iclgd_oracle_put(q, "sigma2", iclgd_json_number(q->setting.sigma2));
  return ICLGD_OK;
}

static void print_value(const json_t *value) {
  if (json_is_string(value)) printf("%s", json_string_value(value));
  if (json_is_integer(value))
    printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
  if (json_is_real(value)) printf("%.10g", json_real_value(value));
  if (json_is_null(value)) printf("-");
  for (size_t i = 0; i < json_array_size(value); ++i) {
    if (i) printf(", ");
    print_value(json_array_get(value, i));
  }
}

static iclgd_status print(iclgd_oracle_request *q, bool as_json,
                          iclgd_error *err) {
  const char *name;
  json_t *value;
  if (q->incomplete) return iclgd_fail_memory(err, "the answer");
  if (as_json)
    return iclgd_cli_json(json_incref(q->answer), JSON_REAL_PRECISION(17), err);
  json_object_foreach(q->answer, name, value) {
    printf("%-7s ", name);
    print_value(value);
    putchar('\n');
  }
  return ICLGD_OK;
}

static iclgd_status answer(const iclgd_oracle_row *o, const iclgd_cli *cli,
                           iclgd_oracle_request *q, iclgd_settings *s,
                           iclgd_error *err) {
  for (int i = 1; i < cli->count; ++i)
    TRY(iclgd_settings_override(s, cli->rest[i], err));
  TRY(check_keys(o, s, err));
  TRY(prepare(o, q, err));
  TRY(o->compute(q, err));
  return print(q, cli->json, err);
}

static void list_oracles(FILE *out) {
  fprintf(out, "\nOracles (NAME: meaning; keys):\n");
  for (size_t i = 0; i < ICLGD_ORACLES; ++i)
    fprintf(out, "  %-13s %s;\n                %.*s\n", iclgd_oracles[i].name,
            iclgd_oracles[i].meaning, (int)strlen(iclgd_oracles[i].keys) - 1,
            iclgd_oracles[i].keys);
}

/* Without a name: which there are. */
static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  if (cli->count == 0) {
    printf("usage: iclgd oracle %s\n", cli->command->arguments);
    list_oracles(stdout);
    return ICLGD_OK;
  }
  const iclgd_oracle_row *o = find(cli->rest[0], err);
  if (!o) return ICLGD_EUSAGE;
  iclgd_settings *settings;
  iclgd_status status =
      iclgd_settings_create(&cli->command->keys, 1, &settings, err);
  if (status) return status;
  iclgd_arena arena = {0};
  iclgd_oracle_request q = {
      .settings = settings, .arena = &arena, .answer = json_object()};
  status = q.answer ? answer(o, cli, &q, settings, err)
                    : iclgd_fail_memory(err, "the answer");
  json_decref(q.answer);
  iclgd_arena_free(&arena);
  iclgd_settings_free(settings);
  return status;
}

/* The names of oracles, then the keys of the one that is named. */
static void propose(int count, char **words) {
  const char *typed = words[count - 1];
  for (size_t i = 0; i < ICLGD_ORACLES; ++i) {
    if (count == 2) iclgd_propose(typed, "", iclgd_oracles[i].name, "");
    if (count == 2 || strcmp(words[1], iclgd_oracles[i].name) != 0) continue;
    for (size_t k = 0; k < ICLGD_ORACLE_KEYS; ++k) {
      char word[32];
      snprintf(word, sizeof word, " %s ", iclgd_oracle_keys[k].name);
      if (strstr(iclgd_oracles[i].keys, word))
        iclgd_propose(typed, "", iclgd_oracle_keys[k].name, "=");
    }
  }
}

const iclgd_command iclgd_command_oracle = {
    .name = "oracle",
    .summary = "one closed form of in-context regression, evaluated",
    .arguments = "NAME [key=value ...]",
    .count = {0, ICLGD_ANY},
    ICLGD_OPTIONS(iclgd_option_json),
    ICLGD_KEYS(iclgd_oracle_keys),
    .examples =
        "  iclgd oracle untied d=5 n=20 L=3\n"
        "  iclgd oracle tied d=10 n=40 L=5 sigma2=0.25 --json\n"
        "  iclgd oracle gd d=5 n=20 eta=0.42,0.69,1.71\n"
        "  iclgd oracle gdpp d=5 n=20 L=2\n"
        "  iclgd oracle gdpp d=5 n=20 eta=0.5168,3.4747 gamma=0.4488\n"
        "  iclgd oracle one-step lambda=1,1,0.25,0.0625,1 sigma2=0.5\n"
        "  iclgd oracle bayes d=10 n=20 sigma2=1\n"
        "  iclgd oracle antisymmetric d=5 L=3\n",
    .notes =
        "Exact expected losses E(prediction - w.x_query)^2 of in-context "
        "linear regression: x, w ~ N(0, I), y = w.x + noise. Steps multiply "
        "the mean gradient. antisymmetric: limits of n^L times the loss for n "
        "-> infinity, with the turn and without it (scalar); from_n: where it "
        "sets in; curvature: of the loss at eta I for this n, along K of |K| = "
        "1. Where the arithmetic does not reach: exit 2, no number.",
    .list = list_oracles,
    .propose = propose,
    .run = run,
};
