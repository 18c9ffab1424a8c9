/* HDF5 1.10 crashes on some files that are damaged, or built to that end. A
 * crash of the child is a message of the parent. */
#include "cli/confined.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GIB = 30, TIMES_THE_FILE = 16, SECONDS = 3600 };

static void limit(int what, rlim_t value) {
  struct rlimit limits;
  if (getrlimit(what, &limits) != 0 || limits.rlim_cur <= value) return;
  limits.rlim_cur = value;
  setrlimit(what, &limits);
}

static void confine(int count, char *const *files) {
  rlim_t bytes = (rlim_t)2 << GIB;
  struct stat found;
  for (int i = 0; i < count; ++i)
    if (stat(files[i], &found) == 0 && found.st_size > 0)
      bytes += TIMES_THE_FILE * (rlim_t)found.st_size;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, SECONDS);
#ifndef __SANITIZE_ADDRESS__ /* whose shadow is larger than any limit */
  limit(RLIMIT_AS, bytes);
#else
  (void)bytes;
#endif
}

static bool is_crash(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGABRT ||
         number == SIGFPE || number == SIGILL;
}

/* The files by name: which of several it was is not known. */
static iclgd_status is_damaged(int count, char *const *files, const char *how,
                               iclgd_error *err) {
  char names[512] = "";
  size_t used = 0;
  for (int i = 0; i < count && used < sizeof names; ++i)
    if (access(files[i], F_OK) == 0)
      used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                               used ? " or " : "", files[i]);
  return iclgd_fail(err, ICLGD_EINPUT, "%s is damaged (%s)", names, how);
}

bool iclgd_cli_confine(int count, char *const *files, int *code,
                       iclgd_status *status, iclgd_error *err) {
  int how = 0;
  fflush(NULL);
  const pid_t child = fork();
  if (child == 0) confine(count, files);
  if (child <= 0) return false; /* without a child, in this process */
  while (waitpid(child, &how, 0) < 0 && errno == EINTR) continue;
  *code = WEXITSTATUS(how);
  if (!WIFSIGNALED(how)) return true;
  const int number = WTERMSIG(how);
  *code = 128 + number;
  if (is_crash(number))
    *status =
        is_damaged(count, files, "the HDF5 library crashed reading it", err);
  else if (number == SIGXCPU)
    *status = is_damaged(count, files, "reading it does not end", err);
  else
    raise(number);
  return true;
}
