/* iclgd sweep, collect: a grid of runs, and their table. */
#include <errno.h>
#include <iclgd/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/data_folder.h"
#include "cli/propose.h"
#include "cli/settings.h"
#include "cli/signals.h"
#include "cli/sweep_file.h"
#include "cli/sweep_request.h"
#include "record/output/lock.h"
#include "run/stages.h"
#include "summary/summary.h"
#include "sweep/slurm.h"
#include "sweep/sweep.h"
#include "view/text.h"

static iclgd_status read_number(const char *name, const char *text, long most,
                                long *out, iclgd_error *err) {
  char *end;
  errno = 0;
  *out = strtol(text, &end, 10);
  if (end != text && *end == '\0' && !errno && *out >= 1 && *out <= most)
    return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "--%s %s: expected a number from 1 to "
                    "%ld",
                    name, text, most);
}

/* What a run would make of its settings, so that a point's file says it. */
static iclgd_status settle(iclgd_settings *settings, iclgd_error *err) {
  TRY(iclgd_cli_override(settings, NULL, 0, err));
  return iclgd_settle_program(settings, err);
}

static iclgd_status write_table(const iclgd_sweep_request *q,
                                iclgd_error *err) {
  char table[ICLGD_PATH_SIZE + 16];
  size_t bad;
  snprintf(table, sizeof table, "%s/sweep.h5", q->folder);
  TRY(iclgd_sweep_collect(q->folder, table, &bad, err));
  if (bad > 0 && q->cli->code == 0) q->cli->code = 1;
  if (q->cli->quiet) return ICLGD_OK;
  return iclgd_sweep_show(table, &(iclgd_sweep_choice){0}, false, false, stdout,
                          err);
}

/* The script of an array job, in the folder of a grid that is planned. */
static iclgd_status write_job(const iclgd_sweep_request *q, iclgd_error *err) {
  char program[ICLGD_PATH_SIZE];
  const ssize_t length =
      readlink("/proc/self/exe", program, sizeof program - 1);
  program[length > 0 ? length : 0] = '\0';
  const iclgd_slurm_job job = {.folder = q->folder,
                               .program = program,
                               .options = q->cli->slurm,
                               .words = q->cli->rest,
                               .count = (size_t)q->cli->count,
                               .points = q->points.count};
  TRY(iclgd_slurm_write(&job, err));
  if (q->cli->submit) return iclgd_slurm_submit(q->folder, err);
  printf("%zu points; next: sbatch %s/job.sh, then iclgd collect %s\n",
         q->points.count, q->folder, q->folder);
  return ICLGD_OK;
}

/* Run all, and write the table, also of what was done before a stop. */
static iclgd_status run_planned(iclgd_sweep_request *q, iclgd_error *err) {
  iclgd_error stopped;
  const iclgd_status status = iclgd_sweep_points(q, &stopped);
  if (status < 0) {
    *err = stopped;
    return status;
  }
  if (status) iclgd_cli_fail(status, &stopped);
  return write_table(q, err);
}

/* The folder is locked by whoever plans and runs all of it; the tasks of an
 * array have each their own point, and lock that. */
static iclgd_status run_grid(iclgd_sweep_request *q, iclgd_error *err) {
  char manifest[ICLGD_PATH_SIZE + 16];
  iclgd_output_lock lock = {.file = -1};
  snprintf(manifest, sizeof manifest, "%s/manifest.json", q->folder);
  TRY(iclgd_sweep_make(q->folder, err));
  TRY(iclgd_output_lock_take(manifest, &q->arena, &lock, err));
  iclgd_status status = iclgd_points_find(q->folder, &q->points, err);
  if (!status) status = iclgd_sweep_plan(q->folder, &q->grid, err);
  if (!status)
    status = q->cli->slurm      ? write_job(q, err)
             : q->cli->estimate ? iclgd_sweep_ends_run(q, err)
                                : run_planned(q, err);
  iclgd_output_lock_release(&lock);
  return status;
}

/* One point alone, planned unless that was done before. */
static iclgd_status run_point(iclgd_sweep_request *q, iclgd_error *err) {
  iclgd_settings *found;
  long place;
  TRY(read_number("point", q->cli->point, (long)q->points.count, &place, err));
  q->points.point += place - 1;
  q->points.count = 1;
  TRY(iclgd_points_find(q->folder, &q->points, err));
  if (iclgd_point_settings(q->folder, q->points.point, &found)) {
    iclgd_settings_free(found);
  } else {
    TRY(iclgd_sweep_make(q->folder, err));
    TRY(iclgd_sweep_plan(q->folder, &q->grid, err));
  }
  q->jobs = 1;
  const iclgd_status status = iclgd_sweep_points(q, err);
  if (status) return status;
  if (q->points.point->state == ICLGD_POINT_FAILED)
    fprintf(stderr, "iclgd: point %ld: %s\n", place, q->points.point->reason);
  return ICLGD_OK;
}

