/* The points of a sweep, handed out, and judged by how they end. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/line.h"
#include "sweep/hands.h"

enum { CODE_DIVERGED = 4 };

/* What a hand does. */
typedef struct task {
  iclgd_point *point; /* NULL: nothing */
  double started;
  bool whole; /* from its first step on */
} task;

typedef struct pool {
  const iclgd_sweep_options *options;
  iclgd_points points;
  const iclgd_hands *hands;
  task *tasks; /* (hands) */
  size_t next; /* the first point that was not looked at */
  double started;
  size_t to_run, ended; /* points that are run here */
  double prompts;       /* of those that were done here as a whole */
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

/* A damaged file makes room, and stays. */
static void set_aside(const char *folder, const iclgd_point *point) {
  char path[ICLGD_PATH_SIZE], aside[ICLGD_PATH_SIZE];
  iclgd_point_path(folder, point, "run.h5", path);
  iclgd_point_path(folder, point, "run.h5.damaged", aside);
  rename(path, aside); /* else the run says that it cannot write */
}

static bool has_checkpoint(const pool *p, const iclgd_point *point) {
  char path[ICLGD_PATH_SIZE];
  iclgd_point_path(p->options->folder, point, "run.h5.checkpoint", path);
  return access(path, F_OK) == 0;
}

static iclgd_status start(pool *p, size_t hand, iclgd_point *point,
                          iclgd_error *err) {
  if (point->state == ICLGD_POINT_DAMAGED) set_aside(p->options->folder, point);
  const task t = {
      .point = point, .started = now(), .whole = !has_checkpoint(p, point)};
  TRY(p->hands->start(p->hands->context, hand, point, err));
  point->state = ICLGD_POINT_RUNNING;
  p->tasks[hand] = t;
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
static void end(pool *p, task *t, int how) {
  iclgd_error unused;
  iclgd_point *point = t->point;
  const double spent = now() - t->started;
  point->seconds = isfinite(point->seconds) ? point->seconds + spent : spent;
  judge(p, point, how);
  if (t->whole && point->state == ICLGD_POINT_DONE)
    p->prompts += point->prompts;
  (void)iclgd_point_save(p->options->folder, point, &unused);
  t->point = NULL;
  ++p->ended;
}

/* Whether one has ended. */
static void reap(pool *p) {
  for (size_t i = 0; i < p->hands->count; ++i) {
    int how;
    if (p->tasks[i].point && p->hands->ended(p->hands->context, i, &how))
      end(p, &p->tasks[i], how);
  }
}

static iclgd_status fill(pool *p, iclgd_error *err) {
  for (size_t i = 0; i < p->hands->count; ++i) {
    if (p->tasks[i].point) continue;
    while (p->next < p->points.count && is_over(p->points.point[p->next].state))
      ++p->next;
    if (p->next == p->points.count) return ICLGD_OK;
    TRY(start(p, i, &p->points.point[p->next], err));
    ++p->next;
  }
  return ICLGD_OK;
}

static size_t count_running(const pool *p) {
  size_t running = 0;
  for (size_t i = 0; i < p->hands->count; ++i)
    running += p->tasks[i].point != NULL;
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
  out->rate = p->prompts / spent;
  p->options->progress(p->options->context, out);
}

static void pause_briefly(void) {
  const struct timespec brief = {.tv_nsec = 20000000};
  nanosleep(&brief, NULL);
}

/* Ask all to stop, and wait for their checkpoints. */
static void stop_all(pool *p) {
  p->stops = true;
  for (size_t i = 0; i < p->hands->count; ++i)
    if (p->tasks[i].point) p->hands->stop(p->hands->context, i);
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

iclgd_status iclgd_sweep_run(iclgd_points points, const iclgd_hands *hands,
                             const iclgd_sweep_options *options,
                             iclgd_error *err) {
  iclgd_arena arena = {0};
  pool p = {
      .options = options, .points = points, .hands = hands, .started = now()};
  p.tasks = iclgd_arena_take(&arena, hands->count, sizeof *p.tasks);
  if (!p.tasks) return iclgd_fail_memory(err, "the processes");
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
