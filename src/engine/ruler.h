/* Memory of one thread, laid out in one piece: counted first, then placed. */
#ifndef ICLGD_ENGINE_RULER_H
#define ICLGD_ENGINE_RULER_H

#include "engine/lanes.h"

/* Memory handed out piece by piece; with no base it only counts. */
typedef struct ruler {
  char *base;
  size_t used;
} ruler;

static inline void *take(ruler *r, size_t count, size_t size) {
  void *out = r->base ? r->base + r->used : NULL;
  r->used += (count * size + 63) / 64 * 64;
  return out;
}
static inline vec *take_vecs(ruler *r, size_t count) {
  return take(r, count, sizeof(vec));
}
static inline real *take_reals(ruler *r, size_t count) {
  return take(r, count, sizeof(real));
}

#endif /* ICLGD_ENGINE_RULER_H */
