/* Shared options, presets and overrides. */
#include "cli/options.h"

#include <getopt.h>
#include <iclgd/keys.h>
#include <iclgd/run.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "cli/data_folder.h"

enum {
  OPT_JSON = 256,
  OPT_ALL,
  OPT_FORCE,
  OPT_PROMPTS,
  OPT_STREAM,
  OPT_REPRODUCIBLE,
  OPT_WHAT,
  OPT_MARKDOWN,
  OPT_FORMAT,
  OPT_LIST,
  OPT_WATCHABLE,
  OPT_ALGORITHMS,
  OPT_TITLE,
  OPT_WIDTH
};

static const struct option longs[] = {
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {"quiet", no_argument, NULL, 'q'},
    {"json", no_argument, NULL, OPT_JSON},
    {"all", no_argument, NULL, OPT_ALL},
    {"force", no_argument, NULL, OPT_FORCE},
    {"prompts", required_argument, NULL, OPT_PROMPTS},
    {"stream", required_argument, NULL, OPT_STREAM},
    {"reproducible", no_argument, NULL, OPT_REPRODUCIBLE},
    {"what", required_argument, NULL, OPT_WHAT},
    {"markdown", no_argument, NULL, OPT_MARKDOWN},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"list", no_argument, NULL, OPT_LIST},
    {"watchable", no_argument, NULL, OPT_WATCHABLE},
    {"algorithms", required_argument, NULL, OPT_ALGORITHMS},
    {"title", required_argument, NULL, OPT_TITLE},
    {"width", required_argument, NULL, OPT_WIDTH},
    {NULL, 0, NULL, 0},
};

static const struct {
  const char *name;
  iclgd_stream_id id;
} streams[] = {{"train", ICLGD_STREAM_TRAIN},
               {"eval", ICLGD_STREAM_EVAL},
               {"tune", ICLGD_STREAM_TUNE},
               {"probe", ICLGD_STREAM_PROBE}};

static iclgd_status set_stream(const char *name, iclgd_cli *out,
                               iclgd_error *err) {
  for (size_t i = 0; i < sizeof streams / sizeof *streams; ++i)
    if (strcmp(streams[i].name, name) == 0) {
      out->stream = streams[i].id;
      return ICLGD_OK;
    }
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "--stream %s: expected train, eval, tune or probe", name);
}

/* How a figure is drawn. */
static iclgd_status set_figure_option(int c, iclgd_cli *out, unsigned *bit,
                                      iclgd_error *err) {
  char *end;
  *bit = ICLGD_OPT_FIGURE;
  if (c == OPT_ALGORITHMS) out->algorithms = optarg;
  if (c == OPT_TITLE) out->title = optarg;
  if (c == OPT_TITLE &&
      iclgd_utf8_valid(optarg, strlen(optarg)) < strlen(optarg))
    return iclgd_fail(err, ICLGD_EUSAGE, "--title %s: expected text in UTF-8",
                      optarg);
  if (c != OPT_WIDTH) return ICLGD_OK;
  out->width = strtod(optarg, &end);
  if (end != optarg && *end == '\0' && out->width >= 5 && out->width <= 100)
    return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "--width %s: expected a number of cm from 5 to 100",
                    optarg);
}

