/* iclgd run, generate, train, probe: the pipeline and its stages. */
#include <iclgd/record.h>
#include <iclgd/report.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"

static volatile sig_atomic_t caught; /* the signal that asked to stop */

static void on_signal(int number) {
  caught = number;
}

/* Signals that end a process and can be heeded: a stage then ends early, and
 * no temporary file stays. Those of errors in the program are not among them.
 */
static const int ends[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,   SIGUSR1,
                           SIGUSR2, SIGALRM, SIGXCPU, SIGVTALRM, SIGPROF};

/* But for SIGHUP where nohup has it ignored. A progress line that nobody reads
 * any more is no reason to lose the run. */
static void heed_signals(void) {
  const struct sigaction action = {.sa_handler = on_signal};
  struct sigaction old;
  sigaction(SIGHUP, NULL, &old);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; ++i)
    if (ends[i] != SIGHUP || old.sa_handler != SIG_IGN)
      sigaction(ends[i], &action, NULL);
  signal(SIGPIPE, SIG_IGN);
}

/* Run the stages under signals and a progress line; an exit code. */
static int run_stages(const iclgd_settings *settings, unsigned stages,
                      const iclgd_cli *cli, const char *model) {
  iclgd_progress_line line;
  iclgd_error err;
  heed_signals();
  iclgd_progress_start(&line, cli->quiet);
  const iclgd_run_options options = {
      .output = cli->output,
      .force = cli->force,
      .reproducible = cli->reproducible,
      .watchable = cli->watchable,
      .prompts = cli->prompts,
      .model = model,
      .stream = cli->stream,
      .stop = &caught,
      .progress = iclgd_progress_show,
      .context = &line,
  };
  const iclgd_status status = iclgd_run(settings, stages, &options, &err);
  iclgd_progress_end(&line);
  signal(SIGPIPE, SIG_DFL); /* a summary that nobody reads ends quietly */
  if (status == ICLGD_STOPPED) {
    iclgd_cli_fail(status, &err);
    return 128 + caught;
  }
  if (status < 0) return iclgd_cli_fail(status, &err);
  if (status == ICLGD_DIVERGED) iclgd_cli_fail(status, &err);
  return iclgd_status_exit_code(status);
}

/* Print what the file holds, as `iclgd show` does. */
static int print_summary(const iclgd_cli *cli, int code) {
  iclgd_error err;
  if (cli->quiet && !cli->json) return code;
  const iclgd_status status =
      iclgd_report_summary(cli->output, cli->json, stdout, &err);
  return status ? iclgd_cli_fail(status, &err) : code;
}

/* The name of the preset, or of the file without folder and .ini, with `end`.
 */
static void default_output(const char *name, const char *end, char *out,
                           size_t size) {
  const char *slash = strrchr(name, '/');
  const char *base = slash ? slash + 1 : name;
  size_t length = strlen(base);
  if (length > 4 && strcmp(base + length - 4, ".ini") == 0) length -= 4;
  if (iclgd_cli_is_run(name)) {
    length -= 3;
    if (!*end) end = "-again";
  }
  snprintf(out, size, "%.*s%s.h5", (int)length, base, end);
}

/* A run that is repeated needs the prompts it had: where they came from a file,
 * that must be given again. */
static iclgd_status check_prompts(const char *name, const iclgd_cli *cli,
                                  iclgd_error *err) {
  iclgd_source *source;
  iclgd_arena arena = {0};
  char *file;
  if (!iclgd_cli_is_run(name) || cli->prompts) return ICLGD_OK;
  iclgd_status status = iclgd_source_open(name, &source, err);
  if (status) return status;
  if (iclgd_source_has_attr(source, "config", "prompts_file") &&
      !iclgd_source_attr_text(source, "config", "prompts_file", &arena, &file,
                              err))
    status = iclgd_fail(err, ICLGD_EUSAGE,
                        "%s: was made with the prompts of a file: expected "
                        "--prompts %s",
                        name, file);
  iclgd_source_close(source);
  iclgd_arena_free(&arena);
  return status;
}

