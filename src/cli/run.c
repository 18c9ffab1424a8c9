/* iclgd run, generate, train, probe: the pipeline and its stages. */
#include <iclgd/record.h>
#include <iclgd/report.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/data_folder.h"
#include "cli/progress.h"
#include "cli/propose.h"
#include "cli/settings.h"
#include "cli/signals.h"

static iclgd_stream_id stream_of(const char *name) {
  static const struct {
    const char *name;
    iclgd_stream_id id;
  } streams[] = {{"train", ICLGD_STREAM_TRAIN},
                 {"eval", ICLGD_STREAM_EVAL},
                 {"tune", ICLGD_STREAM_TUNE}};
  for (size_t i = 0; name && i < sizeof streams / sizeof *streams; ++i)
    if (strcmp(streams[i].name, name) == 0) return streams[i].id;
  return ICLGD_STREAM_PROBE;
}

/* Run the stages under signals and a progress line, then print what the file
 * holds, as `iclgd show` does. */
static iclgd_status run_stages(const iclgd_settings *settings, unsigned stages,
                               iclgd_cli *cli, const char *model,
                               iclgd_error *err) {
  iclgd_progress_line line;
  const bool follows = iclgd_team_follows(cli->team);
  iclgd_cli_heed_signals();
  iclgd_progress_start(&line, cli->quiet);
  const iclgd_run_options options = {
      .output = cli->output,
      .force = cli->force,
      .resume = cli->resume,
      .reproducible = cli->reproducible,
      .watchable = cli->watchable,
      .prompts = cli->prompts,
      .check_causality = cli->check_causality,
      .trajectories = cli->trajectories,
      .model = model,
      .step = cli->step,
      .seed_run = cli->seed_run,
      .stream = stream_of(cli->stream),
      .team = cli->team,
      .stop = follows ? NULL : &iclgd_cli_caught,
      .progress = iclgd_progress_show,
      .context = &line,
  };
  const iclgd_status status = iclgd_run(settings, stages, &options, err);
  iclgd_progress_end(&line);
  signal(SIGPIPE, SIG_DFL); /* a summary that nobody reads ends quietly */
  if (status < 0 || follows) return status;
  if (status) iclgd_cli_fail(status, err);
  cli->code = status == ICLGD_STOPPED ? 128 + iclgd_cli_caught
                                      : iclgd_status_exit_code(status);
  if (status == ICLGD_STOPPED || (cli->quiet && !cli->json)) return ICLGD_OK;
  return iclgd_report_summary(cli->output, cli->json, stdout, err);
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

/* Whether a word is a preset or file: no key has a slash before its `=`. */
static bool is_name(const char *word) {
  return word[strcspn(word, "=/")] != '=';
}

/* run, generate and train: settings from a preset, then the stages. */
static iclgd_status run_preset(iclgd_cli *cli, unsigned stages, const char *end,
                               iclgd_error *err) {
  iclgd_settings *settings;
  char output[512];
  const bool named = is_name(cli->rest[0]);
  iclgd_status status =
      iclgd_cli_settings(named ? cli->rest[0] : NULL, cli->rest + named,
                         cli->count - named, &settings, err);
  if (status) return status;
  if (named) status = check_prompts(cli->rest[0], cli, err);
  if (!cli->output) {
    default_output(named ? cli->rest[0] : "run", end, output, sizeof output);
    cli->output = output;
  }
  if (!status) status = run_stages(settings, stages, cli, NULL, err);
  iclgd_settings_free(settings);
  return status;
}

static iclgd_status run_all(iclgd_cli *cli, iclgd_error *err) {
  return run_preset(cli, ICLGD_STAGE_ALL, "", err);
}

static iclgd_status run_generate(iclgd_cli *cli, iclgd_error *err) {
  return run_preset(cli, ICLGD_STAGE_GENERATE, "-prompts", err);
}

/* A file that has a model: training goes on from its weights, with the keys it
 * was made with. */
static iclgd_status train_on(iclgd_cli *cli, iclgd_error *err) {
  iclgd_settings *settings;
  char output[512], init[4200];
  const char *model = cli->rest[0];
  snprintf(init, sizeof init, "file:%s", model);
  TRY(iclgd_cli_settings(NULL, NULL, 0, &settings, err));
  iclgd_status status = iclgd_settings_from_model(settings, model, err);
  if (!status)
    status = iclgd_settings_set(settings, "model.init", init, model, err);
  if (!status)
    status = iclgd_cli_override(settings, cli->rest + 1, cli->count - 1, err);
  if (!cli->output) {
    default_output(model, "-on", output, sizeof output);
    cli->output = output;
  }
  if (!status) status = run_stages(settings, ICLGD_STAGE_TRAIN, cli, NULL, err);
  iclgd_settings_free(settings);
  return status;
}

static iclgd_status run_train(iclgd_cli *cli, iclgd_error *err) {
  if (iclgd_cli_is_run(cli->rest[0])) return train_on(cli, err);
  return run_preset(cli, ICLGD_STAGE_TRAIN, "-model", err);
}

/* Whether a program is to be the model, so that what is named first has
 * settings and no model. */
static bool names_program(const iclgd_cli *cli) {
  static const char key[] = "model.program=", ini[] = ".ini";
  const size_t length = strlen(cli->rest[0]), end = sizeof ini - 1;
  for (int i = 0; i < cli->count; ++i)
    if (strncmp(cli->rest[i], key, sizeof key - 1) == 0) return true;
  return length > end && strcmp(cli->rest[0] + length - end, ini) == 0;
}

/* A model that ran elsewhere: no file of a model, and prompts in the same file
 * where no other is named. */
static iclgd_status probe_outside(iclgd_cli *cli, iclgd_error *err) {
  iclgd_settings *settings;
  char output[512];
  iclgd_status status =
      iclgd_cli_settings(NULL, cli->rest, cli->count, &settings, err);
  if (!cli->prompts) cli->prompts = cli->trajectories;
  if (!cli->output) {
    default_output(cli->trajectories, "-probed", output, sizeof output);
    cli->output = output;
  }
  if (!status) status = run_stages(settings, ICLGD_STAGE_PROBE, cli, NULL, err);
  iclgd_settings_free(settings);
  return status;
}

/* A preset in the place of a model: settings, and nothing that was trained. */
static iclgd_status refuse_preset(const char *name, iclgd_error *err) {
  char file[512], path[4096];
  iclgd_error unused;
  if (access(name, F_OK) == 0) return ICLGD_OK;
  snprintf(file, sizeof file, "%.500s.ini", name);
  if (iclgd_data_file("presets", file, path, sizeof path, &unused))
    return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "probe %s: expected a trained model, found a preset: "
                    "`iclgd run %s` trains one and probes it; with "
                    "model.program=COMMAND a program of yours is probed",
                    name, name);
}

