/* gnuplot as a child: a socket is its standard input and standard error (one
 * descriptor that never raises SIGPIPE), a file its standard output. What a
 * user has set up for gnuplot does not reach it: a picture depends on its file
 * alone. */
#include "report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What a program needs to be found, loaded and to find its fonts; all else
 * stays out: GNUTERM, GNUPLOT_*, GDFONTPATH, the locale. */
static const char *const kept[] = {"PATH=",
                                   "HOME=",
                                   "TMPDIR=",
                                   "LD_LIBRARY_PATH=",
                                   "FONTCONFIG_FILE=",
                                   "FONTCONFIG_PATH=",
                                   "SOURCE_DATE_EPOCH="};
enum { KEPT = sizeof kept / sizeof *kept };

/* The variables of `kept` that are set, borrowed, and a locale of UTF-8. */
static void set_environment(char *out[KEPT + 2]) {
  static char locale[] = "LC_ALL=C.UTF-8";
  size_t count = 0;
  for (size_t k = 0; k < KEPT; ++k)
    for (char **entry = environ; *entry; ++entry)
      if (strncmp(*entry, kept[k], strlen(kept[k])) == 0) {
        out[count++] = *entry;
        break;
      }
  out[count++] = locale;
  out[count] = NULL;
}

/* The same open file beyond the standard streams: where one of these was
 * closed, a new descriptor takes its place. -1: as errno says. */
static int beyond_standard(int descriptor) {
  if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
  const int other = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int reason = errno;
  close(descriptor);
  errno = reason;
  return other;
}

static iclgd_status spawn(int file, int channel, pid_t *child,
                          iclgd_error *err) {
  char *const arguments[] = {"gnuplot", "--default-settings", NULL};
  char *environment[KEPT + 2];
  posix_spawn_file_actions_t actions;
  int reason = posix_spawn_file_actions_init(&actions);
  set_environment(environment);
  if (reason == 0) {
    posix_spawn_file_actions_adddup2(&actions, channel, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, file, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, channel, STDERR_FILENO);
    reason =
        posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environment);
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

/* Both ends of a socket; none where it fails. */
static bool open_channel(int out[2]) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out) != 0)
    return false;
  out[0] = beyond_standard(out[0]);
  out[1] = beyond_standard(out[1]);
  if (out[0] >= 0 && out[1] >= 0) return true;
  if (out[0] >= 0) close(out[0]);
  if (out[1] >= 0) close(out[1]);
  return false;
}

iclgd_status iclgd_gnuplot_run(const char *script, size_t length,
                               const char *output, iclgd_error *err) {
  int channel[2];
  pid_t child;
  const int file =
      beyond_standard(open(output, O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (file < 0)
    return iclgd_fail(err, ICLGD_EIO, "%s: cannot write: %s", output,
                      strerror(errno));
  if (!open_channel(channel)) {
    const int reason = errno;
    close(file);
    return iclgd_fail(err, ICLGD_EIO, "cannot talk to gnuplot: %s",
                      strerror(reason));
  }
  iclgd_status status = spawn(file, channel[1], &child, err);
  close(file);
  close(channel[1]);
  if (!status) status = converse(child, channel[0], script, length, err);
  close(channel[0]);
  return status;
}
