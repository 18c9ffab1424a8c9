/* Which folder a point has: that whose point.ini says its settings. Mostly its
 * name says so; folders of another release, with other keys or defaults, are
 * found by what they say, once all of them have been read. */
#include <dirent.h>
#include <iclgd/keys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sweep/sweep.h"

/* What a folder is called, and what its settings are called by now. */
typedef struct home {
  char name[ICLGD_ID_SIZE], id[ICLGD_ID_SIZE];
} home;

typedef struct search {
  const char *folder;
  home *homes; /* (count) by id, or NULL: not read */
  size_t count, room;
} search;

/* The identifier of the settings of a folder; false where it has none. Keys
 * that its release did not have are at their defaults. */
static bool read_home(const search *s, home *h) {
  iclgd_point point = {.state = ICLGD_POINT_WAITING};
  char path[ICLGD_PATH_SIZE];
  iclgd_settings *settings;
  iclgd_error unused;
  memcpy(point.id, h->name, sizeof point.id);
  iclgd_point_path(s->folder, &point, "point.ini", path);
  if (access(path, R_OK) != 0 || iclgd_settings_defaults(&settings, &unused))
    return false;
  const bool is_read = !iclgd_settings_load(settings, path, &unused);
  if (is_read) iclgd_settings_identify(settings, h->id);
  iclgd_settings_free(settings);
  return is_read;
}

static bool is_at_home(const search *s, const iclgd_point *point) {
  home h;
  memcpy(h.name, point->id, sizeof h.name);
  return read_home(s, &h) && strcmp(h.id, point->id) == 0;
}

static int by_id(const void *a, const void *b) {
  const home *p = a, *q = b;
  const int order = strcmp(p->id, q->id);
  return order ? order : strcmp(p->name, q->name);
}

static bool add_home(search *s, const char *name) {
  if (s->count == s->room) {
    s->room = s->room ? 2 * s->room : 64;
    home *more = realloc(s->homes, s->room * sizeof *more);
    if (!more) return false;
    s->homes = more;
  }
  home *h = &s->homes[s->count];
  snprintf(h->name, sizeof h->name, "%.16s", name);
  if (read_home(s, h)) ++s->count;
  return true;
}

/* All folders; without a folder of folders there are none. */
static iclgd_status read_homes(search *s, iclgd_error *err) {
  char path[ICLGD_PATH_SIZE];
  snprintf(path, sizeof path, "%s/runs", s->folder);
  DIR *list = opendir(path);
  bool whole = true;
  const struct dirent *entry;
  while (list && whole && (entry = readdir(list)))
    if (iclgd_is_identifier(entry->d_name)) whole = add_home(s, entry->d_name);
  if (list) closedir(list);
  if (!whole) return iclgd_fail_memory(err, "the points");
  if (s->count > 0) qsort(s->homes, s->count, sizeof *s->homes, by_id);
  return ICLGD_OK;
}

static const home *find_home(const search *s, const char *id) {
  for (size_t low = 0, high = s->count; low < high;) {
    const size_t middle = low + (high - low) / 2;
    const int order = strcmp(s->homes[middle].id, id);
    if (order == 0) return &s->homes[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

static bool is_taken(const search *s, const char *name) {
  for (size_t i = 0; i < s->count; ++i)
    if (strcmp(s->homes[i].name, name) == 0) return true;
  return false;
}

/* The next name, the same one each time. */
static void rename_point(iclgd_point *point) {
  const unsigned long long value = strtoull(point->id, NULL, 16);
  snprintf(point->id, sizeof point->id, "%016llx", value + 1);
}

static void settle(const search *s, iclgd_point *point) {
  const home *found = find_home(s, point->id);
  if (found)
    memcpy(point->id, found->name, sizeof point->id);
  else
    while (is_taken(s, point->id)) rename_point(point);
}

static iclgd_status find_all(search *s, iclgd_points *points,
                             iclgd_error *err) {
  bool read = false;
  for (size_t k = 0; k < points->count; ++k) {
    if (is_at_home(s, &points->point[k])) continue;
    if (!read) TRY(read_homes(s, err));
    read = true;
    settle(s, &points->point[k]);
  }
  return ICLGD_OK;
}

iclgd_status iclgd_points_find(const char *folder, iclgd_points *points,
                               iclgd_error *err) {
  search s = {.folder = folder};
  if (access(folder, F_OK) != 0) return ICLGD_OK;
  const iclgd_status status = find_all(&s, points, err);
  free(s.homes);
  return status;
}
