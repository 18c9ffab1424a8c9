/* iclgd verify: claims of theory and papers, expected beside measured. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/data_folder.h"
#include "verify/claim.h"
#include "verify_show.h"

static const char help[] =
    "usage: iclgd verify [CLAIM ...] [key=value ...] [--list] [--json] "
    "[--full]\n"
    "                    [--quiet]\n"
    "\n"
    "Examples:\n"
    "  iclgd verify                  all that is quick, within a minute or so\n"
    "  iclgd verify --full           the long ones too, which train models\n"
    "  iclgd verify o4 ahn           two groups\n"
    "  iclgd verify o4.loss.L3       one claim\n"
    "  iclgd verify o4.loss d=8 n=50 the same claims for other d and n\n"
    "  iclgd verify --list           what is claimed, by whom, for what "
    "setting\n"
    "  iclgd verify --json           for scripts\n"
    "  iclgd verify --quiet          no progress, no seconds: always the same\n"
    "\n"
    "Verdicts, with allowed = 4 standard errors + a stated rounding of the\n"
    "claim (the digits of a published figure, a truncated limit):\n"
    "  holds     measured is expected, within what is allowed\n"
    "  fails     it is not\n"
    "  finding   a paper prints `expected`, and the numbers differ by more "
    "than\n"
    "            is allowed: the statement says how\n"
    "  refused   the claim does not reach to this setting: the line below says "
    "why\n"
    "Of several numbers (the steps of all layers) the worst one is shown.\n"
    "\n"
    "Kinds, what a verdict is worth:\n"
    "  identity     two routes without chance agree, or a limit is approached\n"
    "  one-sided    a bound, which says nothing of its other side\n"
    "  statistical  a closed form beside a mean over drawn prompts\n"
    "  training     training reaches what theory gives\n"
    "  published    a number that a paper prints\n"
    "  regression   a number of our own, found again: nothing has changed\n"
    "\n"
    "Exit code 1 when a claim fails. A name selects a claim or a group. Keys "
    "of\n"
    "a claim's own setting (--list) can be changed. A claim that a key or its\n"
    "value does not suit is refused: with exit code 2 when it was named in "
    "full\n"
    "or when no claim is left.\n";

static const iclgd_key keys[] = {
    KEY_INT("seed", "1", 0, 9e15, "of all that is drawn"),
    KEY_INT("threads", "2", 1, 256, "changes no number", .cosmetic = true),
};

typedef struct request {
  char **names; /* claims and groups, in argv */
  size_t n_names;
  const char *changes[16]; /* key=value for the settings of claims */
  size_t n_changes;
  size_t threads;
  uint64_t seed;
  bool list, json, full, quiet;
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
  return q->n_names == 0 && (q->full || q->list || !claim->full);
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
                    "unknown claim '%s', did you mean '%s'? (see `iclgd verify "
                    "--list`)",
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
  iclgd_status status = ICLGD_OK;
  for (size_t k = 0; !status && k < q->n_changes; ++k)
    status = check_change(q, q->changes[k], err);
  return status;
}

/* ICLGD_EUSAGE when the claim does not take one of the changes. */
static iclgd_status takes_all(const request *q, const iclgd_claim *claim,
                              iclgd_error *err) {
  iclgd_status status = ICLGD_OK;
  for (size_t k = 0; !status && k < q->n_changes; ++k)
    status = iclgd_claim_takes(claim, q->changes[k], err);
  return status;
}

/* The claim with the changes behind its setting, in `room`. */
static iclgd_claim changed(const request *q, const iclgd_claim *claim,
                           char *room, size_t size) {
  iclgd_claim out = *claim;
  snprintf(room, size, "%s", claim->setting);
  for (size_t k = 0; k < q->n_changes; ++k) {
    const size_t used = strlen(room);
    snprintf(room + used, size - used, " %s", q->changes[k]);
  }
  out.setting = room;
  return out;
}

