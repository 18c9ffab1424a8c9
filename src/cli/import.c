/* iclgd import: a model that was trained elsewhere, as a model file. */
#include <iclgd/import.h>
#include <stdio.h>
#include <string.h>

#include "cli/propose.h"
#include "cli/settings.h"
#include "view/text.h"

/* "FILE.h5" for FILE.safetensors, in the working directory. */
static void default_output(const char *name, char *out, size_t size) {
  const char *slash = strrchr(name, '/');
  const char *base = slash ? slash + 1 : name;
  const char *dot = strrchr(base, '.');
  const int length =
      (int)(dot && dot > base ? (size_t)(dot - base) : strlen(base));
  const bool is_hdf5 = iclgd_cli_is_run(name);
  snprintf(out, size, "%.*s%s.h5", length, base, is_hdf5 ? "-model" : "");
}

static json_t *list_of(const char *const *texts, size_t count) {
  json_t *list = json_array();
  for (size_t i = 0; i < count; ++i)
    json_array_append_new(list, json_string(texts[i]));
  return list;
}

static json_t *keys_of(const iclgd_import_report *r) {
  json_t *keys = json_object();
  for (size_t i = 0; i < r->n_words; ++i)
    json_object_set_new(keys, r->words[i].key,
                        json_pack("{s:s,s:s}", "value", r->words[i].value,
                                  "source", r->words[i].source));
  return keys;
}

static json_t *report_json(const char *output, const iclgd_import_report *r) {
  json_t *check =
      r->check_prompts
          ? json_pack("{s:I,s:I,s:f}", "prompts", (json_int_t)r->check_prompts,
                      "layers", (json_int_t)r->check_layers, "difference",
                      r->check_difference)
          : json_null();
  return json_pack("{s:s,s:s,s:s,s:I,s:I,s:o,s:o,s:o,s:o}", "file", output,
                   "names", r->names, "architecture", r->architecture, "arrays",
                   (json_int_t)r->arrays, "parameters",
                   (json_int_t)r->parameters, "keys", keys_of(r), "left_out",
                   list_of(r->left_out, r->n_left_out), "zero",
                   list_of(r->zero, r->n_zero), "check", check);
}

/* The keys of one source in a paragraph. */
static void print_words(const iclgd_import_report *r, size_t first) {
  char text[4096];
  const char *source = r->words[first].source;
  size_t used = 0;
  for (size_t i = first; i < r->n_words && used < sizeof text; ++i)
    if (strcmp(r->words[i].source, source) == 0)
      used += (size_t)snprintf(text + used, sizeof text - used, " %s=%s",
                               r->words[i].key, r->words[i].value);
  printf("%s:\n", source);
  iclgd_text_wrap(stdout, text + 1, 2);
}

static bool is_first(const iclgd_import_report *r, size_t i) {
  for (size_t k = 0; k < i; ++k)
    if (strcmp(r->words[k].source, r->words[i].source) == 0) return false;
  return true;
}

/* At most a few names, and how many more there are. */
static void print_names(const char *what, const char *const *names,
                        size_t count) {
  enum { SHOWN = 6 };
  char text[2048];
  size_t used = (size_t)snprintf(text, sizeof text, "%s:", what);
  for (size_t i = 0; i < count && i < SHOWN && used < sizeof text; ++i)
    used += (size_t)snprintf(text + used, sizeof text - used, "%s %.200s",
                             i ? "," : "", names[i]);
  if (count > SHOWN && used < sizeof text)
    snprintf(text + used, sizeof text - used, " and %zu more", count - SHOWN);
  if (count > 0) iclgd_text_wrap(stdout, text, 0);
}

static void print_report(const char *output, const iclgd_import_report *r) {
  printf("%s: %s, %zu numbers, from %zu arrays by the names %s\n", output,
         r->architecture, r->parameters, r->arrays, r->names);
  for (size_t i = 0; i < r->n_words; ++i)
    if (is_first(r, i)) print_words(r, i);
  print_names("left out", r->left_out, r->n_left_out);
  print_names("not there, taken as 0", r->zero, r->n_zero);
  if (r->check_prompts)
    printf(
        "check: predictions of %zu prompts after %zu layer%s agree, largest "
        "difference %.2g of the largest (limit %g)\n",
        r->check_prompts, r->check_layers, r->check_layers == 1 ? "" : "s",
        r->check_difference, ICLGD_IMPORT_AGREEMENT);
  else
    iclgd_text_wrap(stdout,
                    "Nothing was checked: the file has no predictions "
                    "(check/x, check/y, check/x_query, check/prediction) to "
                    "compare with.",
                    0);
}

