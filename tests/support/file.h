/* A temporary file with a text of the test's choice. */
#ifndef ICLGD_TESTS_FILE_H
#define ICLGD_TESTS_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/close.h"

typedef struct file {
  char path[64];
} file;

static inline file file_of_bytes(const char *bytes, size_t length) {
  file f = {"/tmp/iclgd_test_XXXXXX"};
  const int descriptor = mkstemp(f.path);
  assert_true(descriptor >= 0);
  assert_int_equal(write(descriptor, bytes, length), length);
  assert_int_equal(close(descriptor), 0);
  return f;
}

static inline file file_with(const char *text) {
  return file_of_bytes(text, strlen(text));
}

#endif /* ICLGD_TESTS_FILE_H */