/* Set one option; its bit in *bit (0 for --help). */
static iclgd_status set_option(int c, iclgd_cli *out, unsigned *bit,
                               iclgd_error *err) {
  switch (c) {
    case 'h':
      out->help = true;
      *bit = 0;
      break;
    case 'o':
      out->output = optarg;
      *bit = ICLGD_OPT_OUTPUT;
      break;
    case 'q':
      out->quiet = true;
      *bit = ICLGD_OPT_QUIET;
      break;
    case OPT_ALL:
      out->all = true;
      *bit = ICLGD_OPT_ALL;
      break;
    case OPT_JSON:
      out->json = true;
      *bit = ICLGD_OPT_JSON;
      break;
    case OPT_FORCE:
      out->force = true;
      *bit = ICLGD_OPT_FORCE;
      break;
    case OPT_PROMPTS:
      out->prompts = optarg;
      *bit = ICLGD_OPT_PROMPTS;
      break;
    case OPT_REPRODUCIBLE:
      out->reproducible = true;
      *bit = ICLGD_OPT_REPRODUCIBLE;
      break;
    case OPT_WHAT:
      out->what = optarg;
      *bit = ICLGD_OPT_WHAT;
      break;
    case OPT_MARKDOWN:
      out->markdown = true;
      *bit = ICLGD_OPT_MARKDOWN;
      break;
    case OPT_FORMAT:
      out->format = optarg;
      *bit = ICLGD_OPT_FORMAT;
      break;
    case OPT_LIST:
      out->list = true;
      *bit = ICLGD_OPT_LIST;
      break;
    case OPT_WATCHABLE:
      out->watchable = true;
      *bit = ICLGD_OPT_WATCHABLE;
      break;
    case OPT_STREAM:
      *bit = ICLGD_OPT_STREAM;
      return set_stream(optarg, out, err);
    default:
      return set_figure_option(c, out, bit, err);
  }
  return ICLGD_OK;
}

static const char *long_name(int option) {
  const struct option *row = longs;
  while (row->name && row->val != option) ++row;
  return row->name ? row->name : "";
}

/* A `-` where others would read or write a pipe: HDF5 seeks in its files. */
static iclgd_status refuse_pipe(const iclgd_cli *cli, unsigned allowed,
                                iclgd_error *err) {
  bool piped = cli->prompts && strcmp(cli->prompts, "-") == 0;
  if (allowed & ICLGD_HDF5_OUTPUT)
    piped |= cli->output && strcmp(cli->output, "-") == 0;
  for (int i = 0; (allowed & ICLGD_HDF5_INPUT) && i < cli->count; ++i)
    piped |= strcmp(cli->rest[i], "-") == 0;
  return piped ? iclgd_fail(err, ICLGD_EUSAGE,
                            "-: HDF5 files cannot be piped: expected the name "
                            "of a file")
               : ICLGD_OK;
}

iclgd_status iclgd_cli_parse(int argc, char **argv, unsigned allowed,
                             iclgd_stream_id stream, iclgd_cli *out,
                             iclgd_error *err) {
  *out = (iclgd_cli){.stream = stream};
  optind = 1;
  opterr = 0;
  for (;;) {
    const int c = getopt_long(argc, argv, ":o:hq", longs, NULL);
    if (c == -1) break;
    if (c == ':')
      return iclgd_fail(err, ICLGD_EUSAGE, "%s: option %s needs a value",
                        argv[0], argv[optind - 1]);
    if (c == '?')
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "%s: unknown option %s (see `iclgd %s --help`)",
                        argv[0], argv[optind - 1], argv[0]);
    unsigned bit = 0;
    const iclgd_status status = set_option(c, out, &bit, err);
    if (status) return status;
    if (bit & ~allowed)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "%s: has no option --%s (see `iclgd %s --help`)",
                        argv[0], long_name(c), argv[0]);
  }
  out->count = argc - optind;
  out->rest = argv + optind;
  return refuse_pipe(out, allowed, err);
}

/* The name of a table that a run file has from us ("/usr/share/iclgd/tables/
 * diabetes.csv"): what we shipped may be opened on its word. */
static const char *shipped_name(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) return path;
  static const char folder[] = "/tables";
  const size_t length = sizeof folder - 1;
  return (size_t)(slash - path) >= length &&
                 strncmp(slash - length, folder, length) == 0
             ? slash + 1
             : "";
}

/* A table that a run file names: one of ours, or left for the user to name. */
static iclgd_status find_inherited(iclgd_settings *settings, iclgd_error *err) {
  const char *path = iclgd_get_form(settings, "prompt.source").argument;
  const char *name = shipped_name(path);
  char found[4096], value[4200];
  if (!*name || iclgd_data_file("tables", name, found, sizeof found, err))
    return ICLGD_OK;
  snprintf(value, sizeof value, "table:%s", found);
  if (strcmp(found, path) != 0)
    return iclgd_settings_set(
        settings, "prompt.source", value,
        iclgd_settings_inherited(settings, "prompt.source"), err);
  iclgd_settings_accept(settings, "prompt.source");
  return ICLGD_OK;
}