static iclgd_status set_option(const char *word, request *q, iclgd_error *err) {
  if (strcmp(word, "--list") == 0)
    q->list = true;
  else if (strcmp(word, "--json") == 0)
    q->json = true;
  else if (strcmp(word, "--full") == 0)
    q->full = true;
  else if (strcmp(word, "--quiet") == 0 || strcmp(word, "-q") == 0)
    q->quiet = true;
  else
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "verify: unknown option %s (see `iclgd verify --help`)",
                      word);
  return ICLGD_OK;
}

static iclgd_status add_change(request *q, const char *word, iclgd_error *err) {
  if (q->n_changes == sizeof q->changes / sizeof *q->changes)
    return iclgd_fail(err, ICLGD_EUSAGE, "%s: too many changes", word);
  q->changes[q->n_changes++] = word;
  return ICLGD_OK;
}

/* Names are moved to the front of argv. */
static iclgd_status parse(int argc, char **argv, request *q, iclgd_error *err) {
  iclgd_settings *settings;
  const iclgd_key_set set = {keys, sizeof keys / sizeof *keys};
  iclgd_status status = iclgd_settings_create(&set, 1, &settings, err);
  if (status) return status;
  q->names = argv;
  for (int i = 1; !status && i < argc; ++i) {
    if (argv[i][0] == '-')
      status = set_option(argv[i], q, err);
    else if (strncmp(argv[i], "seed=", 5) == 0 ||
             strncmp(argv[i], "threads=", 8) == 0)
      status = iclgd_settings_override(settings, argv[i], err);
    else if (strchr(argv[i], '='))
      status = add_change(q, argv[i], err);
    else if (!(status = check_name(argv[i], err)))
      q->names[q->n_names++] = argv[i];
  }
  q->threads = iclgd_get_size(settings, "threads");
  q->seed = (uint64_t)iclgd_get_int(settings, "seed");
  iclgd_settings_free(settings);
  return status ? status : check_changes(q, err);
}

static void show_progress(const request *q, const iclgd_claim *c, size_t done,
                          size_t total) {
  if (q->quiet || !isatty(STDERR_FILENO)) return;
  fprintf(stderr, "\r\033[K%zu/%zu  %.60s", done + 1, total, c->id);
}

static void clear_progress(const request *q) {
  if (!q->quiet && isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
}

static iclgd_status add(json_t *array, json_t *object, iclgd_error *err) {
  return json_array_append_new(array, object)
             ? iclgd_fail_memory(err, "the answer")
             : ICLGD_OK;
}

static bool is_first(const tally *sum) {
  return sum->of[0] + sum->of[1] + sum->of[2] + sum->refused == 0;
}

/* One claim, checked and shown. ICLGD_ERANGE or ICLGD_EUSAGE: refused. */
static iclgd_status check_one(const request *q, const iclgd_claim *claim,
                              const iclgd_verify_options *options,
                              json_t *array, tally *sum, iclgd_error *err) {
  char room[2048];
  iclgd_claim_result result;
  iclgd_status status = takes_all(q, claim, err);
  if (status) return status;
  const iclgd_claim now = changed(q, claim, room, sizeof room);
  status = iclgd_claim_check(&now, options, &result, err);
  if (status) return status;
  if (!array && is_first(sum)) iclgd_claim_head();
  ++sum->of[result.verdict];
  sum->seconds += result.seconds;
  if (array) return add(array, iclgd_result_json(&now, &result), err);
  iclgd_result_print(&now, &result);
  return ICLGD_OK;
}

/* Check the claims that are wanted; json: an array, or NULL for text. A claim
 * that is refused is an error if it was named, or if nothing else is left. */
static iclgd_status check_all(const request *q,
                              const iclgd_verify_options *options,
                              json_t *array, tally *sum, iclgd_error *err) {
  size_t count, total = 0, done = 0;
  iclgd_status status = ICLGD_OK;
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i) total += is_wanted(q, &claims[i]);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_claim *claim = &claims[i];
    if (!is_wanted(q, claim)) continue;
    show_progress(q, claim, done++, total);
    status = check_one(q, claim, options, array, sum, err);
    clear_progress(q);
    const bool refused = status == ICLGD_ERANGE || status == ICLGD_EUSAGE;
    if (!status) continue;
    if (!refused || !q->n_changes || is_named(q, claim)) return status;
    if (!array && is_first(sum)) iclgd_claim_head();
    ++sum->refused;
    if (array && add(array, iclgd_refusal_json(claim, err->text), err))
      return ICLGD_ENOMEM;
    if (!array) iclgd_refusal_print(claim, err->text);
  }
  return sum->refused == total ? status : ICLGD_OK;
}

