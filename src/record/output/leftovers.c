/* Temporary names, and what killed processes have left under such. */
#include "leftovers.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "target.h"

enum { NAME_KEPT = 200 }; /* of a long name, so that there is room for ours */

/* FNV-1a of the machine's name. */
static uint32_t host(void) {
  char name[256] = "";
  uint32_t hash = UINT32_C(2166136261);
  gethostname(name, sizeof name - 1);
  for (const char *c = name; *c; ++c)
    hash = (hash ^ (unsigned char)*c) * UINT32_C(16777619);
  return hash;
}

static uint32_t scramble(uint32_t attempt) {
  struct timespec now = {0};
  clock_gettime(CLOCK_REALTIME, &now);
  const uint32_t mixed = (uint32_t)now.tv_nsec ^ (uint32_t)now.tv_sec << 12;
  return (mixed + attempt) * UINT32_C(2654435761);
}

char *iclgd_temporary_name(const char *target, uint32_t attempt,
                           iclgd_arena *arena) {
  const size_t size = strlen(target) + 64;
  const int folder = iclgd_folder_length(target);
  char *name = iclgd_arena_take(arena, size, 1);
  if (name)
    snprintf(name, size, "%.*s.%.*s.%08x-%ld-%08x.tmp", folder, target,
             NAME_KEPT, target + folder, host(), (long)getpid(),
             scramble(attempt));
  return name;
}

/* The process of this machine that an entry of the folder belongs to, if it is
 * a temporary that begins with `start`; else 0. */
static pid_t owner(const char *entry, const char *start) {
  const size_t length = strlen(start), hex = 8;
  char *end;
  if (strncmp(entry, start, length) != 0) return 0;
  entry += length;
  if (!isdigit((unsigned char)*entry)) return 0;
  const long pid = strtol(entry, &end, 10);
  if (pid <= 0 || pid > INT_MAX || *end != '-' ||
      strspn(end + 1, "0123456789abcdef") != hex ||
      strcmp(end + 1 + hex, ".tmp") != 0)
    return 0;
  return (pid_t)pid;
}

void iclgd_remove_leftovers(const char *target) {
  char start[NAME_KEPT + 16], folder[PATH_MAX];
  const int length = iclgd_folder_length(target);
  snprintf(start, sizeof start, ".%.*s.%08x-", NAME_KEPT, target + length,
           host());
  if (length >= (int)sizeof folder) return;
  snprintf(folder, sizeof folder, "%.*s", length, length ? target : "");
  DIR *open = opendir(length ? folder : ".");
  if (!open) return;
  for (const struct dirent *e = readdir(open); e; e = readdir(open)) {
    const pid_t pid = owner(e->d_name, start);
    if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH)
      unlinkat(dirfd(open), e->d_name, 0);
  }
  closedir(open);
}
