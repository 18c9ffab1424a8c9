/* iclgd watch: the training curve of a run that is under way. The run replaces
 * its file as a whole, so whichever is opened can be read. */
#include <errno.h>
#include <iclgd/report.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"

static void pause_a_little(void) {
  const struct timespec time = {.tv_nsec = 200000000};
  nanosleep(&time, NULL);
}

/* The figure that `iclgd plot` draws, in place of the last one. */
static iclgd_status draw(char *path, iclgd_error *err) {
  iclgd_cli plot = {.what = "training", .count = 1, .rest = &path};
  if (isatty(STDOUT_FILENO)) fputs("\033[H\033[J", stdout);
  return iclgd_command_plot.run(&plot, err);
}

static void say(const iclgd_run_progress *progress) {
  const bool trained = progress->step >= progress->planned;
  char loss[32] = "undefined";
  if (isfinite(progress->loss))
    snprintf(loss, sizeof loss, "%.4g", progress->loss);
  printf("step %ld of %ld, held-out loss %s%s\n", progress->step,
         progress->planned, loss,
         progress->finished ? ": the run is finished"
         : trained          ? ": trained, the run goes on"
                            : "");
  fflush(stdout);
}

static bool is_other(const struct stat *a, const struct stat *b) {
  return a->st_ino != b->st_ino || a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
         a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

/* A run that was killed leaves no last file. */
static bool has_ended(const iclgd_run_progress *progress) {
  return progress->writer > 0 && kill((pid_t)progress->writer, 0) != 0 &&
         errno == ESRCH;
}

/* Wait for a file, then for each that takes its place, until the last. */
static iclgd_status watch(char *path, iclgd_error *err) {
  struct stat seen = {0}, found;
  bool waiting = false, ended = false;
  iclgd_run_progress progress = {.writer = 0};
  for (;; pause_a_little()) {
    if (stat(path, &found) != 0) {
      if (errno != ENOENT)
        return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot open: %s", path,
                          strerror(errno));
      if (!waiting) fprintf(stderr, "iclgd: waiting for %s\n", path);
      waiting = true;
      continue;
    }
    if (!is_other(&seen, &found)) {
      if (ended) /* and was, before the file was looked at */
        return iclgd_fail(err, ICLGD_EIO,
                          "%s: the run ended before its file was complete",
                          path);
      ended = has_ended(&progress);
      continue;
    }
    seen = found;
    iclgd_status status = iclgd_run_progress_of(path, &progress, err);
    if (!status) status = draw(path, err);
    if (status) return status;
    say(&progress);
    if (progress.finished || ferror(stdout)) return ICLGD_OK;
  }
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  return watch(cli->rest[0], err);
}

const iclgd_command iclgd_command_watch = {
    .name = "watch",
    .summary = "the training curve of a run that is under way",
    .arguments = "RUN.h5",
    .count = {1, 1},
    .hdf5 = true,
    .examples =
        "  iclgd run looped --watchable -o run.h5 -q &\n"
        "  iclgd watch run.h5\n",
    .notes =
        "Waits for the file, draws it in the terminal, again whenever the "
        "run has replaced it (once a second at most), and ends with the run; "
        "with code 1 where the run was killed (seen on its own "
        "machine only).\n"
        "A watchable file is whole at any time and opens in every tool; it "
        "holds the configuration and what is known of the first seed: training "
        "and snapshots, the model once it is trained (`iclgd probe` takes it). "
        "Ctrl-C ends the watch, not the run.",
    .run = run,
};