static iclgd_status print_json(json_t *claims, iclgd_error *err) {
  json_t *object = json_pack("{s:O}", "claims", claims);
  char *text = object ? json_dumps(object, JSON_INDENT(1)) : NULL;
  if (text) puts(text);
  const bool ok = text != NULL;
  free(text);
  json_decref(object);
  return ok ? ICLGD_OK : iclgd_fail_memory(err, "the answer");
}

static iclgd_status list(const request *q, json_t *array, iclgd_error *err) {
  size_t count;
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i) {
    if (!is_wanted(q, &claims[i])) continue;
    if (q->json) {
      json_array_append_new(array, iclgd_claim_json(&claims[i]));
      continue;
    }
    printf("%s  %s%s\n", claims[i].id, iclgd_claim_kind_name(claims[i].kind),
           claims[i].full ? " (--full)" : "");
    iclgd_claim_explain(&claims[i]);
  }
  return q->json ? print_json(array, err) : ICLGD_OK;
}

/* The folder of the published figures, from the place of one of them. */
static iclgd_status find_reference(char *out, size_t size, iclgd_error *err) {
  const iclgd_status status =
      iclgd_data_file("reference", "theory.csv", out, size, err);
  if (!status) *strrchr(out, '/') = '\0';
  return status;
}

static void print_sum(const request *q, const tally *sum) {
  printf("\n%zu hold, %zu fail, %zu findings", sum->of[ICLGD_HOLDS],
         sum->of[ICLGD_FAILS], sum->of[ICLGD_FINDING]);
  if (sum->refused) printf(", %zu refused", sum->refused);
  if (!q->quiet) printf(" (%.0f s)", sum->seconds);
  putchar('\n');
}

static iclgd_status run_claims(const request *q, json_t *array, tally *sum,
                               iclgd_error *err) {
  char reference[4096];
  iclgd_verify_options options = {.seed = q->seed, .reference = reference};
  iclgd_status status = find_reference(reference, sizeof reference, err);
  if (!status) status = iclgd_pool_create(q->threads, &options.pool, err);
  if (status) return status;
  status = check_all(q, &options, q->json ? array : NULL, sum, err);
  iclgd_pool_free(options.pool);
  if (status) return status;
  if (q->json) return print_json(array, err);
  print_sum(q, sum);
  return ICLGD_OK;
}

static int run(int argc, char **argv) {
  iclgd_error err;
  request q = {0};
  tally sum = {{0}, 0, 0};
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-h") != 0) continue;
    fputs(help, stdout);
    printf("\nKeys (default):\n");
    for (size_t k = 0; k < sizeof keys / sizeof *keys; ++k)
      printf("  %-8s %-3s %s\n", keys[k].name, keys[k].standard,
             keys[k].meaning);
    return 0;
  }
  iclgd_status status = parse(argc, argv, &q, &err);
  json_t *array = json_array();
  if (!status && !array) status = iclgd_fail_memory(&err, "the answer");
  if (!status)
    status = q.list ? list(&q, array, &err) : run_claims(&q, array, &sum, &err);
  json_decref(array);
  if (status) return iclgd_cli_fail(status, &err);
  return sum.of[ICLGD_FAILS] > 0;
}

const iclgd_command iclgd_command_verify = {
    .name = "verify",
    .summary = "claims of theory and papers: expected beside measured",
    .help = help,
    .run = run,
    .words = ICLGD_WORDS_CLAIMS};
