/* iclgd sweep --dry-run, --estimate: the points of a grid, how they stand, and
 * what the rest may take. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/sweep_request.h"

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

/* What is left, by points that are done. */
static iclgd_status print_left(iclgd_sweep_request *q, size_t done,
                               iclgd_error *err) {
  const size_t at_once = (size_t)q->jobs * iclgd_team_ranks(q->cli->team);
  double seconds;
  size_t timed;
  TRY(iclgd_sweep_left(&q->grid, q->points, at_once, &seconds, &timed, err));
  printf("%zu points, %zu done", q->points.count, done);
  if (timed > 0 && done < q->points.count)
    printf(", about %.0f s left with %zu at a time, by %zu that %s timed",
           ceil(seconds), at_once, timed, timed == 1 ? "was" : "were");
  else if (done < q->points.count)
    fputs("; how long they take is not known (--estimate)", stdout);
  putchar('\n');
  return ICLGD_OK;
}

/* How a point stands, as in the table; nothing is to be said of settings where
 * there are none yet. */
static void look(const iclgd_sweep_request *q, iclgd_point *point) {
  iclgd_settings *settings;
  iclgd_point_look(q->folder, point);
  if (iclgd_point_settings(q->folder, point, &settings))
    iclgd_settings_free(settings);
}

/* Every point, how it stands, and what the rest may take by those that are
 * done. */
iclgd_status iclgd_sweep_list(iclgd_sweep_request *q, iclgd_error *err) {
  size_t done = 0;
  TRY(iclgd_manifest_check(q->folder, err));
  TRY(iclgd_points_find(q->folder, &q->points, err));
  for (size_t k = 0; k < q->points.count; ++k) {
    iclgd_point *point = &q->points.point[k];
    look(q, point);
    done += point->state == ICLGD_POINT_DONE ||
            point->state == ICLGD_POINT_DIVERGED;
    printf("%5zu  %s  %-8s", k + 1, point->id,
           iclgd_point_state_name(point->state));
    TRY(print_settings(q, point->place, err));
    putchar('\n');
  }
  return print_left(q, done, err);
}

/* Run the two points that have least and most to do, which are done then. */
iclgd_status iclgd_sweep_ends_run(iclgd_sweep_request *q, iclgd_error *err) {
  const iclgd_points all = q->points;
  TRY(iclgd_arena_status(&q->arena, err, "the points"));
  q->points.point =
      iclgd_arena_take(&q->arena, all.count, sizeof *q->points.point);
  if (!q->points.point) return iclgd_fail_memory(err, "the points");
  memcpy(q->points.point, all.point, all.count * sizeof *all.point);
  for (size_t k = 0; k < all.count; ++k)
    iclgd_point_look(q->folder, &q->points.point[k]);
  TRY(iclgd_sweep_ends(&q->grid, &q->points, err));
  const iclgd_status status = iclgd_sweep_points(q, err);
  q->points = all;
  return status ? status : iclgd_sweep_list(q, err);
}