static iclgd_status read_request(iclgd_sweep_request *q, iclgd_error *err) {
  iclgd_sweep_words words;
  const iclgd_cli *cli = q->cli;
  if (cli->estimate && (cli->dry_run || cli->slurm || cli->point))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "sweep: --estimate runs two points: expected none of "
                      "--dry-run, --slurm, --point beside it");
  if ((cli->submit && !cli->slurm) || (cli->point && cli->slurm))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "sweep: --submit goes with --slurm, and neither with "
                      "--point");
  q->jobs = cli->team ? 1 : (long)iclgd_cores();
  if (cli->jobs) TRY(read_number("jobs", cli->jobs, 1024, &q->jobs, err));
  TRY(iclgd_sweep_words_read(cli->rest, cli->count, &q->arena, &words, err));
  if (words.base && iclgd_cli_is_run(words.base))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: expected a preset or settings: have them by `iclgd "
                      "export %s --what config -o mine.ini`",
                      words.base, words.base);
  TRY(iclgd_cli_settings(words.base, NULL, 0, &q->settings, err));
  TRY(iclgd_grid_read(q->settings, words.words, (int)words.count, &q->arena,
                      &q->grid, err));
  TRY(settle(q->settings, err));
  q->grid.settle = settle;
  if (cli->output && strlen(cli->output) > ICLGD_PATH_SIZE / 2)
    return iclgd_fail(err, ICLGD_EUSAGE, "--output: the name is too long");
  if (cli->output)
    snprintf(q->folder, sizeof q->folder, "%s", cli->output);
  else
    snprintf(q->folder, sizeof q->folder, "%.200s-sweep", words.name);
  return iclgd_points_of_grid(&q->grid, &q->arena, &q->points, err);
}

static iclgd_status run_sweep(iclgd_cli *cli, iclgd_error *err) {
  iclgd_sweep_request q = {.cli = cli};
  iclgd_status status = read_request(&q, err);
  if (!status)
    status = iclgd_team_follows(cli->team) ? iclgd_sweep_serve(&q, err)
             : cli->dry_run                ? iclgd_sweep_list(&q, err)
             : cli->point                  ? run_point(&q, err)
                                           : run_grid(&q, err);
  if (q.settings) iclgd_settings_free(q.settings);
  iclgd_arena_free(&q.arena);
  return status;
}

/* An older table makes room, and nothing else unasked. */
static iclgd_status check_output(const iclgd_cli *cli, iclgd_error *err) {
  if (!cli->output || cli->force || access(cli->output, F_OK) != 0 ||
      iclgd_sweep_is(cli->output))
    return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: exists already, and is no table of a sweep; --force "
                    "replaces it",
                    cli->output);
}

static iclgd_status run_collect(iclgd_cli *cli, iclgd_error *err) {
  char table[ICLGD_PATH_SIZE];
  size_t bad; /* which the table shows */
  snprintf(table, sizeof table, "%.4000s/sweep.h5", cli->rest[0]);
  const char *output = cli->output ? cli->output : table;
  TRY(check_output(cli, err));
  TRY(iclgd_sweep_collect(cli->rest[0], output, &bad, err));
  if (cli->gather) TRY(iclgd_sweep_trajectories(cli->rest[0], err));
  if (cli->quiet) return ICLGD_OK;
  return iclgd_sweep_show(output, &(iclgd_sweep_choice){0}, false, false,
                          stdout, err);
}

static void propose(int count, char **words) {
  iclgd_arena arena = {0};
  iclgd_error unused;
  char **names;
  size_t sweeps;
  if (count == 2 && !iclgd_data_sweeps(&arena, &names, &sweeps, &unused))
    for (size_t i = 0; i < sweeps; ++i)
      iclgd_propose(words[1], "", names[i], "");
  iclgd_arena_free(&arena);
  if (count == 2) iclgd_propose_presets(words[1]);
  iclgd_propose_keys(words[count - 1], "=");
}

