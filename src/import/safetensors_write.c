/* Arrays of doubles as a safetensors file (its table: safetensors.c). The
 * header is padded with blanks so that the numbers begin at a multiple of 8
 * bytes. */
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import/numbers.h"
#include "import/safetensors.h"
#include "record/output/save.h"

typedef struct file {
  const char *path, *header;
  size_t length;
  const iclgd_tensor_data *arrays;
  size_t count;
} file;

static bool is_single(const iclgd_tensor *t) {
  return strcmp(t->type, "F32") == 0;
}

static json_t *row_of(const iclgd_tensor *t, size_t begin) {
  json_t *shape = json_array();
  const size_t end = begin + t->size * iclgd_number_bytes(t->type);
  bool made = shape;
  for (size_t i = 0; i < t->rank; ++i)
    made &=
        !json_array_append_new(shape, json_integer((json_int_t)t->extents[i]));
  if (!made) {
    json_decref(shape);
    return NULL;
  }
  return json_pack("{s:s, s:o, s:[I, I]}", "dtype", t->type, "shape", shape,
                   "data_offsets", (json_int_t)begin, (json_int_t)end);
}

/* NULL when memory is out. */
static json_t *header_of(const iclgd_tensor_data *arrays, size_t count,
                         const iclgd_remark *remarks, size_t n_remarks) {
  json_t *header = json_object(), *metadata = json_object();
  bool made = true;
  size_t begin = 0;
  for (size_t i = 0; i < n_remarks; ++i)
    made &= !json_object_set_new(metadata, remarks[i].key,
                                 json_string(remarks[i].value));
  made &= !json_object_set_new(header, "__metadata__", metadata);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_tensor *t = &arrays[i].tensor;
    made &= !json_object_set_new(header, t->name, row_of(t, begin));
    begin += t->size * iclgd_number_bytes(t->type);
  }
  if (made) return header;
  json_decref(header);
  return NULL;
}

static void put_little_endian(uint64_t bits, size_t count, FILE *out) {
  for (size_t i = 0; i < count; ++i) putc((int)(bits >> 8 * i & 255), out);
}

static void put_single(double value, FILE *out) {
  const float single = (float)value;
  uint32_t bits;
  memcpy(&bits, &single, sizeof bits);
  put_little_endian(bits, sizeof bits, out);
}

static void put_double(double value, FILE *out) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_little_endian(bits, sizeof bits, out);
}

static iclgd_status write_file(const void *what, FILE *out, iclgd_error *err) {
  const file *f = what;
  const size_t padding = (8 - f->length % 8) % 8;
  (void)err;
  put_little_endian(f->length + padding, 8, out);
  fwrite(f->header, 1, f->length, out);
  fprintf(out, "%*s", (int)padding, "");
  for (size_t k = 0; k < f->count; ++k)
    for (size_t i = 0; i < f->arrays[k].tensor.size; ++i)
      (is_single(&f->arrays[k].tensor) ? put_single : put_double)(
          f->arrays[k].data[i], out);
  return ICLGD_OK; /* whoever gave the stream looks whether it failed */
}

/* Single precision ends at 3.4e38. */
static iclgd_status check_range(const char *path, const iclgd_tensor_data *a,
                                iclgd_error *err) {
  for (size_t i = 0; is_single(&a->tensor) && i < a->tensor.size; ++i)
    if (isfinite(a->data[i]) && isinf((float)a->data[i]))
      return iclgd_fail(err, ICLGD_ERANGE,
                        "%s: %s: expected numbers of single precision, found "
                        "%g at element %zu",
                        path, a->tensor.name, a->data[i], i);
  return ICLGD_OK;
}

iclgd_status iclgd_safetensors_write(const char *path,
                                     const iclgd_tensor_data *arrays,
                                     size_t count, const iclgd_remark *remarks,
                                     size_t n_remarks, iclgd_error *err) {
  for (size_t k = 0; k < count; ++k) TRY(check_range(path, &arrays[k], err));
  json_t *header = header_of(arrays, count, remarks, n_remarks);
  char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
  json_decref(header);
  if (!text) return iclgd_fail_memory(err, path);
  const file f = {path, text, strlen(text), arrays, count};
  const iclgd_status status = iclgd_save(path, write_file, &f, err);
  free(text);
  return status;
}
