/* Points as child processes, so many at a time. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/line.h"
#include "sweep/sweep.h"

enum { CODE_DIVERGED = 4, CODE_EXEC = 127 };

typedef struct child {
  pid_t pid; /* 0: no child */
  iclgd_point *point;
  double started;
} child;

typedef struct pool {
  const iclgd_sweep_options *options;
  iclgd_points points;
  child *children; /* (jobs) */
  size_t next;     /* the first point that was not looked at */
  double started;
  size_t to_run, ended; /* points that are run here */
  bool stops;           /* all that run were asked to end */
  iclgd_sweep_progress progress;
} pool;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool is_over(iclgd_point_state state) {
  return state == ICLGD_POINT_DONE || state == ICLGD_POINT_DIVERGED;
}

/* In the child: its output goes to the log; it ends with its parent. A folder
 * "lr=1" is no key, and "-a" no option. */
static void become(const iclgd_sweep_options *options,
                   const iclgd_point *point) {
  char ini[ICLGD_PATH_SIZE], output[ICLGD_PATH_SIZE], log[ICLGD_PATH_SIZE];
  char folder[ICLGD_PATH_SIZE];
  snprintf(folder, sizeof folder, "%s%s", *options->folder == '/' ? "" : "./",
           options->folder);
  iclgd_point_path(folder, point, "point.ini", ini);
  iclgd_point_path(folder, point, "run.h5", output);
  iclgd_point_path(folder, point, "log", log);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int silent = open("/dev/null", O_RDWR);
  const int file = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  dup2(silent, STDIN_FILENO);
  dup2(silent, STDOUT_FILENO);
  dup2(file >= 0 ? file : silent, STDERR_FILENO);
  execl(options->program, "iclgd", "run", ini, "train.threads=1", "-o", output,
        "--resume", "--quiet", (char *)NULL);
  fprintf(stderr, "iclgd: %s: %s\n", options->program, strerror(errno));
  _exit(CODE_EXEC);
}

/* A damaged file makes room, and stays. */
static void set_aside(const char *folder, const iclgd_point *point) {
  char path[ICLGD_PATH_SIZE], aside[ICLGD_PATH_SIZE];
  iclgd_point_path(folder, point, "run.h5", path);
  iclgd_point_path(folder, point, "run.h5.damaged", aside);
  rename(path, aside); /* else the run says that it cannot write */
}

static iclgd_status start(pool *p, child *c, iclgd_point *point,
                          iclgd_error *err) {
  if (point->state == ICLGD_POINT_DAMAGED) set_aside(p->options->folder, point);
  fflush(NULL);
  const pid_t pid = fork();
  if (pid < 0)
    return iclgd_fail(err, ICLGD_EIO, "cannot start a process: %s",
                      strerror(errno));
  if (pid == 0) become(p->options, point);
  point->state = ICLGD_POINT_RUNNING;
  *c = (child){.pid = pid, .point = point, .started = now()};
  return ICLGD_OK;
}

/* The last line that the run said, without "iclgd: ". */
static void last_words(const char *folder, iclgd_point *point) {
  static const char name[] = "iclgd: ";
  char path[ICLGD_PATH_SIZE], line[1100], last[1100] = "no message";
  iclgd_point_path(folder, point, "log", path);
  FILE *log = fopen(path, "r");
  while (log && fgets(line, sizeof line, log)) {
    line[strcspn(line, "\n")] = '\0';
    if (*line) memcpy(last, line, sizeof last);
  }
  if (log) fclose(log);
  iclgd_one_line(last);
  const char *text =
      strncmp(last, name, sizeof name - 1) == 0 ? last + sizeof name - 1 : last;
  iclgd_point_explain(point, text);
}

/* What the end of its process says of a point. */
static void judge(const pool *p, iclgd_point *point, int end) {
  const int code = WIFEXITED(end) ? WEXITSTATUS(end) : -1;
  point->reason[0] = '\0';
  if (code == 0 || code == CODE_DIVERGED) {
    point->state = code == 0 ? ICLGD_POINT_DONE : ICLGD_POINT_DIVERGED;
    if (code) last_words(p->options->folder, point);
  } else if ((p->stops || *p->options->stop) && (code > 128 || code < 0)) {
    point->state = ICLGD_POINT_WAITING; /* it was asked to stop */
  } else {
    const int number = code < 0 ? WTERMSIG(end) : code > 128 ? code - 128 : 0;
    point->state = ICLGD_POINT_FAILED;
    if (number == 0)
      last_words(p->options->folder, point);
    else
      snprintf(point->reason, sizeof point->reason, "ended by signal %d (%s)",
               number, strsignal(number));
  }
}

