/* Arrays by name, whatever the kind of file. */
#include "import/tensors.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/input.h"
#include "import/hdf5_arrays.h"
#include "import/numbers.h"
#include "import/safetensors.h"

static bool is_hdf5(int file) {
  static const char start[] = "\x89HDF\r\n\x1a\n";
  char bytes[sizeof start - 1];
  return pread(file, bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes &&
         memcmp(bytes, start, sizeof bytes) == 0;
}

iclgd_status iclgd_tensors_open(const char *path, iclgd_arena *arena,
                                iclgd_tensors *out, iclgd_error *err) {
  size_t size;
  *out = (iclgd_tensors){.path = path, .file = -1};
  TRY(iclgd_input_open(path, &out->file, &size, err));
  return is_hdf5(out->file)
             ? iclgd_hdf5_arrays_read(arena, out, err)
             : iclgd_safetensors_read(out->file, size, arena, out, err);
}

void iclgd_tensors_close(iclgd_tensors *tensors) {
  if (tensors->file >= 0) close(tensors->file);
  if (tensors->source) iclgd_source_close(tensors->source);
  tensors->file = -1;
  tensors->source = NULL;
}

/* Piece by piece: a mapping would end the process where another program
 * shortens the file meanwhile. */
static iclgd_status read_numbers(const iclgd_tensors *t,
                                 const iclgd_tensor *tensor, double *out,
                                 iclgd_error *err) {
  unsigned char bytes[1 << 15];
  const size_t width = iclgd_number_bytes(tensor->type);
  const size_t piece = sizeof bytes / width;
  for (size_t done = 0; done < tensor->size;) {
    const size_t left = tensor->size - done;
    const size_t wanted = (left < piece ? left : piece) * width;
    const ssize_t got =
        pread(t->file, bytes, wanted, (off_t)(tensor->begin + done * width));
    if (got < 0 && errno == EINTR) continue;
    if (got < (ssize_t)width)
      return iclgd_fail(err, ICLGD_EINPUT, "%s: %s: cannot read: %s", t->path,
                        tensor->name,
                        got < 0 ? strerror(errno) : "it became shorter");
    const size_t count = (size_t)got / width;
    iclgd_numbers_decode(tensor->type, bytes, count, out + done);
    done += count;
  }
  return ICLGD_OK;
}

static iclgd_status check_finite(const iclgd_tensors *t,
                                 const iclgd_tensor *tensor,
                                 const double *values, iclgd_error *err) {
  for (size_t i = 0; i < tensor->size; ++i)
    if (!isfinite(values[i]))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: %s: expected finite numbers, found %g at element "
                        "%zu",
                        t->path, tensor->name, values[i], i);
  return ICLGD_OK;
}

iclgd_status iclgd_tensor_read(const iclgd_tensors *t,
                               const iclgd_tensor *tensor, iclgd_arena *arena,
                               double **out, iclgd_error *err) {
  if (t->source) {
    TRY(iclgd_hdf5_array_read(t, tensor, arena, out, err));
    return check_finite(t, tensor, *out, err);
  }
  if (!iclgd_number_is_read(tensor->type))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: %s: expected numbers of dtype F64, F32, F16 or "
                      "BF16, found %s",
                      t->path, tensor->name, tensor->type);
  *out = iclgd_arena_reals(arena, tensor->size, 1, 1);
  if (!*out) return iclgd_fail_memory(err, tensor->name);
  TRY(read_numbers(t, tensor, *out, err));
  return check_finite(t, tensor, *out, err);
}
