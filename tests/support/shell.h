/* The program as a user has it: in a shell, in a folder of the test's own. */
#ifndef ICLGD_TESTS_SHELL_H
#define ICLGD_TESTS_SHELL_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/close.h"

static char folder[] = "/tmp/iclgd-test-XXXXXX";

/* Run a command in the folder, with the program as $I, in the C locale unless
 * it sets another; the exit code, and what was printed on both streams. */
static inline int shell(const char *command, char *out, size_t size) {
  char line[4096];
  const int length = snprintf(
      line, sizeof line, "export LC_ALL=C; cd '%s' && I='%s' && { %s; } 2>&1",
      folder, ICLGD_PROGRAM, command);
  assert_true(length > 0 && (size_t)length < sizeof line);
  FILE *pipe = popen(line, "r");
  assert_non_null(pipe);
  const size_t count = fread(out, 1, size - 1, pipe);
  out[count] = '\0';
  const int status = pclose(pipe);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static inline void shell_succeed(const char *command, char *out, size_t size) {
  if (shell(command, out, size) != 0) fail_msg("%s: %s", command, out);
}

/* Set-up and tear-down of a group of tests. */
static inline int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", folder);
  return system(command);
}

#endif /* ICLGD_TESTS_SHELL_H */
