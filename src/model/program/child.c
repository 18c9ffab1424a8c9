/* Starting, asking and ending a child process (see child.h). */
#define _GNU_SOURCE /* pipe2, posix_spawn_file_actions_addclosefrom_np */
#include "model/program/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ; /* NOLINT: by POSIX; glibc has it already */

/* A pipe whose end `ours` (0 or 1) stays here and never blocks. */
static bool make_pipe(int ends[2], int ours) {
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  return fcntl(ends[ours], F_SETFL, O_NONBLOCK) == 0;
}

static void close_end(int *end) {
  if (*end >= 0) close(*end);
  *end = -1;
}

/* Signals that this process ignores or blocks are the child's to have, files
 * that it has open are not: the lock of one that is being written would live as
 * long as the child. */
static int spawn(const char *command, int in, int out, pid_t *pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t how;
  sigset_t none, standard;
  char *arguments[] = {"sh", "-c", (char *)(uintptr_t)command, NULL};
  int failed = posix_spawn_file_actions_init(&files);
  if (failed) return failed;
  failed = posix_spawnattr_init(&how);
  if (failed) {
    posix_spawn_file_actions_destroy(&files);
    return failed;
  }
  sigemptyset(&none);
  sigemptyset(&standard);
  sigaddset(&standard, SIGPIPE);
  sigaddset(&standard, SIGINT);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                     POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&how, 0);
  posix_spawnattr_setsigdefault(&how, &standard);
  posix_spawnattr_setsigmask(&how, &none);
  failed = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  if (!failed)
    failed = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(&files, 3);
  if (!failed)
    failed = posix_spawn(pid, "/bin/sh", &files, &how, arguments, environ);
  posix_spawnattr_destroy(&how);
  posix_spawn_file_actions_destroy(&files);
  return failed;
}

iclgd_status iclgd_child_start(const char *command, iclgd_child *out,
                               iclgd_error *err) {
  int to[2] = {-1, -1}, from[2] = {-1, -1};
  *out = (iclgd_child){.in = -1, .out = -1, .stop = out->stop};
  int failed = make_pipe(to, 1) && make_pipe(from, 0) ? 0 : errno;
  if (!failed) failed = spawn(command, to[0], from[1], &out->pid);
  close_end(&to[0]);
  close_end(&from[1]);
  out->in = to[1];
  out->out = from[0];
  if (!failed) return ICLGD_OK;
  out->pid = 0;
  close_end(&out->in);
  close_end(&out->out);
  return iclgd_fail(err, ICLGD_EIO, "'%s' cannot be started: %s", command,
                    strerror(failed));
}

double iclgd_child_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Until one of the ends is ready or closed, looking at *stop in between. */
static iclgd_transfer wait_for(const iclgd_child *child, struct pollfd *ends,
                               nfds_t count, double deadline) {
  enum { SLICE = 100 }; /* milliseconds */
  for (;;) {
    if (child->stop && *child->stop) return ICLGD_TRANSFER_STOPPED;
    const double left = 1e3 * (deadline - iclgd_child_now());
    if (left <= 0) return ICLGD_TRANSFER_LATE;
    const int ready = poll(ends, count, left < SLICE ? (int)left + 1 : SLICE);
    if (ready > 0) return ICLGD_TRANSFER_DONE;
    if (ready < 0 && errno != EINTR) return ICLGD_TRANSFER_FAILED;
  }
}

/* writev whose SIGPIPE, if one comes, is taken back before anyone sees it; the
 * signal is the thread's own, so that others are not concerned. */
static ssize_t write_quietly(int end, const struct iovec *parts, int count) {
  sigset_t pipes, before, pending;
  const struct timespec now = {0};
  sigemptyset(&pipes);
  sigaddset(&pipes, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipes, &before);
  const ssize_t wrote = writev(end, parts, count);
  const int failed = errno;
  if (wrote < 0 && failed == EPIPE && !sigismember(&pending, SIGPIPE))
    while (sigtimedwait(&pipes, NULL, &now) < 0 && errno == EINTR) continue;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = failed;
  return wrote;
}

