/* The data folder: environment, installation, source; in this order. */
#include "data_folder.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDERS = 3, PATH_SIZE = 4096 };

typedef struct folders {
  char path[FOLDERS][PATH_SIZE]; /* "" where there is none */
} folders;

/* The folder of the running program, without a slash at the end. */
static void program_folder(char *out, size_t size) {
  const ssize_t length = readlink("/proc/self/exe", out, size - 1);
  out[length > 0 ? length : 0] = '\0';
  char *slash = strrchr(out, '/');
  if (slash) *slash = '\0';
}

static void join(char *out, const char *folder, const char *name) {
  const int length = snprintf(out, PATH_SIZE, "%s/%s", folder, name);
  if (length < 0 || length >= PATH_SIZE) out[0] = '\0';
}

static folders find_folders(void) {
  folders f;
  const char *chosen = getenv("ICLGD_DATA");
  snprintf(f.path[0], PATH_SIZE, "%s", chosen ? chosen : "");
  char program[PATH_SIZE];
  program_folder(program, sizeof program);
  join(f.path[1], program, ICLGD_INSTALLED_DATA);
  snprintf(f.path[2], PATH_SIZE, "%s", ICLGD_SOURCE_DATA);
  return f;
}

static bool is_file(const char *path) {
  struct stat s;
  return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static iclgd_status fail_not_found(const folders *f, const char *what,
                                   iclgd_error *err) {
  char looked[1024] = "";
  for (size_t i = 0; i < FOLDERS; ++i) {
    const size_t used = strlen(looked);
    if (f->path[i][0])
      snprintf(looked + used, sizeof looked - used, "%s%s", used ? ", " : "",
               f->path[i]);
  }
  return iclgd_fail(err, ICLGD_EUSAGE, "%s: not found, looked in %s", what,
                    looked);
}

iclgd_status iclgd_data_file(const char *kind, const char *name, char *out,
                             size_t size, iclgd_error *err) {
  const folders f = find_folders();
  char relative[PATH_SIZE], path[PATH_SIZE];
  join(relative, kind, name);
  for (size_t i = 0; i < FOLDERS && *relative; ++i) {
    if (!f.path[i][0]) continue;
    join(path, f.path[i], relative);
    if (!is_file(path) || strlen(path) >= size) continue;
    memcpy(out, path, strlen(path) + 1);
    return ICLGD_OK;
  }
  return fail_not_found(&f, relative, err);
}

/* A list that grows in an arena. */
typedef struct name_list {
  iclgd_arena *arena;
  char **names;
  size_t count, capacity;
} name_list;

static bool has(const name_list *list, const char *name) {
  for (size_t i = 0; i < list->count; ++i)
    if (strcmp(list->names[i], name) == 0) return true;
  return false;
}

static bool add(name_list *list, const char *name) {
  if (has(list, name)) return true;
  if (list->count == list->capacity) {
    const size_t capacity = 2 * list->capacity + 16;
    char **grown = iclgd_arena_take(list->arena, capacity, sizeof *grown);
    if (!grown) return false;
    if (list->count) memcpy(grown, list->names, list->count * sizeof *grown);
    list->names = grown;
    list->capacity = capacity;
  }
  char *copy = iclgd_arena_text(list->arena, name);
  if (!copy) return false;
  list->names[list->count++] = copy;
  return true;
}

/* Add the files of a kind in one folder, "presets" with ".ini"; false only when
 * memory is out. */
static bool add_names(name_list *list, const char *folder, const char *kind,
                      const char *ending) {
  char path[PATH_SIZE];
  join(path, folder, kind);
  DIR *dir = opendir(path);
  if (!dir) return true;
  bool ok = true;
  for (struct dirent *item; ok && (item = readdir(dir));) {
    char *end = strrchr(item->d_name, '.');
    if (!end || end == item->d_name || strcmp(end, ending) != 0) continue;
    *end = '\0';
    ok = add(list, item->d_name);
  }
  closedir(dir);
  return ok;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static iclgd_status list_names(const char *kind, const char *ending,
                               iclgd_arena *arena, char ***names, size_t *count,
                               iclgd_error *err) {
  char all[64];
  const folders f = find_folders();
  name_list list = {.arena = arena};
  for (size_t i = 0; i < FOLDERS; ++i)
    if (f.path[i][0] && !add_names(&list, f.path[i], kind, ending))
      return iclgd_fail_memory(err, kind);
  snprintf(all, sizeof all, "%s/*%s", kind, ending);
  if (list.count == 0) return fail_not_found(&f, all, err);
  qsort(list.names, list.count, sizeof *list.names, by_name);
  *names = list.names;
  *count = list.count;
  return ICLGD_OK;
}

iclgd_status iclgd_data_presets(iclgd_arena *arena, char ***names,
                                size_t *count, iclgd_error *err) {
  return list_names("presets", ".ini", arena, names, count, err);
}

iclgd_status iclgd_data_sweeps(iclgd_arena *arena, char ***names, size_t *count,
                               iclgd_error *err) {
  return list_names("sweeps", ".sweep", arena, names, count, err);
}
