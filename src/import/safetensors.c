/* The table of a safetensors file:
 *   8 bytes     N, the length of the header, little-endian
 *   N bytes     JSON, {NAME: {"dtype", "shape", "data_offsets": [begin, end]},
 *               "__metadata__": {KEY: TEXT}}
 *   the rest    the numbers, offsets from its first byte, without gaps
 * (https://github.com/huggingface/safetensors, "Format"). All of it is checked
 * before any number is read: the header fits, names and members are there once,
 * each array has as many bytes as its shape and type say, and the arrays cover
 * the rest, each byte once. */
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/numbers.h"
#include "import/safetensors.h"

/* That of the format's own reader. */
enum { HEADER_MAX = 100 * 1000 * 1000 };

static iclgd_status read_at(int file, size_t at, void *out, size_t size,
                            const char *path, iclgd_error *err) {
  for (size_t done = 0; done < size;) {
    const ssize_t got =
        pread(file, (char *)out + done, size - done, (off_t)(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot read: %s", path,
                        got < 0 ? strerror(errno) : "it became shorter");
    done += (size_t)got;
  }
  return ICLGD_OK;
}

/* torch.save writes a zip archive, long ago a pickle. */
static bool is_pickle(const unsigned char bytes[8]) {
  static const unsigned char zip[] = {'P', 'K', 3, 4}, pickle[] = {0x80, 2};
  return memcmp(bytes, zip, sizeof zip) == 0 ||
         memcmp(bytes, pickle, sizeof pickle) == 0;
}

static iclgd_status read_length(int file, size_t size, const char *path,
                                size_t *out, iclgd_error *err) {
  unsigned char bytes[8];
  uint64_t length = 0;
  if (size < sizeof bytes)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected a safetensors or HDF5 file, found %zu "
                      "bytes",
                      path, size);
  TRY(read_at(file, 0, bytes, sizeof bytes, path, err));
  if (is_pickle(bytes))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected a safetensors or HDF5 file, found an "
                      "archive as of torch.save, which may run code and is not "
                      "read: in Python, safetensors.torch.save_file(state_dict,"
                      " \"FILE.safetensors\")",
                      path);
  for (size_t i = sizeof bytes; i-- > 0;) length = length << 8 | bytes[i];
  const size_t left = size - sizeof bytes;
  const size_t most = left < HEADER_MAX ? left : HEADER_MAX;
  if (length > most)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected a safetensors file, whose first 8 bytes "
                      "are the length of its header (at most %zu here), found "
                      "%llu",
                      path, most, (unsigned long long)length);
  *out = (size_t)length;
  return ICLGD_OK;
}

/* A whole number from 0 of the header; false for anything else. */
static bool take_size(const json_t *value, size_t *out) {
  const json_int_t number = json_integer_value(value);
  if (!json_is_integer(value) || number < 0) return false;
  *out = (size_t)number;
  return (json_int_t)*out == number;
}

static iclgd_status take_shape(const json_t *shape, const char *path,
                               iclgd_tensor *t, iclgd_error *err) {
  t->rank = json_array_size(shape);
  if (!json_is_array(shape) || t->rank > ICLGD_TENSOR_RANK_MAX)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: %s: expected a shape of at most %d extents, found "
                      "%zu",
                      path, t->name, ICLGD_TENSOR_RANK_MAX, t->rank);
  t->size = 1;
  for (size_t i = 0; i < t->rank; ++i)
    if (!take_size(json_array_get(shape, i), &t->extents[i]) ||
        __builtin_mul_overflow(t->size, t->extents[i], &t->size))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: %s: shape: expected whole numbers from 0 whose "
                        "product can be counted",
                        path, t->name);
  return ICLGD_OK;
}

/* The bytes that the shape and the type demand. */
static iclgd_status take_range(const json_t *offsets, const char *path,
                               iclgd_tensor *t, iclgd_error *err) {
  size_t end, bytes;
  if (json_array_size(offsets) != 2 ||
      !take_size(json_array_get(offsets, 0), &t->begin) ||
      !take_size(json_array_get(offsets, 1), &end) || end < t->begin)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: %s: data_offsets: expected [begin, end] with "
                      "0 <= begin <= end",
                      path, t->name);
  if (__builtin_mul_overflow(t->size, iclgd_number_bytes(t->type), &bytes) ||
      bytes != end - t->begin) {
    char shape[128];
    iclgd_extents_text(t->extents, t->rank, shape, sizeof shape);
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: %s: expected the bytes of shape %s, dtype %s, found "
                      "%zu",
                      path, t->name, shape, t->type, end - t->begin);
  }
  return ICLGD_OK;
}

