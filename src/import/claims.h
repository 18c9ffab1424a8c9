/* Which array of a file fills which of ours, and the numbers. */
#ifndef ICLGD_IMPORT_CLAIMS_H
#define ICLGD_IMPORT_CLAIMS_H

#include <iclgd/architecture.h>

#include "import/map.h"

/* An array of the file that is said to be one of ours, or a part of it. */
typedef struct iclgd_claim {
  const iclgd_tensor *tensor;
  const iclgd_name_rule *rule; /* NULL: of the same name */
  const char *ours;
  bool by_layer; /* it holds that of `layer` alone */
  size_t layer;
} iclgd_claim;

typedef struct iclgd_claims {
  const iclgd_tensors *tensors;
  const iclgd_name_map *map;
  iclgd_claim *rows;
  size_t count;
  const char **left_out; /* names that the map leaves out */
  size_t n_left_out;
} iclgd_claims;

/* The claims of all arrays but those of the proof, check/... ICLGD_EINPUT names
 * an array that no line of the map speaks of. */
iclgd_status iclgd_claims_create(const iclgd_tensors *tensors,
                                 const iclgd_name_map *map, iclgd_arena *arena,
                                 iclgd_claims *out, iclgd_error *err);

/* A claim on our array of that name, in a layer if there is a choice; NULL:
 * none. */
const iclgd_claim *iclgd_claim_on(const iclgd_claims *claims, const char *ours,
                                  size_t layer);

/* Rows and columns of what a claim gives for one layer of an array of `rank`
 * dims: those of the file, turned and cut as the map says. Extents of 1 do not
 * count, (1, 64) is (64). false: it cannot be such an array. */
bool iclgd_claim_extents(const iclgd_claim *claim, bool stacked, size_t rank,
                         size_t extents[ICLGD_ARRAY_RANK_MAX]);

/* theta (size) of the model, in the arena. What is missing, or has another
 * shape, is ICLGD_EINPUT by name; but biases that nothing speaks of are zero,
 * and zero[] (n_zero of them, at most ICLGD_ARRAYS_MAX) has their names. */
iclgd_status iclgd_claims_load(const iclgd_claims *claims,
                               const iclgd_model *model, iclgd_arena *arena,
                               double **theta, const char **zero,
                               size_t *n_zero, iclgd_error *err);

#endif /* ICLGD_IMPORT_CLAIMS_H */
