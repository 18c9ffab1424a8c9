/* One point: its folder, how it stands and how it ended. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iclgd/json.h>
#include <iclgd/keys.h>

#include "record/output/save.h"
#include "run/training_journal.h"
#include "sweep/sweep.h"

static const char *const names[] = {
    [ICLGD_POINT_WAITING] = "waiting",   [ICLGD_POINT_DONE] = "done",
    [ICLGD_POINT_DIVERGED] = "diverged", [ICLGD_POINT_FAILED] = "failed",
    [ICLGD_POINT_DAMAGED] = "damaged",   [ICLGD_POINT_RUNNING] = "running"};

const char *iclgd_point_state_name(iclgd_point_state state) {
  return names[state];
}

void iclgd_point_path(const char *folder, const iclgd_point *point,
                      const char *name, char out[ICLGD_PATH_SIZE]) {
  snprintf(out, ICLGD_PATH_SIZE, "%s/runs/%s%s%s", folder, point->id,
           *name ? "/" : "", name);
}

/* What does not fit is cut. */
void iclgd_point_explain(iclgd_point *point, const char *text) {
  snprintf(point->reason, sizeof point->reason, "%.*s", ICLGD_REASON_SIZE - 1,
           text);
}

/* What outcome.json says; nothing where it is not there or damaged. */
static void read_outcome(const char *folder, iclgd_point *point) {
  char path[ICLGD_PATH_SIZE];
  iclgd_point_path(folder, point, "outcome.json", path);
  json_t *outcome = json_load_file(path, 0, NULL);
  point->state = ICLGD_POINT_WAITING;
  point->seconds = NAN;
  point->reason[0] = '\0';
  if (!outcome) return;
  const char *state = iclgd_json_text(outcome, "state");
  point->seconds = iclgd_json_real(outcome, "seconds");
  iclgd_point_explain(point, iclgd_json_text(outcome, "reason"));
  for (int i = ICLGD_POINT_DONE; i <= ICLGD_POINT_DAMAGED; ++i)
    if (strcmp(state, names[i]) == 0) point->state = (iclgd_point_state)i;
  json_decref(outcome);
}

/* Of a file that is whole; how it ended may not have been written down. */
static void judge(const iclgd_source *source, iclgd_point *point) {
  if (point->state == ICLGD_POINT_DAMAGED ||
      point->state == ICLGD_POINT_DIVERGED)
    return;
  point->state =
      iclgd_training_diverged(source) ? ICLGD_POINT_DIVERGED : ICLGD_POINT_DONE;
  iclgd_point_explain(
      point, point->state == ICLGD_POINT_DIVERGED ? "training diverged" : "");
}

/* A file that is there must be readable, whatever was said of it; one of which
 * the table could make nothing stays damaged. */
static void read_file(const char *path, iclgd_point *point) {
  iclgd_error err;
  iclgd_source *source;
  iclgd_status status = iclgd_source_try(path, &err);
  if (!status) status = iclgd_source_open(path, &source, &err);
  if (!status) {
    judge(source, point);
    iclgd_source_close(source);
    return;
  }
  point->state = ICLGD_POINT_DAMAGED;
  iclgd_point_explain(point, err.text);
}

void iclgd_point_look(const char *folder, iclgd_point *point) {
  char path[ICLGD_PATH_SIZE];
  struct stat found;
  read_outcome(folder, point);
  iclgd_point_path(folder, point, "run.h5", path);
  if (stat(path, &found) == 0)
    read_file(path, point);
  else if (point->state != ICLGD_POINT_FAILED)
    point->state = ICLGD_POINT_WAITING;
}

void iclgd_point_recall(const char *folder, iclgd_point *point) {
  read_outcome(folder, point);
  if (point->state != ICLGD_POINT_DONE && point->state != ICLGD_POINT_DIVERGED)
    iclgd_point_look(folder, point);
}

bool iclgd_point_settings(const char *folder, iclgd_point *point,
                          iclgd_settings **out) {
  char path[ICLGD_PATH_SIZE], own[ICLGD_PATH_SIZE];
  iclgd_error err;
  iclgd_point_path(folder, point, "point.ini", path);
  iclgd_point_path(folder, point, "", own);
  if (access(own, F_OK) != 0) {
    point->state = ICLGD_POINT_WAITING;
    return false;
  }
  iclgd_status status = iclgd_settings_defaults(out, &err);
  if (!status) {
    status = iclgd_settings_load(*out, path, &err);
    if (status) iclgd_settings_free(*out);
  }
  if (!status) return true;
  point->state = ICLGD_POINT_DAMAGED;
  iclgd_point_explain(point, err.text);
  return false;
}

static iclgd_status write_outcome(const void *what, FILE *out,
                                  iclgd_error *err) {
  const iclgd_point *point = what;
  json_t *outcome =
      json_pack("{s:s, s:s}", "state", iclgd_point_state_name(point->state),
                "reason", point->reason);
  if (!outcome || json_object_set_new(outcome, "seconds",
                                      iclgd_json_number(point->seconds)) != 0) {
    json_decref(outcome);
    return iclgd_fail_memory(err, "the outcome");
  }
  const iclgd_status status = iclgd_json_print(outcome, out, err);
  json_decref(outcome);
  return status;
}

iclgd_status iclgd_point_save(const char *folder, const iclgd_point *point,
                              iclgd_error *err) {
  char path[ICLGD_PATH_SIZE];
  iclgd_point_path(folder, point, "outcome.json", path);
  return iclgd_save(path, write_outcome, point, err);
}
