/* HDF5 1.10 crashes on some files that are damaged, or built to that end. A
 * crash of the child is a message of the parent. */
#include "cli/confined.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"

enum { MIB = 20, GIB = 30, TIMES_THE_FILE = 16 };
/* Of processor time, and more by MiB of the files. */
enum { SECONDS = 120, SECONDS_A_MIB = 4 };

static void confine(char **files, int count) {
  uint64_t size = 0;
  struct stat found;
  for (int i = 0; i < count; ++i)
    if (stat(files[i], &found) == 0 && found.st_size > 0)
      size += (uint64_t)found.st_size;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  iclgd_limit_process(((uint64_t)2 << GIB) + TIMES_THE_FILE * size,
                      SECONDS + SECONDS_A_MIB * (size >> MIB));
}

static bool is_crash(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGABRT ||
         number == SIGFPE || number == SIGILL;
}

/* The files by name: which of several it was is not known. */
static iclgd_status say_damaged(char **files, int count, const char *how,
                                iclgd_error *err) {
  char names[512] = "";
  size_t used = 0;
  for (int i = 0; i < count && used < sizeof names; ++i)
    if (access(files[i], F_OK) == 0)
      used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                               used ? " or " : "", files[i]);
  return iclgd_fail(err, ICLGD_EINPUT, "%s is damaged (%s)", names, how);
}

iclgd_status iclgd_cli_confine(char **files, int count, int *code,
                               iclgd_error *err) {
  int how = 0;
  *code = -1;
  fflush(NULL);
  const pid_t child = fork();
  if (child == 0) confine(files, count);
  if (child <= 0) return ICLGD_OK; /* without a child, in this process */
  while (waitpid(child, &how, 0) < 0 && errno == EINTR) continue;
  *code = WEXITSTATUS(how);
  if (!WIFSIGNALED(how)) return ICLGD_OK;
  const int number = WTERMSIG(how);
  *code = 128 + number;
  if (is_crash(number))
    return say_damaged(files, count, "the HDF5 library crashed reading it",
                       err);
  if (number == SIGXCPU)
    return say_damaged(files, count, "reading it does not end", err);
  raise(number);
  return ICLGD_OK;
}