/* `table:NAME` that is no file here is looked for in data/tables; `here` is the
 * folder of the INI that says so, else the working directory. */
static iclgd_status find_table(iclgd_settings *settings, iclgd_error *err) {
  static const char key[] = "prompt.source";
  const iclgd_form source = iclgd_get_form(settings, key);
  const char *written = iclgd_settings_written_path(settings, key);
  char path[4096], value[4200];
  if (*source.argument == '\0') return ICLGD_OK;
  if (iclgd_settings_inherited(settings, key))
    return find_inherited(settings, err);
  if (access(source.argument, F_OK) == 0) return ICLGD_OK;
  if (iclgd_data_file("tables", written, path, sizeof path, err))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: prompt.source = %s: no such file%s, nor among the "
                      "tables that come with iclgd",
                      iclgd_settings_source(settings, key), source.text,
                      written != source.argument
                          ? " (paths in a file start at its folder)"
                          : " here");
  snprintf(value, sizeof value, "table:%s", path);
  return iclgd_settings_set(settings, key, value,
                            iclgd_settings_source(settings, key), err);
}

/* The same key twice: which was meant? */
static iclgd_status refuse_twice(char **assignments, int i, iclgd_error *err) {
  const size_t length = strcspn(assignments[i], "=") + 1;
  for (int j = 0; j < i; ++j)
    if (strncmp(assignments[j], assignments[i], length) == 0)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "argument '%s': expected each key once, found '%s' "
                        "before it",
                        assignments[i], assignments[j]);
  return ICLGD_OK;
}

iclgd_status iclgd_cli_override(iclgd_settings *settings, char **assignments,
                                int count, iclgd_error *err) {
  for (int i = 0; i < count; ++i) {
    iclgd_status status =
        iclgd_settings_override(settings, assignments[i], err);
    if (!status) status = refuse_twice(assignments, i, err);
    if (status) return status;
  }
  return find_table(settings, err);
}

static iclgd_status unknown_preset(const char *name, iclgd_error *err) {
  iclgd_arena arena = {0};
  iclgd_nearest near = iclgd_nearest_to(name);
  char **names;
  size_t count;
  iclgd_status status = iclgd_data_presets(&arena, &names, &count, err);
  for (size_t i = 0; !status && i < count; ++i)
    iclgd_nearest_try(&near, names[i]);
  iclgd_arena_free(&arena);
  if (status) return status;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "no preset '%s'%s (see `iclgd presets`; "
                    "a file of your own ends with .ini)",
                    name, iclgd_nearest_phrase(&near));
}

iclgd_status iclgd_cli_preset(const char *name, char *out, size_t size,
                              iclgd_error *err) {
  char file[256];
  snprintf(file, sizeof file, "%s.ini", name);
  return iclgd_data_file("presets", file, out, size, err)
             ? unknown_preset(name, err)
             : ICLGD_OK;
}

static bool ends_with(const char *text, const char *end) {
  const size_t length = strlen(text), tail = strlen(end);
  return length > tail && strcmp(text + length - tail, end) == 0;
}

bool iclgd_cli_is_run(const char *name) {
  return ends_with(name, ".h5");
}

/* A file when it looks like one (of a run: the settings it was made with), else
 * a preset. */
static iclgd_status load_named(iclgd_settings *settings, const char *name,
                               iclgd_error *err) {
  char path[4096];
  if (iclgd_cli_is_run(name)) return iclgd_settings_of_run(settings, name, err);
  if (strchr(name, '/') || ends_with(name, ".ini"))
    return iclgd_settings_load(settings, name, err);
  const iclgd_status status = iclgd_cli_preset(name, path, sizeof path, err);
  return status ? status : iclgd_settings_load(settings, path, err);
}

iclgd_status iclgd_cli_settings(const char *name, char **assignments, int count,
                                iclgd_settings **out, iclgd_error *err) {
  iclgd_status status = iclgd_settings_defaults(out, err);
  if (status) return status;
  if (name) status = load_named(*out, name, err);
  if (!status) status = iclgd_cli_override(*out, assignments, count, err);
  if (status) {
    iclgd_settings_free(*out);
    *out = NULL;
  }
  return status;
}