static iclgd_status run_probe(iclgd_cli *cli, iclgd_error *err) {
  if (cli->trajectories) return probe_outside(cli, err);
  if (cli->count == 0)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "probe: expected MODEL.h5, or --trajectories FILE (see "
                      "`iclgd probe --help`)");
  iclgd_settings *settings;
  char output[512];
  const char *model = cli->rest[0];
  if (names_program(cli))
    return run_preset(cli, ICLGD_STAGE_PROBE, "-probed", err);
  TRY(refuse_preset(model, err));
  TRY(iclgd_cli_settings(NULL, NULL, 0, &settings, err));
  iclgd_status status = iclgd_settings_from_model(settings, model, err);
  if (!status)
    status = iclgd_cli_override(settings, cli->rest + 1, cli->count - 1, err);
  if (!cli->output) {
    default_output(model, "-probed", output, sizeof output);
    cli->output = output;
  }
  if (!status)
    status = run_stages(settings, ICLGD_STAGE_PROBE, cli, model, err);
  iclgd_settings_free(settings);
  return status;
}

static void propose_keys(int count, char **words) {
  iclgd_propose_keys(words[count - 1], "=");
}

/* A preset in the first place, keys in any. */
static void propose(int count, char **words) {
  if (count == 2) iclgd_propose_presets(words[1]);
  propose_keys(count, words);
}

#define COMMON                                                           \
  ICLGD_VALUE(output, 'o', "FILE", "the file to write", .hdf5 = true),   \
      ICLGD_SWITCH(force, 0, "replace it if it exists"),                 \
      ICLGD_SWITCH(                                                      \
          resume, 0,                                                     \
          "go on with what was stopped or killed, to the same numbers"), \
      ICLGD_SWITCH(json, 0, "print the summary as JSON"),                \
      ICLGD_SWITCH(quiet, 'q', "no progress, no summary"),               \
      ICLGD_SWITCH(reproducible, 0,                                      \
                   "no date in the file: equal runs, equal bytes")
#define PROMPTS(meaning) ICLGD_VALUE(prompts, 0, "FILE", meaning, .hdf5 = true)
#define WATCHABLE            \
  ICLGD_SWITCH(watchable, 0, \
               "the file is there while it trains, for `iclgd watch`")
#define STREAM                                                           \
  ICLGD_VALUE(stream, 0, "NAME", "train, eval, tune or probe (default)", \
              .choices = "train|eval|tune|probe")

