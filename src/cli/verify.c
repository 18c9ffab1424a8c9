/* iclgd verify: claims of theory and papers, expected beside measured. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/data_folder.h"
#include "cli/propose.h"
#include "cli/verify_show.h"
#include "verify/claim.h"

typedef struct request {
  const iclgd_cli *cli;
  char **names; /* claims and groups, in argv */
  size_t n_names;
  const char *changes[16]; /* key=value for the settings of claims */
  size_t n_changes;
  size_t threads;
  uint64_t seed;
  json_t *array; /* of results; NULL for text */
} request;

/* How many claims there are of each verdict, and how many were refused. */
typedef struct tally {
  size_t of[3], refused;
  double seconds;
} tally;

static bool is_claim(const char *name) {
  size_t count;
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i)
    if (strcmp(claims[i].id, name) == 0) return true;
  return false;
}

/* A group in full, or the beginning of claims of one: "o4", "o4.l". A whole
 * claim, N10, is not the beginning of another word, N100. */
static bool selects(const char *name, const char *id) {
  const size_t length = strlen(name), group = strcspn(id, ".");
  if (strncmp(id, name, length) != 0 || length < group) return false;
  return id[length] == '\0' || id[length] == '.' || !is_claim(name);
}

static bool is_wanted(const request *q, const iclgd_claim *claim) {
  for (size_t i = 0; i < q->n_names; ++i)
    if (selects(q->names[i], claim->id)) return true;
  return q->n_names == 0 && (q->cli->full || q->cli->list || !claim->full);
}

/* The group or claim that was probably meant. */
static iclgd_nearest nearest(const char *name) {
  size_t count;
  iclgd_nearest near = iclgd_nearest_to(name);
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i) {
    const size_t group = strcspn(claims[i].id, ".");
    const size_t lengths[] = {group, strlen(claims[i].id)};
    for (size_t k = 0; k < 2; ++k) {
      char word[64];
      snprintf(word, sizeof word, "%.*s", (int)lengths[k], claims[i].id);
      iclgd_nearest_try(&near, word);
    }
  }
  return near;
}

static iclgd_status check_name(const char *name, iclgd_error *err) {
  size_t count;
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i)
    if (selects(name, claims[i].id)) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "unknown claim '%s', did you mean '%s'? "
                    "(see `iclgd verify --list`)",
                    name, nearest(name).word);
}

/* Whether the claim itself was asked for, and no group of claims. */
static bool is_named(const request *q, const iclgd_claim *claim) {
  for (size_t i = 0; i < q->n_names; ++i)
    if (strcmp(q->names[i], claim->id) == 0) return true;
  return false;
}

/* A change is a mistake when no claim takes it. */
static iclgd_status check_change(const request *q, const char *change,
                                 iclgd_error *err) {
  size_t count, wanted = 0;
  iclgd_error first = {""}, other;
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i) {
    if (!is_wanted(q, &claims[i])) continue;
    if (iclgd_claim_takes(&claims[i], change, wanted++ ? &other : &first) ==
        ICLGD_OK)
      return ICLGD_OK;
  }
  if (wanted == 1)
    return iclgd_fail(err, ICLGD_EUSAGE, "%s: %s", change, first.text);
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: expected seed, threads or a key of the claims (%s; "
                    "see `iclgd verify --list`)",
                    change, first.text);
}

static iclgd_status check_changes(const request *q, iclgd_error *err) {
  for (size_t k = 0; k < q->n_changes; ++k)
    TRY(check_change(q, q->changes[k], err));
  return ICLGD_OK;
}

/* ICLGD_EUSAGE when the claim does not take one of the changes. */
static iclgd_status takes_all(const request *q, const iclgd_claim *claim,
                              iclgd_error *err) {
  for (size_t k = 0; k < q->n_changes; ++k)
    TRY(iclgd_claim_takes(claim, q->changes[k], err));
  return ICLGD_OK;
}

/* The claim with the changes behind its setting, in `room`. */
static iclgd_claim changed(const request *q, const iclgd_claim *claim,
                           char *setting, size_t size) {
  iclgd_claim out = *claim;
  snprintf(setting, size, "%s", claim->setting);
  for (size_t k = 0; k < q->n_changes; ++k) {
    const size_t used = strlen(setting);
    snprintf(setting + used, size - used, " %s", q->changes[k]);
  }
  out.setting = setting;
  return out;
}

static iclgd_status add_change(request *q, const char *word, iclgd_error *err) {
  if (q->n_changes == sizeof q->changes / sizeof *q->changes)
    return iclgd_fail(err, ICLGD_EUSAGE, "%s: too many changes", word);
  q->changes[q->n_changes++] = word;
  return ICLGD_OK;
}

