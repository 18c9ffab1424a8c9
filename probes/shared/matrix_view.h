/* A table of algorithms by layers: how far each is from the model, at the step
 * of the layer's number; the smallest of every layer is marked. */
#ifndef ICLGD_PROBES_MATRIX_VIEW_H
#define ICLGD_PROBES_MATRIX_VIEW_H

#include <iclgd/view.h>

/* `paths`: objects with a title and the list `key`, whose element l is that of
 * layer l. */
void iclgd_put_matrix(iclgd_blocks *out, const json_t *paths, const char *key,
                      size_t depth, const char *caption);

#endif /* ICLGD_PROBES_MATRIX_VIEW_H */
