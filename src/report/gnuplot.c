/* gnuplot as a child: a socket is its standard input and standard error (one
 * descriptor that never raises SIGPIPE), a file its standard output. */
#include "report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static iclgd_status spawn(int file, int channel, pid_t *child,
                          iclgd_error *err) {
  char *const arguments[] = {"gnuplot", "--default-settings", NULL};
  posix_spawn_file_actions_t actions;
  int reason = posix_spawn_file_actions_init(&actions);
  if (reason == 0) {
    posix_spawn_file_actions_adddup2(&actions, channel, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, file, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, channel, STDERR_FILENO);
    reason = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
  }
  if (reason == ENOENT)
    return iclgd_fail(err, ICLGD_EIO,
                      "gnuplot is not installed (Debian: apt-get install "
                      "gnuplot-nox); a plot in the terminal needs none");
  return reason ? iclgd_fail(err, ICLGD_EIO, "cannot start gnuplot: %s",
                             strerror(reason))
                : ICLGD_OK;
}

static void send_all(int channel, const char *text, size_t length) {
  while (length > 0) {
    const ssize_t sent = send(channel, text, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return; /* its exit code says why */
    text += sent;
    length -= (size_t)sent;
  }
}

/* What gnuplot says until it ends; what does not fit is dropped. */
static void receive_all(int channel, char *out, size_t size) {
  char buffer[512];
  size_t used = 0;
  for (;;) {
    const ssize_t got = recv(channel, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (ssize_t i = 0; i < got && used + 1 < size; ++i)
      out[used++] = buffer[i];
  }
  out[used] = '\0';
}

/* The last line that is not empty: the reason, below script and caret. */
static const char *last_line(char *text) {
  char *line = text, *last = text;
  for (; *line; line += strspn(line, "\n")) {
    last = line;
    line += strcspn(line, "\n");
    if (*line) *line++ = '\0';
  }
  return last + strspn(last, " ");
}

static iclgd_status converse(pid_t child, int channel, const char *script,
                             size_t length, iclgd_error *err) {
  char said[4096];
  int code;
  send_all(channel, script, length);
  shutdown(channel, SHUT_WR);
  receive_all(channel, said, sizeof said);
  while (waitpid(child, &code, 0) < 0)
    if (errno != EINTR)
      return iclgd_fail(err, ICLGD_EIO, "gnuplot: %s", strerror(errno));
  if (WIFEXITED(code) && WEXITSTATUS(code) == 0) return ICLGD_OK;
  const char *reason = last_line(said);
  return iclgd_fail(err, ICLGD_EIO, "gnuplot failed: %s",
                    *reason ? reason : "it gave no reason");
}

iclgd_status iclgd_gnuplot_run(const char *script, size_t length,
                               const char *output, iclgd_error *err) {
  int channel[2];
  pid_t child;
  const int file = open(output, O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (file < 0)
    return iclgd_fail(err, ICLGD_EIO, "%s: cannot write: %s", output,
                      strerror(errno));
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) {
    close(file);
    return iclgd_fail(err, ICLGD_EIO, "cannot talk to gnuplot: %s",
                      strerror(errno));
  }
  iclgd_status status = spawn(file, channel[1], &child, err);
  close(file);
  close(channel[1]);
  if (!status) status = converse(child, channel[0], script, length, err);
  close(channel[0]);
  return status;
}