/* Names are moved to the front of the arguments. */
static iclgd_status parse(request *q, iclgd_error *err) {
  iclgd_settings *settings;
  const iclgd_cli *cli = q->cli;
  iclgd_status status =
      iclgd_settings_create(&cli->command->keys, 1, &settings, err);
  if (status) return status;
  q->names = cli->rest;
  for (int i = 0; !status && i < cli->count; ++i) {
    char *word = cli->rest[i];
    if (strncmp(word, "seed=", 5) == 0 || strncmp(word, "threads=", 8) == 0)
      status = iclgd_settings_override(settings, word, err);
    else if (strchr(word, '='))
      status = add_change(q, word, err);
    else if (!(status = check_name(word, err)))
      q->names[q->n_names++] = word;
  }
  q->threads = iclgd_get_size(settings, "threads");
  q->seed = (uint64_t)iclgd_get_int(settings, "seed");
  iclgd_settings_free(settings);
  return status ? status : check_changes(q, err);
}

static void show_progress(const request *q, const iclgd_claim *c, size_t done,
                          size_t total) {
  if (q->cli->quiet || !isatty(STDERR_FILENO)) return;
  fprintf(stderr, "\r\033[K%zu/%zu  %.60s", done + 1, total, c->id);
}

static void clear_progress(const request *q) {
  if (!q->cli->quiet && isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
}

static iclgd_status add(const request *q, json_t *object, iclgd_error *err) {
  return json_array_append_new(q->array, object)
             ? iclgd_fail_memory(err, "the answer")
             : ICLGD_OK;
}

static bool is_first(const tally *sum) {
  return sum->of[0] + sum->of[1] + sum->of[2] + sum->refused == 0;
}

/* One claim, checked and shown. ICLGD_ERANGE or ICLGD_EUSAGE: refused. */
static iclgd_status check_one(const request *q, const iclgd_claim *claim,
                              const iclgd_verify_options *options, tally *sum,
                              iclgd_error *err) {
  char setting[2048];
  iclgd_claim_result result;
  TRY(takes_all(q, claim, err));
  const iclgd_claim now = changed(q, claim, setting, sizeof setting);
  TRY(iclgd_claim_check(&now, options, &result, err));
  if (!q->array && is_first(sum)) iclgd_claim_head();
  ++sum->of[result.verdict];
  sum->seconds += result.seconds;
  if (q->array) return add(q, iclgd_result_json(&now, &result), err);
  iclgd_result_print(&now, &result);
  return ICLGD_OK;
}

static iclgd_status show_refused(const request *q, const iclgd_claim *claim,
                                 tally *sum, iclgd_error *err) {
  const iclgd_error why = *err;
  if (!q->array && is_first(sum)) iclgd_claim_head();
  ++sum->refused;
  if (q->array) return add(q, iclgd_refusal_json(claim, why.text), err);
  iclgd_refusal_print(claim, why.text);
  return ICLGD_OK;
}

/* Check the claims that are wanted. A claim that is refused is an error if it
 * was named, or if nothing else is left. */
static iclgd_status check_all(const request *q,
                              const iclgd_verify_options *options, tally *sum,
                              iclgd_error *err) {
  size_t count, total = 0, done = 0;
  iclgd_status status = ICLGD_OK;
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i) total += is_wanted(q, &claims[i]);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_claim *claim = &claims[i];
    if (!is_wanted(q, claim)) continue;
    show_progress(q, claim, done++, total);
    status = check_one(q, claim, options, sum, err);
    clear_progress(q);
    const bool refused = status == ICLGD_ERANGE || status == ICLGD_EUSAGE;
    if (!status) continue;
    if (!refused || !q->n_changes || is_named(q, claim)) return status;
    if (show_refused(q, claim, sum, err)) return ICLGD_ENOMEM;
  }
  return sum->refused == total ? status : ICLGD_OK;
}

static iclgd_status list(const request *q, iclgd_error *err) {
  size_t count;
  iclgd_status status = ICLGD_OK;
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; !status && i < count; ++i) {
    if (!is_wanted(q, &claims[i])) continue;
    if (q->array) {
      status = add(q, iclgd_claim_json(&claims[i]), err);
      continue;
    }
    printf("%s  %s%s\n", claims[i].id, iclgd_claim_kind_name(claims[i].kind),
           claims[i].full ? " (--full)" : "");
    iclgd_claim_explain(&claims[i]);
  }
  return status;
}

