/* A run of S steps, by three of few steps:
 *   T(S) = run(s) + (S - s) (train(5 s) - train(s)) / (4 s),   s = S / 50,
 * run: all of it, the probes included; train: the training alone, with the loss
 * on held-out prompts at both ends only, since a run of few steps takes it at
 * nearly every one. */
#include "sweep/estimate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "record/output/save.h"

enum { PATH_SIZE = 512, SHARE = 50, MORE = 5, LONGEST = 60 /* seconds */ };

typedef struct trial {
  const char *program;
  const volatile sig_atomic_t *stop;
  char folder[PATH_SIZE], ini[PATH_SIZE + 16], output[PATH_SIZE + 16];
} trial;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* In the child. */
static void become(const trial *t, const char *command, size_t steps) {
  char words[48];
  const int silent = open("/dev/null", O_RDWR);
  const bool whole = strcmp(command, "run") == 0;
  snprintf(words, sizeof words, "train.steps=%zu", steps);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file)
    dup2(silent, file);
  execl(t->program, "iclgd", command, t->ini, words, "train.threads=1",
        "checkpoint.seconds=0", "-q", "--force", "-o", t->output,
        whole ? (char *)NULL : "train.log_points=2", (char *)NULL);
  _exit(127);
}

/* Until the child has ended, with 0. */
static iclgd_status await(const trial *t, pid_t pid, iclgd_error *err) {
  const struct timespec brief = {.tv_nsec = 2000000};
  const double begun = now();
  int how = 0;
  while (waitpid(pid, &how, WNOHANG) == 0) {
    nanosleep(&brief, NULL);
    const bool late = now() - begun > LONGEST;
    if (!late && !*t->stop) continue;
    kill(pid, SIGKILL);
    waitpid(pid, &how, 0);
    return late ? iclgd_fail(err, ICLGD_ERANGE,
                             "a short run goes on for more than %d s", LONGEST)
                : iclgd_fail(err, ICLGD_STOPPED, "stopped");
  }
  if (WIFEXITED(how) && WEXITSTATUS(how) == 0) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE, "a short run fails");
}

static iclgd_status measure(const trial *t, const char *command, size_t steps,
                            double *seconds, iclgd_error *err) {
  const double begun = now();
  fflush(NULL);
  const pid_t pid = fork();
  if (pid < 0)
    return iclgd_fail(err, ICLGD_EIO, "cannot start a process: %s",
                      strerror(errno));
  if (pid == 0) become(t, command, steps);
  TRY(await(t, pid, err));
  *seconds = now() - begun;
  return ICLGD_OK;
}

static iclgd_status measure_all(const trial *t, size_t steps, double *seconds,
                                iclgd_error *err) {
  const size_t few = steps / SHARE;
  double one, more;
  if (few == 0) return measure(t, "run", steps, seconds, err);
  TRY(measure(t, "run", few, seconds, err));
  TRY(measure(t, "train", few, &one, err));
  TRY(measure(t, "train", MORE * few, &more, err));
  const double by_step = (more - one) / (double)((MORE - 1) * few);
  if (by_step > 0) *seconds += by_step * (double)(steps - few);
  return ICLGD_OK;
}

static iclgd_status write_text(const void *what, FILE *out, iclgd_error *err) {
  (void)err; /* whoever closes the file sees what failed */
  fputs(what, out);
  return ICLGD_OK;
}

static iclgd_status write_settings(const trial *t,
                                   const iclgd_settings *settings,
                                   iclgd_error *err) {
  char *text = iclgd_settings_ini(settings);
  if (!text) return iclgd_fail_memory(err, "the settings");
  const iclgd_status status = iclgd_save(t->ini, write_text, text, err);
  free(text);
  return status;
}

iclgd_status iclgd_sweep_estimate(const char *program,
                                  const iclgd_settings *settings,
                                  const volatile sig_atomic_t *stop,
                                  double *seconds, iclgd_error *err) {
  trial t = {.program = program, .stop = stop};
  const char *where = getenv("TMPDIR");
  snprintf(t.folder, sizeof t.folder, "%.400s/iclgd-XXXXXX",
           where && *where ? where : "/tmp");
  if (!mkdtemp(t.folder))
    return iclgd_fail(err, ICLGD_EIO, "%s: cannot make the folder: %s",
                      t.folder, strerror(errno));
  snprintf(t.ini, sizeof t.ini, "%s/point.ini", t.folder);
  snprintf(t.output, sizeof t.output, "%s/run.h5", t.folder);
  iclgd_status status = write_settings(&t, settings, err);
  if (!status)
    status =
        measure_all(&t, iclgd_get_size(settings, "train.steps"), seconds, err);
  unlink(t.output);
  unlink(t.ini);
  rmdir(t.folder);
  return status;
}
