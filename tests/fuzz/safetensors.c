/* safetensors: whatever the table says, numbers are read from the file. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "import/tensors.h"

static void read_all(const iclgd_tensors *tensors, size_t size) {
  iclgd_error err = {""};
  for (size_t i = 0; i < tensors->count; ++i) {
    iclgd_arena arena = {0};
    double *out;
    if (tensors->rows[i].size > size) abort();
    if (iclgd_tensor_read(tensors, &tensors->rows[i], &arena, &out, &err))
      fuzz_check_line(err.text);
    iclgd_arena_free(&arena);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  iclgd_error err = {""};
  iclgd_arena arena = {0};
  iclgd_tensors tensors;
  char path[64];
  const int file = memfd_create("in", 0);
  if (file < 0 || write(file, data, size) != (ssize_t)size) abort();
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  if (iclgd_tensors_open(path, &arena, &tensors, &err))
    fuzz_check_line(err.text);
  else
    read_all(&tensors, size);
  iclgd_tensors_close(&tensors);
  iclgd_arena_free(&arena);
  close(file);
  return 0;
}