static void print_sum(const request *q, const tally *sum) {
  printf("\n%zu hold, %zu fail, %zu findings", sum->of[ICLGD_HOLDS],
         sum->of[ICLGD_FAILS], sum->of[ICLGD_FINDING]);
  if (sum->refused) printf(", %zu refused", sum->refused);
  if (!q->cli->quiet) printf(" (%.0f s)", sum->seconds);
  putchar('\n');
}

/* The published figures stand in one folder, found by one of them. */
static iclgd_status run_claims(const request *q, tally *sum, iclgd_error *err) {
  char reference[4096];
  iclgd_verify_options options = {.seed = q->seed, .reference = reference};
  TRY(iclgd_data_file("reference", "theory.csv", reference, sizeof reference,
                      err));
  *strrchr(reference, '/') = '\0';
  TRY(iclgd_pool_create(q->threads, &options.pool, err));
  iclgd_status status = check_all(q, &options, sum, err);
  iclgd_pool_free(options.pool);
  if (!status && !q->array) print_sum(q, sum);
  return status;
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  request q = {.cli = cli};
  tally sum = {{0}, 0, 0};
  iclgd_status status = parse(&q, err);
  if (!status && cli->json && !(q.array = json_array()))
    status = iclgd_fail_memory(err, "the answer");
  if (!status) status = cli->list ? list(&q, err) : run_claims(&q, &sum, err);
  cli->code = sum.of[ICLGD_FAILS] > 0;
  if (!status && q.array)
    return iclgd_cli_json(json_pack("{s:o}", "claims", q.array), JSON_INDENT(1),
                          err);
  json_decref(q.array);
  return status;
}

static void propose(int n_words, char **words) {
  const char *typed = words[n_words - 1];
  size_t count;
  char last[64] = "";
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i) {
    char group[64];
    snprintf(group, sizeof group, "%.*s", (int)strcspn(claims[i].id, "."),
             claims[i].id);
    if (strcmp(group, last) != 0) iclgd_propose(typed, "", group, "");
    snprintf(last, sizeof last, "%s", group);
    if (strchr(typed, '.')) iclgd_propose(typed, "", claims[i].id, "");
  }
}

static const iclgd_key keys[] = {
    KEY_INT("seed", "1", 0, 9e15, "of all that is drawn"),
    KEY_INT("threads", "2", 1, 256, "changes no number", .cosmetic = true),
};

static const iclgd_option options[] = {
    ICLGD_SWITCH(full, 0, "the long ones too, which train models"),
    ICLGD_SWITCH(list, 0, "what is claimed, by whom, for what setting"),
    ICLGD_SWITCH(json, 0, "for scripts"),
    ICLGD_SWITCH(quiet, 'q', "no progress, no seconds: always the same"),
};

const iclgd_command iclgd_command_verify = {
    .name = "verify",
    .summary = "claims of theory and papers: expected beside measured",
    .arguments = "[CLAIM ...] [key=value ...]",
    .count = {0, ICLGD_ANY},
    ICLGD_OPTIONS(options),
    ICLGD_KEYS(keys),
    .examples =
        "  iclgd verify                  all that is quick, a minute or so\n"
        "  iclgd verify o4 ahn           two groups\n"
        "  iclgd verify o4.loss.L3       one claim\n"
        "  iclgd verify o4.loss d=8 n=50 the same claims for other d and n\n",
    .notes =
        "Verdicts, with allowed = 4 standard errors + a stated rounding of "
        "the claim (the digits of a published figure, a truncated limit):\n"
        "  holds     measured is expected, within what is allowed\n"
        "  fails     it is not\n"
        "  finding   a paper prints `expected`, and the numbers differ by\n"
        "            more than is allowed: the statement says how\n"
        "  refused   the claim does not reach to this setting: the line\n"
        "            below says why\n"
        "Of several numbers (the steps of all layers) the worst one "
        "is shown.\n"
        "\n"
        "Kinds, what a verdict is worth:\n"
        "  identity     two routes without chance agree, or a limit is\n"
        "               approached as fast as it must be\n"
        "  one-sided    a bound, which says nothing of its other side\n"
        "  statistical  a closed form beside a mean over drawn prompts\n"
        "  training     training reaches what theory gives\n"
        "  published    a number that a paper prints\n"
        "  regression   a number of our own, found again: nothing has changed\n"
        "\n"
        "Exit code 1 when a claim fails. A name selects a claim or a group. "
        "Keys of a claim's own setting (--list) can be changed. A claim that a "
        "key or its value does not suit is refused: with exit code 2 when it "
        "was named in full or when no claim is left.",
    .propose = propose,
    .run = run,
};