static iclgd_status take_tensor(const char *name, const json_t *row,
                                const char *path, iclgd_arena *arena,
                                iclgd_tensor *t, iclgd_error *err) {
  const json_t *type = json_object_get(row, "dtype");
  t->name = iclgd_arena_text(arena, name);
  if (!t->name) return iclgd_fail_memory(err, path);
  if (!json_is_string(type) || !iclgd_number_bytes(json_string_value(type)))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: %s: expected a dtype of safetensors (F64, F32, F16, "
                      "BF16, ...), found '%.32s'",
                      path, name,
                      json_is_string(type) ? json_string_value(type) : "");
  t->type = iclgd_arena_text(arena, json_string_value(type));
  if (!t->type) return iclgd_fail_memory(err, path);
  TRY(take_shape(json_object_get(row, "shape"), path, t, err));
  return take_range(json_object_get(row, "data_offsets"), path, t, err);
}

static iclgd_status take_remarks(const json_t *metadata, iclgd_arena *arena,
                                 iclgd_tensors *out, iclgd_error *err) {
  const size_t count = json_object_size(metadata);
  const char *key;
  json_t *value;
  if (metadata && !json_is_object(metadata))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: __metadata__: expected texts by name", out->path);
  out->remarks = iclgd_arena_take(arena, count, sizeof *out->remarks);
  if (!out->remarks) return iclgd_fail_memory(err, out->path);
  json_object_foreach((json_t *)(uintptr_t)metadata, key, value) {
    if (!json_is_string(value))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: __metadata__, %s: expected a text", out->path,
                        key);
    out->remarks[out->n_remarks++] =
        (iclgd_remark){iclgd_arena_text(arena, key),
                       iclgd_arena_text(arena, json_string_value(value))};
  }
  return iclgd_arena_status(arena, err, out->path);
}

static iclgd_status take_rows(json_t *header, iclgd_arena *arena,
                              iclgd_tensors *out, iclgd_error *err) {
  const char *name;
  json_t *row;
  if (json_object_size(header) > ICLGD_TENSORS_MAX)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: expected at most %d arrays",
                      out->path, ICLGD_TENSORS_MAX);
  out->rows =
      iclgd_arena_take(arena, json_object_size(header), sizeof *out->rows);
  if (!out->rows) return iclgd_fail_memory(err, out->path);
  json_object_foreach(header, name, row) {
    if (strcmp(name, "__metadata__") == 0) continue;
    TRY(take_tensor(name, row, out->path, arena, &out->rows[out->count++],
                    err));
  }
  return take_remarks(json_object_get(header, "__metadata__"), arena, out, err);
}

static size_t end_of(const iclgd_tensor *t) {
  return t->begin + t->size * iclgd_number_bytes(t->type);
}

static int by_place(const void *a, const void *b) {
  const iclgd_tensor *s = a, *t = b;
  if (s->begin != t->begin) return s->begin < t->begin ? -1 : 1;
  return end_of(s) < end_of(t) ? -1 : end_of(s) > end_of(t);
}

/* The arrays cover the data: each begins where the one before it ends. */
static iclgd_status check_cover(iclgd_tensors *out, size_t data,
                                iclgd_error *err) {
  size_t end = 0;
  if (out->count) qsort(out->rows, out->count, sizeof *out->rows, by_place);
  for (size_t i = 0; i < out->count; end = end_of(&out->rows[i++]))
    if (out->rows[i].begin != end)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: %s: expected arrays one after the other, found a "
                        "begin of %zu where the one before it ends at %zu",
                        out->path, out->rows[i].name, out->rows[i].begin, end);
  if (end == data) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: expected %zu bytes of numbers behind the header, "
                    "found %zu",
                    out->path, end, data);
}

iclgd_status iclgd_safetensors_read(int file, size_t size, iclgd_arena *arena,
                                    iclgd_tensors *out, iclgd_error *err) {
  size_t length = 0;
  json_error_t why;
  TRY(read_length(file, size, out->path, &length, err));
  char *text = iclgd_arena_take(arena, length, 1);
  if (!text) return iclgd_fail_memory(err, out->path);
  TRY(read_at(file, 8, text, length, out->path, err));
  json_t *header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
  if (!json_is_object(header)) {
    json_decref(header);
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected a safetensors header in JSON, found %.160s",
                      out->path, header ? "no object" : why.text);
  }
  iclgd_status status = take_rows(header, arena, out, err);
  json_decref(header);
  const size_t first = 8 + length;
  if (!status) status = check_cover(out, size - first, err);
  for (size_t i = 0; !status && i < out->count; ++i)
    out->rows[i].begin += first;
  return status;
}
