/* Looking into a table of arrays. */
#include "import/tensor.h"

#include <stdio.h>
#include <string.h>

const iclgd_tensor *iclgd_tensor_named(const iclgd_tensors *tensors,
                                       const char *name) {
  for (size_t i = 0; i < tensors->count; ++i)
    if (strcmp(tensors->rows[i].name, name) == 0) return &tensors->rows[i];
  return NULL;
}

const char *iclgd_tensors_remark(const iclgd_tensors *tensors,
                                 const char *key) {
  for (size_t i = 0; i < tensors->n_remarks; ++i)
    if (strcmp(tensors->remarks[i].key, key) == 0)
      return tensors->remarks[i].value;
  return NULL;
}

void iclgd_extents_text(const size_t *extents, size_t rank, char *out,
                        size_t size) {
  size_t used = (size_t)snprintf(out, size, "(");
  for (size_t i = 0; i < rank && used < size; ++i)
    used += (size_t)snprintf(out + used, size - used, "%s%zu", i ? ", " : "",
                             extents[i]);
  if (used < size) snprintf(out + used, size - used, ")");
}