static const iclgd_option options[] = {
    ICLGD_VALUE(output, 'o', "DIR", "the folder (NAME-sweep)"),
    ICLGD_VALUE(jobs, 0, "N", "runs at a time (one per core)"),
    {.name = "dry-run",
     .place = offsetof(iclgd_cli, dry_run),
     .meaning = "list the points and how they stand"},
    ICLGD_SWITCH(estimate, 0,
                 "run the point that has least to do and the one that has "
                 "most, then list them and say what the rest may take"),
    ICLGD_VALUE(point, 0, "I",
                "this point of the list alone, from 1, without the table: for "
                "the tasks of a cluster"),
    ICLGD_VALUE(slurm, 0, "WORDS",
                "run nothing: write DIR/job.sh, an array job with these "
                "options of sbatch ('--time=1:00:00 -p short')"),
    ICLGD_SWITCH(submit, 0, "give it to sbatch"),
    ICLGD_SWITCH(quiet, 'q', "no progress, no table on the terminal"),
};

const iclgd_command iclgd_command_sweep = {
    .name = "sweep",
    .summary = "a grid of runs, resumable, as one table",
    .arguments = "[NAME|FILE] [key=LIST ...]",
    .count = {1, ICLGD_ANY},
    ICLGD_OPTIONS(options),
    .examples =
        "  iclgd sweep loops\n"
        "  iclgd sweep looped model.loops=1..8 prompt.n=10,20,40 seeds=3\n"
        "  iclgd sweep quickstart train.lr=log:1e-4..1e-1:7 -o rates\n"
        "  iclgd sweep quickstart zip:prompt.d=5,10 zip:prompt.n=20,40\n"
        "  iclgd sweep quickstart "
        "'prompt.covariance=identity|diag:1,2,3,4,5'\n",
    .notes =
        "NAME is a sweep that comes with iclgd, or a preset; FILE ends with "
        ".sweep (arguments, one a line, # for comments) or .ini. Keys of the "
        "command line replace those of a sweep.\n"
        "LIST: values between commas; 1..10, 0..1:0.25 (a step), lin:0..1:5, "
        "log:1e-4..1e-1:7 (how many). What the key accepts as it stands is one "
        "value (diag:1,2; a list of names); values that have commas themselves "
        "stand between bars: 'a,b|c,d'. zip:key=LIST: all of them change "
        "together. seeds=N: the key seed, from its value on (not the key "
        "seeds, which is a setting of a run). random:N: N points of the grid, "
        "the same ones each time.\n"
        "A point is DIR/runs/ID/run.h5, ID a hash of its settings but for "
        "defaults: one that is done is not run again, one that was interrupted "
        "goes on at its "
        "checkpoint, one that failed is tried again, and a grid grows when the "
        "sweep is said again with more values. Exit code 1 when points failed; "
        "a point that diverged is a result.\n"
        "Where iclgd is built with MPI (`cmake --preset mpi`), `mpirun -n K "
        "iclgd "
        "sweep ...` shares the points over K processes, each with one at a "
        "time, or --jobs.\n"
        "At the end, or by `iclgd collect DIR`, the table DIR/sweep.h5: see "
        "show and plot (--x --y --group --facet), report, export.",
    .list = iclgd_sweeps_list,
    .shares = true,
    .propose = propose,
    .run = run_sweep,
};

static const iclgd_option collect_options[] = {
    ICLGD_VALUE(output, 'o', "FILE",
                "the table (DIR/sweep.h5); replaces an older one",
                .hdf5 = true),
    ICLGD_SWITCH(force, 0, "replace what is no table, too"),
    {.name = "trajectories",
     .place = offsetof(iclgd_cli, gather),
     .meaning = "also DIR/trajectories.h5: those of all runs as arrays by "
                "point, which stay where they are (virtual datasets)"},
    ICLGD_SWITCH(quiet, 'q', "do not print it"),
};

const iclgd_command iclgd_command_collect = {
    .name = "collect",
    .summary = "the table of a sweep's folder",
    .arguments = "DIR",
    .count = {1, 1},
    ICLGD_OPTIONS(collect_options),
    .examples =
        "  iclgd collect loops-sweep\n"
        "  iclgd collect loops-sweep -o loops.h5\n"
        "  iclgd export loops.h5 -o loops.csv\n",
    .notes =
        "A row per point, with its settings, how it ended and the scalars of "
        "its run; also while the sweep goes on. Points that failed or whose "
        "file is damaged are rows with a reason.",
    .run = run_collect,
};