/* Leave out the first bytes of what is to be written. */
static void advance(struct iovec **parts, int *count, size_t bytes) {
  while (*count > 0 && bytes >= (*parts)->iov_len) {
    bytes -= (*parts)->iov_len;
    ++*parts;
    --*count;
  }
  if (*count == 0) return;
  (*parts)->iov_base = (char *)(*parts)->iov_base + bytes;
  (*parts)->iov_len -= bytes;
}

static bool is_for_later(void) {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

iclgd_transfer iclgd_child_write(iclgd_child *child, struct iovec *parts,
                                 int count, double deadline) {
  for (advance(&parts, &count, 0); count > 0;) {
    const ssize_t wrote = write_quietly(child->in, parts, count);
    if (wrote >= 0) {
      advance(&parts, &count, (size_t)wrote);
      continue;
    }
    if (errno == EPIPE) return ICLGD_TRANSFER_CLOSED;
    if (!is_for_later()) return ICLGD_TRANSFER_FAILED;
    struct pollfd ends[] = {{.fd = child->in, .events = POLLOUT},
                            {.fd = child->out, .events = POLLIN}};
    const iclgd_transfer waited = wait_for(child, ends, 2, deadline);
    if (waited != ICLGD_TRANSFER_DONE) return waited;
    if (!ends[0].revents && (ends[1].revents & POLLIN))
      return ICLGD_TRANSFER_EARLY;
  }
  return ICLGD_TRANSFER_DONE;
}

iclgd_transfer iclgd_child_read(iclgd_child *child, void *out, size_t size,
                                double deadline, size_t *got) {
  for (;;) {
    struct pollfd end = {.fd = child->out, .events = POLLIN};
    const iclgd_transfer waited = wait_for(child, &end, 1, deadline);
    if (waited != ICLGD_TRANSFER_DONE) return waited;
    const ssize_t bytes = read(child->out, out, size);
    if (bytes == 0) return ICLGD_TRANSFER_CLOSED;
    if (bytes < 0 && is_for_later()) continue;
    if (bytes < 0) return ICLGD_TRANSFER_FAILED;
    *got = (size_t)bytes;
    return ICLGD_TRANSFER_DONE;
  }
}

bool iclgd_child_has_more(const iclgd_child *child) {
  struct pollfd end = {.fd = child->out, .events = POLLIN};
  return poll(&end, 1, 0) > 0 && (end.revents & POLLIN);
}

/* Whether it has ended within so many seconds; it stays to be reaped, and with
 * it its number and that of its group. */
static bool ends_within(const iclgd_child *child, double seconds) {
  const struct timespec pause = {.tv_nsec = 2000000};
  const double deadline = iclgd_child_now() + seconds;
  for (;;) {
    siginfo_t info = {0};
    const int failed =
        waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    if (failed ? errno != EINTR : info.si_pid != 0) return true;
    if (iclgd_child_now() >= deadline) return false;
    nanosleep(&pause, NULL);
  }
}

bool iclgd_child_end(iclgd_child *child, double grace, int *status) {
  enum { SECONDS_TO_TIDY_UP = 1 };
  *status = 0;
  if (child->pid == 0) return true;
  close_end(&child->in);
  const bool by_itself = ends_within(child, grace);
  if (!by_itself) {
    kill(-child->pid, SIGTERM);
    ends_within(child, SECONDS_TO_TIDY_UP);
  }
  kill(-child->pid, SIGKILL);
  while (waitpid(child->pid, status, 0) < 0 && errno == EINTR) continue;
  close_end(&child->out);
  child->pid = 0;
  return by_itself;
}

void iclgd_child_ending(int status, char *out, size_t size) {
  enum { SHELL_SIGNALS = 128 };
  if (WIFSIGNALED(status))
    snprintf(out, size, "signal %d (%s)", WTERMSIG(status),
             strsignal(WTERMSIG(status)));
  else if (WEXITSTATUS(status) > SHELL_SIGNALS &&
           WEXITSTATUS(status) < SHELL_SIGNALS + NSIG)
    snprintf(out, size, "exit code %d (of the shell: signal %d, %s)",
             WEXITSTATUS(status), WEXITSTATUS(status) - SHELL_SIGNALS,
             strsignal(WEXITSTATUS(status) - SHELL_SIGNALS));
  else
    snprintf(out, size, "exit code %d", WEXITSTATUS(status));
}
