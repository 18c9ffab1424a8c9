/* iclgd bench: how fast training is on this machine, as text or JSON. */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "bench/bench.h"
#include "cli/propose.h"
#include "run/build_info.h"

/* The processor's name as Linux tells it, or "unknown". */
static void processor_name(char *out, size_t size) {
  char line[256];
  snprintf(out, size, "unknown");
  FILE *file = fopen("/proc/cpuinfo", "r");
  if (!file) return;
  while (fgets(line, sizeof line, file)) {
    if (strncmp(line, "model name", 10) != 0) continue;
    const char *value = strchr(line, ':');
    if (!value) continue;
    value += strspn(value, ": ");
    snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
    break;
  }
  fclose(file);
}

typedef struct request {
  const char *names[64];
  size_t n_names;
  size_t threads;
  double seconds;
  json_t *lists; /* part -> list of results; NULL for text */
} request;

static bool is_wanted(const request *q, const iclgd_bench_case *c) {
  for (size_t i = 0; i < q->n_names; ++i)
    if (strcmp(q->names[i], c->part) == 0 || strcmp(q->names[i], c->name) == 0)
      return true;
  return q->n_names == 0;
}

static iclgd_status add_name(request *q, const char *name, iclgd_error *err) {
  size_t count;
  const iclgd_bench_case *cases = iclgd_bench_cases(&count);
  iclgd_nearest near = iclgd_nearest_to(name);
  for (size_t i = 0; i < count; ++i) {
    const char *const both[] = {cases[i].part, cases[i].name};
    for (size_t k = 0; k < 2; ++k) {
      if (strcmp(name, both[k]) == 0) {
        if (q->n_names == sizeof q->names / sizeof *q->names)
          return iclgd_fail(err, ICLGD_EUSAGE, "too many names");
        q->names[q->n_names++] = name;
        return ICLGD_OK;
      }
      iclgd_nearest_try(&near, both[k]);
    }
  }
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "unknown part or case '%s'%s (see `iclgd bench --help`)",
                    name, iclgd_nearest_phrase(&near));
}

static iclgd_status parse(const iclgd_cli *cli, request *q, iclgd_error *err) {
  iclgd_settings *settings;
  iclgd_status status =
      iclgd_settings_create(&cli->command->keys, 1, &settings, err);
  if (status) return status;
  for (int i = 0; !status && i < cli->count; ++i)
    status = strchr(cli->rest[i], '=')
                 ? iclgd_settings_override(settings, cli->rest[i], err)
                 : add_name(q, cli->rest[i], err);
  q->threads = iclgd_get_size(settings, "threads");
  q->seconds = iclgd_get_real(settings, "seconds");
  iclgd_settings_free(settings);
  return status;
}

static json_t *result_json(const iclgd_bench_result *r) {
  return json_pack(
      "{s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:s, "
      "s:f, s:f, s:f, s:f, s:f, s:f, s:f}",
      "name", r->what->name, "d", (json_int_t)r->d, "n", (json_int_t)r->n,
      "depth", (json_int_t)r->depth, "batch", (json_int_t)r->batch, "threads",
      (json_int_t)r->threads, "weights", r->family, "sampler", r->sampler,
      "precision", r->precision, "ms_per_step", r->ms_per_step,
      "cpu_ms_per_step", r->cpu_ms_per_step, "prompts_per_s", r->prompts_per_s,
      "flops_per_prompt", r->flops_per_prompt, "gflops", r->gflops,
      "peak_gflops", r->peak_gflops, "peak_fraction", r->peak_fraction);
}

static void print_head(const char *part) {
  printf("\n%s\n%-11s %3s %5s %5s %5s %-7s %2s %9s %8s %7s %5s\n", part, "case",
         "d", "n", "depth", "batch", "sampler", "th", "ms/step", "Mprompt/s",
         "GFLOP/s", "peak");
}

static void print_result(const iclgd_bench_result *r) {
  printf("%-11s %3zu %5zu %5zu %5zu %-7s %2zu %9.4g %9.4g %7.4g %4.0f%%\n",
         r->what->name, r->d, r->n, r->depth, r->batch, r->sampler, r->threads,
         r->ms_per_step, 1e-6 * r->prompts_per_s, r->gflops,
         100 * r->peak_fraction);
  fflush(stdout);
}

static iclgd_status run_case(request *q, const iclgd_bench_case *c,
                             iclgd_error *err) {
  iclgd_status status = ICLGD_OK;
  for (size_t threads = 1; !status; threads = q->threads) {
    iclgd_bench_result result;
    status = iclgd_bench_measure(c, threads, q->seconds, &result, err);
    if (!status && q->lists) {
      json_t *list = json_object_get(q->lists, c->part);
      if (json_array_append_new(list, result_json(&result)) != 0)
        status = iclgd_fail_memory(err, "the answer");
    } else if (!status) {
      print_result(&result);
    }
    if (threads == q->threads) break;
  }
  return status;
}

