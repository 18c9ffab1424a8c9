/* iclgd verify: claims of theory and papers, expected beside measured. */
#include <iclgd/verify.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/data_folder.h"
#include "report/json.h"

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
    "  finding   the claim says `expected`, and the numbers differ by more "
    "than\n"
    "            is allowed, as we expect: the statement says how\n"
    "Of several numbers (the steps of all layers) the worst one is shown.\n"
    "Exit code 1 when a claim fails. A name selects a claim or a group. Keys "
    "of\n"
    "a claim's own setting (--list) can be changed; where a published figure "
    "is\n"
    "expected, only how many prompts are drawn.\n";

static const iclgd_key keys[] = {
    {"seed", ICLGD_KEY_INT, "1", NULL, 0, 9e15, "", "of all that is drawn",
     false},
    {"threads", ICLGD_KEY_INT, "2", NULL, 1, 256, "", "changes no number",
     true},
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

/* How many claims there are of each verdict. */
typedef struct tally {
  size_t of[3];
} tally;

/* A group in full, or the beginning of claims of one: "o4", "o4.l". */
static bool selects(const char *name, const char *id) {
  const size_t length = strlen(name), group = strcspn(id, ".");
  return strncmp(id, name, length) == 0 && length >= group;
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

/* Whether the setting of a claim has the key of `word` (key=value), to be
 * changed. */
static bool takes(const iclgd_claim *claim, const char *word) {
  const size_t length = strcspn(word, "=") + 1;
  const bool fixed = strstr(claim->setting, "figure=") != NULL;
  if (fixed && strncmp(word, "prompts=", length) != 0) return false;
  for (const char *at = claim->setting; *at; ++at)
    if ((at == claim->setting || at[-1] == ' ') &&
        strncmp(at, word, length) == 0)
      return true;
  return false;
}

/* A change is a mistake when no claim takes it. */
static iclgd_status check_changes(const request *q, iclgd_error *err) {
  size_t count;
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t k = 0; k < q->n_changes; ++k) {
    bool taken = false;
    for (size_t i = 0; i < count; ++i)
      taken |= is_wanted(q, &claims[i]) && takes(&claims[i], q->changes[k]);
    if (!taken)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "%s: expected seed, threads or a key of the claims "
                        "(see `iclgd verify --list`)",
                        q->changes[k]);
  }
  return ICLGD_OK;
}

/* The claim with the changes that it takes behind its setting, in `room`. */
static iclgd_claim changed(const request *q, const iclgd_claim *claim,
                           char *room, size_t size) {
  iclgd_claim out = *claim;
  snprintf(room, size, "%s", claim->setting);
  for (size_t k = 0; k < q->n_changes; ++k) {
    const size_t used = strlen(room);
    if (takes(claim, q->changes[k]))
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

static json_t *claim_json(const iclgd_claim *c) {
  return json_pack("{s:s,s:s,s:s,s:s,s:b}", "id", c->id, "statement",
                   c->statement, "source", c->source, "setting", c->setting,
                   "full", c->full);
}

static json_t *result_json(const iclgd_claim *c, const iclgd_claim_result *r) {
  const iclgd_evidence *e = &r->evidence;
  json_t *object = claim_json(c);
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

/* Six digits, or the two digits that a standard error leaves of a number. */
static void write_numbers(const iclgd_evidence *e, char *expected,
                          char *measured, size_t size) {
  const double error = e->standard_error;
  if (error > 0 && isfinite(error) && fabs(e->measured) >= 1e-3 &&
      fabs(e->measured) < 1e6) {
    const int decimals = iclgd_decimals(error);
    snprintf(measured, size, "%.*f +- %.*f", decimals, e->measured, decimals,
             error);
  } else if (error > 0) {
    snprintf(measured, size, "%.4g +- %.2g", e->measured, error);
  } else {
    snprintf(measured, size, "%.7g", e->measured);
  }
  snprintf(expected, size, "%.7g", e->expected);
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

static void print_explanation(const iclgd_claim *c) {
  print_wrapped(c->statement);
  print_wrapped(c->source);
  if (*c->setting) print_wrapped(c->setting);
}

/* Without seconds when quiet: then equal runs print equal bytes. */
static void print_head(const request *q) {
  printf("%-22s %10s  %-22s %8s  %s\n", "claim", "expected", "measured +- s.e.",
         "allowed", q->quiet ? "verdict" : "verdict    s");
}

static void print_result(const request *q, const iclgd_claim *c,
                         const iclgd_claim_result *r) {
  char expected[32], measured[32];
  const char *verdict = iclgd_verdict_name(r->verdict);
  write_numbers(&r->evidence, expected, measured, sizeof measured);
  printf("%-22s %10s  %-22s %8.2g  ", c->id, expected, measured,
         4 * r->evidence.standard_error + r->evidence.tolerance);
  if (q->quiet)
    puts(verdict);
  else
    printf("%-7s %4.1f\n", verdict, r->seconds);
  if (r->verdict != ICLGD_HOLDS) print_explanation(c);
  fflush(stdout);
}

static void show_progress(const request *q, const iclgd_claim *c, size_t done,
                          size_t total) {
  if (q->quiet || !isatty(STDERR_FILENO)) return;
  fprintf(stderr, "\r\033[K%zu/%zu  %.60s", done + 1, total, c->id);
}

static void clear_progress(const request *q) {
  if (!q->quiet && isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
}

/* Check the claims that are wanted; json: an array, or NULL for text. */
static iclgd_status check_all(const request *q,
                              const iclgd_verify_options *options,
                              json_t *array, tally *sum, iclgd_error *err) {
  size_t count, total = 0, done = 0;
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i) total += is_wanted(q, &claims[i]);
  for (size_t i = 0; i < count; ++i) {
    iclgd_claim_result result;
    char room[2048];
    if (!is_wanted(q, &claims[i])) continue;
    const iclgd_claim claim = changed(q, &claims[i], room, sizeof room);
    show_progress(q, &claim, done++, total);
    const iclgd_status status =
        iclgd_claim_check(&claim, options, &result, err);
    clear_progress(q);
    if (status) return status;
    if (!array && done == 1) print_head(q);
    ++sum->of[result.verdict];
    if (!array)
      print_result(q, &claim, &result);
    else if (json_array_append_new(array, result_json(&claim, &result)))
      return iclgd_fail_memory(err, "the answer");
  }
  return ICLGD_OK;
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
      json_array_append_new(array, claim_json(&claims[i]));
      continue;
    }
    printf("%s%s\n", claims[i].id, claims[i].full ? " (--full)" : "");
    print_explanation(&claims[i]);
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

static iclgd_status run_claims(const request *q, json_t *array, tally *sum,
                               iclgd_error *err) {
  char reference[4096];
  iclgd_verify_options options = {.seed = q->seed, .reference = reference};
  iclgd_status status = find_reference(reference, sizeof reference, err);
  if (!status) status = iclgd_pool_create(q->threads, &options.pool, err);
  if (status) return status;
  status = check_all(q, &options, q->json ? array : NULL, sum, err);
  iclgd_pool_free(options.pool);
  if (!status && q->json) return print_json(array, err);
  if (!status)
    printf("\n%zu hold, %zu fail, %zu findings\n", sum->of[ICLGD_HOLDS],
           sum->of[ICLGD_FAILS], sum->of[ICLGD_FINDING]);
  return status;
}

static int run(int argc, char **argv) {
  iclgd_error err;
  request q = {0};
  tally sum = {{0}};
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
