/* What the view of the probe `hessian` is made of: m is its member of the
 * summary. */
#ifndef ICLGD_PROBES_HESSIAN_TABLES_H
#define ICLGD_PROBES_HESSIAN_TABLES_H

#include <iclgd/view.h>

/* Whether the whole matrix was computed. */
bool hessian_is_exact(const json_t *m);

/* Element i of a list of texts, "" where there is none. */
const char *hessian_text_at(const json_t *object, const char *list, size_t i);

void hessian_put_parts(const json_t *m, iclgd_blocks *out);
void hessian_put_blocks(const json_t *m, iclgd_blocks *out);
void hessian_put_training(const json_t *m, iclgd_blocks *out);
void hessian_put_scales(const json_t *m, iclgd_blocks *out);

#endif /* ICLGD_PROBES_HESSIAN_TABLES_H */