static const iclgd_option run_options[] = {
    COMMON,
    PROMPTS("prompts of a file: train on the first half, probe the second"),
    WATCHABLE,
};
static const iclgd_option generate_options[] = {
    COMMON,
    STREAM,
    {.name = "check-causality",
     .place = offsetof(iclgd_cli, check_causality),
     .meaning = "with labels of which the last is changed: do predictions "
                "before it move?"},
};
static const iclgd_option train_options[] = {
    COMMON,
    PROMPTS("train on the prompts of a file; the last tenth is held out for "
            "the stored loss"),
    WATCHABLE,
};
static const iclgd_option probe_options[] = {
    COMMON,
    PROMPTS("probe on the prompts of a file; the first fifth serves to choose "
            "step sizes"),
    ICLGD_VALUE(trajectories, 0, "FILE",
                "in the place of MODEL.h5: what a model elsewhere predicts on "
                "those prompts (which may be in the same file)",
                .hdf5 = true),
    STREAM,
    ICLGD_VALUE(step, 0, "S", "the weights after this step (a snapshot)"),
    {.name = "seed-run",
     .argument = "K",
     .place = offsetof(iclgd_cli, seed_run),
     .meaning = "the final weights of this training run, from 1"},
};

const iclgd_command iclgd_command_run = {
    .name = "run",
    .summary = "prompts, training, all probes, one file, a summary",
    .arguments = "PRESET|FILE.ini|RUN.h5 [key=value ...]",
    .count = {1, ICLGD_ANY},
    ICLGD_OPTIONS(run_options),
    .examples =
        "  iclgd run quickstart                      writes quickstart.h5\n"
        "  iclgd run looped model.loops=5 -o l5.h5   a preset with a change\n"
        "  iclgd run my.ini seeds=5 --force          settings of your own\n"
        "  iclgd run prompt.d=3 train.steps=500      no preset: defaults\n"
        "  iclgd run quickstart.h5                   as that file was made\n",
    .notes =
        "`iclgd presets` lists the presets, `iclgd keys` the keys.\n"
        "Exit code 4: training diverged; the file is complete and says so.\n"
        "Where iclgd is built with MPI (`cmake --preset mpi`), `mpirun -n K "
        "iclgd "
        "run ...` divides every batch over K processes, to the same bytes.",
    .propose = propose,
    .shares = true,
    .run = run_all,
};

const iclgd_command iclgd_command_generate = {
    .name = "generate",
    .summary = "only the prompts, into a file",
    .arguments = "PRESET|FILE.ini [key=value ...]",
    .count = {1, ICLGD_ANY},
    ICLGD_OPTIONS(generate_options),
    .examples =
        "  iclgd generate quickstart                 the prompts it probes\n"
        "  iclgd generate looped --stream train probe.prompts=5000\n"
        "  iclgd generate looped prompt.queries=4d   for a model elsewhere\n",
    .notes =
        "`probe.prompts` says how many. Predictions of a model that runs "
        "elsewhere come back by `iclgd probe --trajectories` "
        "(docs/bring-your-own.md).",
    .propose = propose,
    .run = run_generate,
};

const iclgd_command iclgd_command_train = {
    .name = "train",
    .summary = "only the training, into a file with the model",
    .arguments = "PRESET|FILE.ini|MODEL.h5 [key=value ...]",
    .count = {1, ICLGD_ANY},
    .hdf5 = true,
    ICLGD_OPTIONS(train_options),
    .examples =
        "  iclgd train looped -o looped.h5\n"
        "  iclgd train looped.h5 train.steps=1000    on from its weights\n"
        "  iclgd train looped --prompts mine.h5      on prompts from a file\n",
    .propose = propose,
    .shares = true,
    .run = run_train,
};

const iclgd_command iclgd_command_probe = {
    .name = "probe",
    .summary = "only the probes, of a trained model",
    .arguments = "[MODEL.h5|PRESET|FILE.ini] [key=value ...]",
    .count = {0, ICLGD_ANY},
    .hdf5 = true,
    ICLGD_OPTIONS(probe_options),
    .examples =
        "  iclgd probe looped.h5 probe.prompts=5000\n"
        "  iclgd probe looped.h5 prompt.n=10         another context length\n"
        "  iclgd probe looped.h5 model.loops=20      looped longer\n"
        "  iclgd probe looped.h5 --step 0            before training\n"
        "  iclgd probe elsewhere.h5 --prompts mine.h5\n"
        "  iclgd probe --prompts mine.h5 --trajectories predictions.h5\n"
        "  iclgd probe quickstart model.program='python3 mine.py'\n",
    .notes =
        "Settings are those stored in MODEL.h5, if any, with the changes. A "
        "covariance file that they name, or a table whose hash MODEL.h5 does "
        "not have, is opened when it is named again: "
        "prompt.source=table:FILE, prompt.covariance=file:FILE.\n"
        "Weights trained elsewhere: /entry/model with A, or P and Q\n"
        "(docs/data-from-elsewhere.md). Predictions of a model that runs\n"
        "elsewhere: /entry/trajectories/model (docs/bring-your-own.md). A\n"
        "PRESET or FILE.ini needs model.program, a program of yours that is\n"
        "asked for predictions (docs/bring-your-own-program.md).",
    .propose = propose_keys,
    .run = run_probe,
};
