/* The points of a sweep are run: by whom, and what is said meanwhile. */
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/sweep_request.h"
#include "cluster/cluster.h"
#include "sweep/hands.h"

/* The line of progress. */
typedef struct line {
  bool quiet, terminal;
  time_t shown;
} line;

static void show_progress(void *context, const iclgd_sweep_progress *p) {
  line *l = context;
  const time_t time_now = time(NULL);
  char failed[32] = "", left[48] = "", speed[40] = "";
  if (l->quiet || time_now - l->shown < (l->terminal ? 1 : 10)) return;
  l->shown = time_now;
  if (p->failed > 0) snprintf(failed, sizeof failed, "  %zu failed", p->failed);
  if (isfinite(p->left))
    snprintf(left, sizeof left, "  about %.0f s left", p->left);
  if (p->rate > 0) {
    memcpy(speed, "  ", 3);
    iclgd_progress_rate(speed + 2, sizeof speed - 2, p->rate, 1);
  }
  fprintf(stderr, "%s%zu/%zu done  %zu running%s%s%s%s",
          l->terminal ? "\r\033[K" : "iclgd: ", p->done, p->total, p->running,
          failed, speed, left, l->terminal ? "" : "\n");
}

/* Who shares the points; one alone is run here. */
static iclgd_team *team_of(const iclgd_sweep_request *q) {
  return q->cli->point ? NULL : q->cli->team;
}

/* The hands of this process; and of all what a cluster keeps. */
static iclgd_status make_hands(iclgd_sweep_request *q, iclgd_hands *out,
                               int **ended, iclgd_error *err) {
  const size_t count = (size_t)q->jobs, ranks = iclgd_team_ranks(team_of(q));
  iclgd_children *children = iclgd_arena_take(&q->arena, 1, sizeof *children);
  *ended = iclgd_arena_take(&q->arena, count * ranks, sizeof **ended);
  if (children)
    *children = (iclgd_children){
        .folder = q->folder,
        .program = "/proc/self/exe",
        .pid = iclgd_arena_take(&q->arena, count, sizeof *children->pid)};
  *out = iclgd_hands_of_children(children, count);
  return iclgd_arena_status(&q->arena, err, "the processes");
}

iclgd_status iclgd_sweep_serve(iclgd_sweep_request *q, iclgd_error *err) {
  iclgd_hands own;
  int *unused;
  if (q->cli->dry_run || q->cli->point || q->cli->slurm) return ICLGD_OK;
  iclgd_cli_heed_signals();
  TRY(make_hands(q, &own, &unused, err));
  iclgd_cluster_serve(q->cli->team, &own);
  return ICLGD_OK;
}

iclgd_status iclgd_sweep_points(iclgd_sweep_request *q, iclgd_error *err) {
  iclgd_team *team = team_of(q);
  iclgd_hands own, all;
  iclgd_cluster_hands others;
  int *ended;
  line progress = {.quiet = q->cli->quiet || q->cli->point,
                   .terminal = isatty(STDERR_FILENO)};
  const iclgd_sweep_options options = {.folder = q->folder,
                                       .stop = &iclgd_cli_caught,
                                       .progress = show_progress,
                                       .context = &progress};
  iclgd_cli_heed_signals();
  TRY(make_hands(q, &own, &ended, err));
  all = team ? iclgd_cluster_lead(team, &own, ended, &others) : own;
  const iclgd_status status = iclgd_sweep_run(q->points, &all, &options, err);
  if (team) iclgd_cluster_dismiss(team);
  if (!progress.quiet && progress.terminal) fputs("\r\033[K", stderr);
  signal(SIGPIPE, SIG_DFL);
  for (size_t k = 0; k < q->points.count; ++k)
    if (q->points.point[k].state == ICLGD_POINT_FAILED) q->cli->code = 1;
  if (status == ICLGD_STOPPED) q->cli->code = 128 + iclgd_cli_caught;
  return status;
}
