/* Points as child processes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sweep/hands.h"

enum { CODE_EXEC = 127 };

/* In the child: its output goes to the log; it ends with its parent. A folder
 * "lr=1" is no key, and "-a" no option. */
static void become(const iclgd_children *all, const iclgd_point *point) {
  char ini[ICLGD_PATH_SIZE], output[ICLGD_PATH_SIZE], log[ICLGD_PATH_SIZE];
  char folder[ICLGD_PATH_SIZE];
  snprintf(folder, sizeof folder, "%s%s", *all->folder == '/' ? "" : "./",
           all->folder);
  iclgd_point_path(folder, point, "point.ini", ini);
  iclgd_point_path(folder, point, "run.h5", output);
  iclgd_point_path(folder, point, "log", log);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int silent = open("/dev/null", O_RDWR);
  const int file = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  dup2(silent, STDIN_FILENO);
  dup2(silent, STDOUT_FILENO);
  dup2(file >= 0 ? file : silent, STDERR_FILENO);
  execl(all->program, "iclgd", "run", ini, "train.threads=1", "-o", output,
        "--resume", "--quiet", (char *)NULL);
  fprintf(stderr, "iclgd: %s: %s\n", all->program, strerror(errno));
  _exit(CODE_EXEC);
}

static iclgd_status start(void *context, size_t hand, const iclgd_point *point,
                          iclgd_error *err) {
  iclgd_children *all = context;
  fflush(NULL);
  const pid_t pid = fork();
  if (pid < 0)
    return iclgd_fail(err, ICLGD_EIO, "cannot start a process: %s",
                      strerror(errno));
  if (pid == 0) become(all, point);
  all->pid[hand] = pid;
  return ICLGD_OK;
}

static bool ended(void *context, size_t hand, int *how) {
  iclgd_children *all = context;
  const pid_t pid = all->pid[hand];
  if (pid == 0 || waitpid(pid, how, WNOHANG) != pid) return false;
  all->pid[hand] = 0;
  return true;
}

static void stop(void *context, size_t hand) {
  const iclgd_children *all = context;
  if (all->pid[hand] > 0) kill(all->pid[hand], SIGTERM);
}

iclgd_hands iclgd_hands_of_children(iclgd_children *children, size_t count) {
  return (iclgd_hands){count, children, start, ended, stop};
}