/* An outcome that cannot be written costs its reason, not the sweep: without
 * it the point counts as not run, or as what its file says. */
static void end(pool *p, child *c, int how) {
  iclgd_error unused;
  const double spent = now() - c->started;
  c->point->seconds =
      isfinite(c->point->seconds) ? c->point->seconds + spent : spent;
  judge(p, c->point, how);
  (void)iclgd_point_save(p->options->folder, c->point, &unused);
  c->pid = 0;
  ++p->ended;
}

/* Whether one has ended. */
static void reap(pool *p) {
  for (size_t i = 0; i < p->options->jobs; ++i) {
    child *c = &p->children[i];
    int how;
    if (c->pid > 0 && waitpid(c->pid, &how, WNOHANG) == c->pid) end(p, c, how);
  }
}

static iclgd_status fill(pool *p, iclgd_error *err) {
  for (size_t i = 0; i < p->options->jobs; ++i) {
    if (p->children[i].pid > 0) continue;
    while (p->next < p->points.count && is_over(p->points.point[p->next].state))
      ++p->next;
    if (p->next == p->points.count) return ICLGD_OK;
    TRY(start(p, &p->children[i], &p->points.point[p->next], err));
    ++p->next;
  }
  return ICLGD_OK;
}

static size_t count_running(const pool *p) {
  size_t running = 0;
  for (size_t i = 0; i < p->options->jobs; ++i)
    running += p->children[i].pid > 0;
  return running;
}

static void tell(pool *p) {
  iclgd_sweep_progress *out = &p->progress;
  const double spent = now() - p->started;
  if (!p->options->progress) return;
  *out = (iclgd_sweep_progress){
      .total = p->points.count, .running = count_running(p), .left = NAN};
  for (size_t k = 0; k < p->points.count; ++k) {
    const iclgd_point_state state = p->points.point[k].state;
    out->done += is_over(state);
    out->failed += k < p->next && state == ICLGD_POINT_FAILED;
  }
  if (p->ended > 0)
    out->left = spent / (double)p->ended * (double)(p->to_run - p->ended);
  p->options->progress(p->options->context, out);
}

static void pause_briefly(void) {
  const struct timespec brief = {.tv_nsec = 20000000};
  nanosleep(&brief, NULL);
}

/* Ask all to stop, and wait for their checkpoints. */
static void stop_all(pool *p) {
  p->stops = true;
  for (size_t i = 0; i < p->options->jobs; ++i)
    if (p->children[i].pid > 0) kill(p->children[i].pid, SIGTERM);
  while (count_running(p) > 0) {
    reap(p);
    pause_briefly();
  }
}

static iclgd_status run_all(pool *p, iclgd_error *err) {
  iclgd_status status = ICLGD_OK;
  while (!status && !*p->options->stop) {
    status = fill(p, err);
    tell(p);
    if (count_running(p) == 0) break;
    pause_briefly();
    reap(p);
  }
  stop_all(p);
  if (status) return status;
  for (size_t k = 0; k < p->points.count; ++k)
    if (p->points.point[k].state == ICLGD_POINT_WAITING)
      return iclgd_fail(err, ICLGD_STOPPED, "stopped");
  return ICLGD_OK;
}

iclgd_status iclgd_sweep_run(iclgd_points points,
                             const iclgd_sweep_options *options,
                             iclgd_error *err) {
  iclgd_arena arena = {0};
  pool p = {.options = options, .points = points, .started = now()};
  p.children = iclgd_arena_take(&arena, options->jobs, sizeof *p.children);
  if (!p.children) return iclgd_fail_memory(err, "the processes");
  for (size_t k = 0; k < points.count && !*options->stop; ++k) {
    iclgd_point_look(options->folder, &points.point[k]);
    p.to_run += !is_over(points.point[k].state);
  }
  const iclgd_status status = *options->stop
                                  ? iclgd_fail(err, ICLGD_STOPPED, "stopped")
                                  : run_all(&p, err);
  iclgd_arena_free(&arena);
  return status;
}
