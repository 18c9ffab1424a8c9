/* iclgd sweep --dry-run: the points of a grid, and how they stand. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/signals.h"
#include "cli/sweep_request.h"
#include "sweep/estimate.h"

/* The settings of a point in one line. */
static iclgd_status print_settings(iclgd_sweep_request *q, size_t k,
                                   iclgd_error *err) {
  TRY(iclgd_grid_set(&q->grid, k, err));
  for (size_t a = 0; a < q->grid.n_axes; ++a)
    for (size_t j = 0; j < q->grid.axes[a].n_keys; ++j)
      for (size_t i = 0; i < iclgd_settings_count(q->settings); ++i)
        if (strcmp(iclgd_settings_key(q->settings, i)->name,
                   q->grid.axes[a].keys[j]) == 0)
          printf(" %s=%s", q->grid.axes[a].keys[j],
                 iclgd_settings_value(q->settings, i));
  return ICLGD_OK;
}

typedef struct list {
  iclgd_points found; /* the points, by the names of their folders */
  size_t done, timed;
  double seconds;     /* of those that are timed */
  size_t first, last; /* of the grid, that are not done */
} list;

/* The points as they stand. */
static iclgd_status find(iclgd_sweep_request *q, list *l, iclgd_error *err) {
  const size_t count = q->points.count;
  iclgd_point *point = iclgd_arena_take(&q->arena, count, sizeof *point);
  if (!point) return iclgd_fail_memory(err, "the points");
  memcpy(point, q->points.point, count * sizeof *point);
  l->found = (iclgd_points){point, count};
  l->first = SIZE_MAX;
  TRY(iclgd_points_find(q->folder, &l->found, err));
  for (size_t p = 0; p < count; ++p) iclgd_point_look(q->folder, &point[p]);
  return ICLGD_OK;
}

/* Point k of the grid. */
static void note(list *l, const iclgd_point *point, size_t k) {
  const bool over =
      point->state == ICLGD_POINT_DONE || point->state == ICLGD_POINT_DIVERGED;
  l->done += over;
  if (!over) {
    if (l->first == SIZE_MAX) l->first = k;
    l->last = k;
  } else if (isfinite(point->seconds)) {
    l->seconds += point->seconds;
    ++l->timed;
  }
}

static iclgd_status print_points(iclgd_sweep_request *q, list *l,
                                 iclgd_error *err) {
  size_t p = 0;
  for (size_t k = 0; k < q->grid.count && p < q->points.count; ++k) {
    char id[ICLGD_ID_SIZE];
    TRY(iclgd_grid_set(&q->grid, k, err));
    iclgd_settings_identify(q->settings, id);
    if (strcmp(id, q->points.point[p].id) != 0) continue; /* there before */
    const iclgd_point *point = &l->found.point[p];
    note(l, point, k);
    printf("%5zu  %s  %-8s", ++p, point->id,
           iclgd_point_state_name(point->state));
    TRY(print_settings(q, k, err));
    putchar('\n');
  }
  return ICLGD_OK;
}

/* Where none is done: the first and the last, in short runs. */
static iclgd_status measure(iclgd_sweep_request *q, list *l, iclgd_error *err) {
  const size_t places[] = {l->first, l->last};
  iclgd_cli_heed_signals();
  for (size_t i = 0; i < (l->first < l->last ? 2 : 1); ++i) {
    double seconds;
    TRY(iclgd_grid_set(&q->grid, places[i], err));
    TRY(iclgd_sweep_estimate("/proc/self/exe", q->settings, &iclgd_cli_caught,
                             &seconds, err));
    l->seconds += seconds;
    ++l->timed;
  }
  return ICLGD_OK;
}

/* What the rest may take, by those that are done or were measured. */
iclgd_status iclgd_sweep_list(iclgd_sweep_request *q, iclgd_error *err) {
  list l = {.done = 0};
  iclgd_error why = {""};
  TRY(find(q, &l, err));
  TRY(print_points(q, &l, err));
  const size_t left = q->points.count - l.done;
  const bool measured = l.timed == 0 && left > 0 && !q->cli->quiet;
  printf("%zu points, %zu done", q->points.count, l.done);
  fflush(stdout);
  const iclgd_status status = measured ? measure(q, &l, &why) : ICLGD_OK;
  if (status)
    printf(", time not known: %s", why.text);
  else if (l.timed > 0 && left > 0)
    printf(", about %.3g s left with %ld at a time%s",
           l.seconds / (double)l.timed * (double)left / (double)q->jobs,
           q->jobs,
           !measured     ? ""
           : l.timed > 1 ? " (by short runs of the first and the last)"
                         : " (by short runs)");
  putchar('\n');
  if (status == ICLGD_STOPPED) q->cli->code = 128 + iclgd_cli_caught;
  return ICLGD_OK;
}