/* run, generate and train: settings from a preset, then the stages. */
static int run_preset(int argc, char **argv, unsigned allowed, unsigned stages,
                      const iclgd_command *command, const char *end,
                      iclgd_stream_id stream) {
  iclgd_cli cli;
  iclgd_error err;
  iclgd_settings *settings;
  char output[512];
  iclgd_status status =
      iclgd_cli_parse(argc, argv, allowed, stream, &cli, &err);
  if (status) return iclgd_cli_fail(status, &err);
  if (cli.help || cli.count == 0) {
    fputs(command->help, cli.help ? stdout : stderr);
    return cli.help ? 0 : iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  const bool named = strchr(cli.rest[0], '=') == NULL;
  status = iclgd_cli_settings(named ? cli.rest[0] : NULL, cli.rest + named,
                              cli.count - named, &settings, &err);
  if (status) return iclgd_cli_fail(status, &err);
  if (named) status = check_prompts(cli.rest[0], &cli, &err);
  if (status) {
    iclgd_settings_free(settings);
    return iclgd_cli_fail(status, &err);
  }
  if (!cli.output) {
    default_output(named ? cli.rest[0] : "run", end, output, sizeof output);
    cli.output = output;
  }
  int code = run_stages(settings, stages, &cli, NULL);
  iclgd_settings_free(settings);
  if (code == 0 || code == iclgd_status_exit_code(ICLGD_DIVERGED))
    code = print_summary(&cli, code);
  return code;
}

enum {
  COMMON = ICLGD_OPT_OUTPUT | ICLGD_OPT_FORCE | ICLGD_OPT_JSON |
           ICLGD_OPT_QUIET | ICLGD_OPT_REPRODUCIBLE | ICLGD_HDF5_OUTPUT
};

static int run_all(int argc, char **argv) {
  return run_preset(
      argc, argv, COMMON | ICLGD_OPT_PROMPTS | ICLGD_OPT_WATCHABLE,
      ICLGD_STAGE_ALL, &iclgd_command_run, "", ICLGD_STREAM_PROBE);
}

static int run_generate(int argc, char **argv) {
  return run_preset(argc, argv, COMMON | ICLGD_OPT_STREAM, ICLGD_STAGE_GENERATE,
                    &iclgd_command_generate, "-prompts", ICLGD_STREAM_PROBE);
}

static int run_train(int argc, char **argv) {
  return run_preset(
      argc, argv, COMMON | ICLGD_OPT_PROMPTS | ICLGD_OPT_WATCHABLE,
      ICLGD_STAGE_TRAIN, &iclgd_command_train, "-model", ICLGD_STREAM_PROBE);
}

static int run_probe(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  iclgd_settings *settings;
  char output[512];
  iclgd_status status = iclgd_cli_parse(
      argc, argv,
      COMMON | ICLGD_OPT_PROMPTS | ICLGD_OPT_STREAM | ICLGD_HDF5_INPUT,
      ICLGD_STREAM_PROBE, &cli, &err);
  if (status) return iclgd_cli_fail(status, &err);
  if (cli.help || cli.count == 0) {
    fputs(iclgd_command_probe.help, cli.help ? stdout : stderr);
    return cli.help ? 0 : iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  const char *model = cli.rest[0];
  status = iclgd_cli_settings(NULL, NULL, 0, &settings, &err);
  if (status) return iclgd_cli_fail(status, &err);
  status = iclgd_settings_from_model(settings, model, &err);
  if (!status)
    status = iclgd_cli_override(settings, cli.rest + 1, cli.count - 1, &err);
  if (status) {
    iclgd_settings_free(settings);
    return iclgd_cli_fail(status, &err);
  }
  if (!cli.output) {
    default_output(model, "-probed", output, sizeof output);
    cli.output = output;
  }
  const int code = run_stages(settings, ICLGD_STAGE_PROBE, &cli, model);
  iclgd_settings_free(settings);
  return code == 0 ? print_summary(&cli, code) : code;
}

#define COMMON_HELP                                   \
  "  -o, --output FILE   the file to write\n"         \
  "      --force         replace it if it exists\n"   \
  "      --json          print the summary as JSON\n" \
  "  -q, --quiet         no progress, no summary\n"   \
  "      --reproducible  no date in the file: equal runs, equal bytes\n"

const iclgd_command iclgd_command_run = {
    .name = "run",
    .summary = "prompts, training, all probes, one file, a summary",
    .help =
        "usage: iclgd run PRESET|FILE.ini|RUN.h5 [key=value ...] [-o FILE]\n"
        "\n"
        "  iclgd run quickstart                      writes quickstart.h5\n"
        "  iclgd run looped model.loops=5 -o l5.h5   a preset with a change\n"
        "  iclgd run my.ini seeds=5 --force          settings of your own\n"
        "  iclgd run prompt.d=3 train.steps=500      no preset: defaults\n"
        "  iclgd run quickstart.h5                   as that file was made\n"
        "\n" COMMON_HELP
        "      --prompts FILE  prompts of a file: train on the first half, "
        "probe\n"
        "                      the second\n"
        "      --watchable     the file is there while it trains, for `iclgd "
        "watch`\n"
        "\n"
        "`iclgd presets` lists the presets, `iclgd keys` the keys.\n"
        "Exit code 4: training diverged; the file is complete and says so.\n",
    .run = run_all,
    .words = ICLGD_WORDS_PRESETS | ICLGD_WORDS_KEYS,
};

const iclgd_command iclgd_command_generate = {
    .name = "generate",
    .summary = "only the prompts, into a file",
    .help =
        "usage: iclgd generate PRESET|FILE.ini [key=value ...] [-o P.h5]\n"
        "\n"
        "  iclgd generate quickstart                 the prompts it probes\n"
        "  iclgd generate looped --stream train probe.prompts=5000\n"
        "\n" COMMON_HELP
        "      --stream NAME   train, eval, tune or probe (default)\n"
        "\n"
        "`probe.prompts` says how many.\n",
    .run = run_generate,
    .words = ICLGD_WORDS_PRESETS | ICLGD_WORDS_KEYS,
};

const iclgd_command iclgd_command_train = {
    .name = "train",
    .summary = "only the training, into a file with the model",
    .help =
        "usage: iclgd train PRESET|FILE.ini [key=value ...] [-o MODEL.h5]\n"
        "\n"
        "  iclgd train looped -o looped.h5\n"
        "  iclgd train looped --prompts mine.h5      on prompts from a file\n"
        "\n" COMMON_HELP
        "      --prompts FILE  train on the prompts of a file; the last tenth\n"
        "                      is held out for the stored loss\n"
        "      --watchable     the file is there while it trains, for `iclgd "
        "watch`\n",
    .run = run_train,
    .words = ICLGD_WORDS_PRESETS | ICLGD_WORDS_KEYS,
};

const iclgd_command iclgd_command_probe = {
    .name = "probe",
    .summary = "only the probes, of a trained model",
    .help =
        "usage: iclgd probe MODEL.h5 [key=value ...] [-o RUN.h5]\n"
        "\n"
        "  iclgd probe looped.h5 probe.prompts=5000\n"
        "  iclgd probe looped.h5 prompt.n=10         another context length\n"
        "  iclgd probe looped.h5 model.loops=20      looped longer\n"
        "  iclgd probe elsewhere.h5 --prompts mine.h5\n"
        "\n" COMMON_HELP
        "      --prompts FILE  probe on the prompts of a file; the first "
        "fifth\n"
        "                      serves to choose step sizes\n"
        "      --stream NAME   train, eval, tune or probe (default)\n"
        "\n"
        "Settings are those stored in MODEL.h5, if any, with the changes. A "
        "covariance\n"
        "file that they name, or a table whose hash MODEL.h5 does not have, is "
        "opened\n"
        "when it is named again: prompt.source=table:FILE, "
        "prompt.covariance=file:FILE.\n"
        "Weights trained elsewhere: /entry/model with A, or P and Q "
        "(README).\n",
    .run = run_probe,
    .words = ICLGD_WORDS_KEYS,
};