static iclgd_status run_cases(request *q, iclgd_error *err) {
  size_t count;
  const iclgd_bench_case *cases = iclgd_bench_cases(&count);
  const char *part = "";
  for (size_t i = 0; i < count; ++i) {
    if (!is_wanted(q, &cases[i])) continue;
    if (strcmp(part, cases[i].part) != 0) {
      part = cases[i].part;
      if (q->lists)
        json_object_set_new(q->lists, part, json_array());
      else
        print_head(part);
    }
    TRY(run_case(q, &cases[i], err));
  }
  return ICLGD_OK;
}

/* The machine: its name, the peak on one thread and on all, normals. */
static iclgd_status run_bench(request *q, bool as_json, iclgd_error *err) {
  char processor[128], room[2][64];
  double peak, peak_all;
  TRY(iclgd_bench_peak(ICLGD_SINGLE, 1, &peak, err));
  TRY(iclgd_bench_peak(ICLGD_SINGLE, q->threads, &peak_all, err));
  const double normals = iclgd_bench_normals();
  processor_name(processor, sizeof processor);
  const char *set =
      iclgd_build_fact_named("instruction_set", room[0], sizeof room[0]);
  const char *compiler =
      iclgd_build_fact_named("compiler", room[1], sizeof room[1]);
  if (!as_json) {
    printf("%s, %s, %s\n", processor, set, compiler);
    printf("peak %.0f GFLOP/s on one thread, %.0f on %zu (float32)\n",
           1e-9 * peak, 1e-9 * peak_all, q->threads);
    printf("normals %.2f ns each\n", 1e9 / normals);
    return run_cases(q, err);
  }
  q->lists = json_pack("{s:s, s:s, s:s, s:f, s:f, s:I, s:f}", "processor",
                       processor, "instruction_set", set, "compiler", compiler,
                       "peak_gflops_one_thread", 1e-9 * peak, "peak_gflops",
                       1e-9 * peak_all, "threads", (json_int_t)q->threads,
                       "normals_per_s", normals);
  if (!q->lists) return iclgd_fail_memory(err, "the answer");
  iclgd_status status = run_cases(q, err);
  if (!status) return iclgd_cli_json(q->lists, JSON_INDENT(1), err);
  json_decref(q->lists);
  return status;
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  request q = {0};
  TRY(parse(cli, &q, err));
  return run_bench(&q, cli->json, err);
}

static void propose(int n_words, char **words) {
  const char *typed = words[n_words - 1];
  size_t count;
  const char *part = "";
  const iclgd_bench_case *cases = iclgd_bench_cases(&count);
  for (size_t i = 0; i < count; ++i) {
    if (strcmp(cases[i].part, part) != 0)
      iclgd_propose(typed, "", cases[i].part, "");
    part = cases[i].part;
    iclgd_propose(typed, "", cases[i].name, "");
  }
}

static const iclgd_key keys[] = {
    KEY_INT("threads", "1", 1, 256, "measure on one thread and on this many"),
    KEY_REAL("seconds", "0.5", 0.001, 3600, "of each measurement", .unit = "s"),
};

const iclgd_command iclgd_command_bench = {
    .name = "bench",
    .summary = "how fast training is on this machine",
    .arguments = "[PART|CASE ...] [key=value ...]",
    .count = {0, ICLGD_ANY},
    ICLGD_OPTIONS(iclgd_option_json),
    ICLGD_KEYS(keys),
    .examples =
        "  iclgd bench                       everything, about a minute\n"
        "  iclgd bench shapes                the five shapes of docs/speed.md\n"
        "  iclgd bench a b1 threads=2        two cases; one thread and two\n",
    .notes =
        "Parts: shapes, transformers, families, by-n, by-d, by-loops. Times "
        "are whole "
        "training steps (data, forward, backward, Adam), medians of five "
        "rounds. GFLOP/s count two for each multiply-add that a prompt with "
        "t tokens needs, D = d + 1:\n"
        "  context                t d (d + 1) / 2\n"
        "  scalar, diagonal, gd   5 d^2 depth\n"
        "  gdpp, full             (10 (depth - k) - 1.5) D^3 + c D^2,\n"
        "                         k = 2, 3 from D = 14, 4 from D = 30 on: the\n"
        "                         last layers, by vectors; c = 33, 114, 357;\n"
        "                         of depth k or less no cubes, and by depth\n"
        "                         c = 4, 28, 100, 316; one layer alone 4 t d "
        "+\n"
        "                         2 D^2 where that is less with its context\n"
        "and of a transformer three times what its forward pass needs. "
        "The peak is a loop of multiply-adds in registers, timed just before.",
    .propose = propose,
    .run = run,
};