static iclgd_status import(iclgd_cli *cli, iclgd_settings *settings,
                           iclgd_arena *arena, iclgd_error *err) {
  char output[512];
  iclgd_import_report report;
  default_output(cli->rest[0], output, sizeof output);
  const iclgd_import_options options = {
      .weights = cli->rest[0],
      .names = cli->as,
      .map = cli->map,
      .output = cli->output ? cli->output : output,
      .force = cli->force,
      .reproducible = cli->reproducible};
  const iclgd_status status =
      iclgd_import(settings, &options, arena, &report, err);
  if (status) return status;
  if (cli->json)
    return iclgd_cli_json(report_json(options.output, &report), JSON_INDENT(2),
                          err);
  if (!cli->quiet) print_report(options.output, &report);
  return ICLGD_OK;
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  iclgd_settings *settings;
  iclgd_arena arena = {0};
  if (cli->list && cli->count == 0) {
    const char *name, *description, *map;
    for (size_t i = 0;
         (name = iclgd_import_dialect(i, &description, &map)) != NULL; ++i)
      if (!cli->as || strcmp(cli->as, name) == 0)
        printf("# %s: %s\n%s\n", name, description, map);
    return ICLGD_OK;
  }
  if (cli->count == 0) return ICLGD_EUSAGE;
  iclgd_status status =
      iclgd_cli_settings(NULL, cli->rest + 1, cli->count - 1, &settings, err);
  if (status) return status;
  status = import(cli, settings, &arena, err);
  iclgd_arena_free(&arena);
  iclgd_settings_free(settings);
  return status;
}

static void propose(int count, char **words) {
  iclgd_propose_keys(words[count - 1], "=");
}

static const iclgd_option options[] = {
    ICLGD_VALUE(output, 'o', "FILE", "the model file to write", .hdf5 = true),
    ICLGD_VALUE(as, 0, "NAMES",
                "whose names the arrays have: gpt2, nanogpt, linear, own; "
                "default: what they look like",
                .choices = "gpt2|nanogpt|linear|own"),
    ICLGD_VALUE(map, 0, "FILE", "names of your own, see below"),
    ICLGD_SWITCH(list, 0, "print the maps of all NAMES, or of --as"),
    ICLGD_SWITCH(force, 0, "replace the model file if it exists"),
    ICLGD_SWITCH(json, 0, "print what was found as JSON"),
    ICLGD_SWITCH(quiet, 'q', "print nothing"),
    ICLGD_SWITCH(reproducible, 0,
                 "no date in the file: equal arrays, equal bytes"),
};

const iclgd_command iclgd_command_import = {
    .name = "import",
    .summary = "weights trained elsewhere (safetensors, HDF5) as a model file",
    .arguments = "FILE.safetensors|FILE.h5 [key=value ...]",
    .count = {0, ICLGD_ANY},
    ICLGD_OPTIONS(options),
    .examples =
        "  iclgd import garg.safetensors model.heads=8    writes garg.h5\n"
        "  iclgd import mine.safetensors --map mine.txt model.heads=4 -o m.h5\n"
        "  iclgd import --list --as gpt2 >mine.txt        a map to start with\n"
        "  iclgd probe garg.h5 prompt.n=40                then as any model\n",
    .notes =
        "In PyTorch: safetensors.torch.save_file(model.state_dict(), "
        "\"garg.safetensors\"). No pickle is read.\n"
        "Keys that arrays show (layers, width, prompt.d, ...) are taken from "
        "them, others from the names; heads must be given. prompt.* says what "
        "it was trained on.\n"
        "Add a proof: arrays check/x (prompt, context, feature), check/y "
        "(prompt, context), check/x_query (prompt, feature) and "
        "check/prediction (prompt) or (layer, prompt) of your framework. They "
        "must agree, and the file says how far.\n"
        "A map has lines\n"
        "  THEIRS = OURS [transpose] [rows 2/3 | rows 0:64 | first]\n"
        "  THEIRS = -            left out\n"
        "  set KEY = VALUE       a key that goes with these names\n"
        "  strip PREFIX          names may begin with it\n"
        "  same                  other names are ours\n"
        "where * in THEIRS is the number of the layer, from 0; without it an "
        "array of the layers has them as its first dim. Matrices are (out, "
        "in), as of nn.Linear; `transpose` for (in, out); rows are a part of "
        "them, `first` as many as the model has.",
    .propose = propose,
    .run = run,
};
