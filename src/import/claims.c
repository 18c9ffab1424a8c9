/* The arrays of a file by the lines of a map. */
#include "import/claims.h"

#include <string.h>

static bool is_proof(const char *name) {
  return strncmp(name, "check/", 6) == 0;
}

/* Put the claims of one array; how many lines speak of it. Without `out` only
 * counts. */
static size_t claim_array(const iclgd_name_map *map, const iclgd_tensor *t,
                          iclgd_claim *out, bool *left_out) {
  const char *bare = iclgd_name_bare(map, t->name);
  size_t count = 0, layer, lines = 0;
  *left_out = false;
  for (size_t i = 0; i < map->n_rules; ++i) {
    const iclgd_name_rule *rule = &map->rules[i];
    if (!iclgd_name_fits(rule, bare, &layer)) continue;
    ++lines;
    *left_out |= strcmp(rule->ours, "-") == 0;
    if (*left_out) continue;
    if (out)
      out[count] = (iclgd_claim){t, rule, rule->ours,
                                 strchr(rule->theirs, '*') != NULL, layer};
    ++count;
  }
  if (lines > 0 || !map->same) return count;
  if (out) *out = (iclgd_claim){.tensor = t, .ours = bare};
  return 1;
}

static iclgd_status unknown(const iclgd_claims *c, const iclgd_tensor *t,
                            iclgd_error *err) {
  char shape[128];
  iclgd_extents_text(t->extents, t->rank, shape, sizeof shape);
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: %s %s: no array of the names %s (in a map the line "
                    "`%s = -` leaves it out)",
                    c->tensors->path, t->name, shape, c->map->name,
                    iclgd_name_bare(c->map, t->name));
}

/* Two arrays for one place. */
static iclgd_status check_once(const iclgd_claims *c, iclgd_error *err) {
  for (size_t i = 0; i < c->count; ++i) {
    const iclgd_claim *a = &c->rows[i];
    const iclgd_claim *b = iclgd_claim_on(c, a->ours, a->layer);
    if (a == b) continue;
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: %s: expected one array for %s, found %s as well",
                      c->tensors->path, a->tensor->name, a->ours,
                      b->tensor->name);
  }
  return ICLGD_OK;
}

iclgd_status iclgd_claims_create(const iclgd_tensors *tensors,
                                 const iclgd_name_map *map, iclgd_arena *arena,
                                 iclgd_claims *out, iclgd_error *err) {
  size_t room = 0;
  bool left_out;
  *out = (iclgd_claims){.tensors = tensors, .map = map};
  for (size_t i = 0; i < tensors->count; ++i)
    room += claim_array(map, &tensors->rows[i], NULL, &left_out);
  out->rows = iclgd_arena_take(arena, room, sizeof *out->rows);
  out->left_out =
      iclgd_arena_take(arena, tensors->count, sizeof *out->left_out);
  TRY(iclgd_arena_status(arena, err, tensors->path));
  for (size_t i = 0; i < tensors->count; ++i) {
    const iclgd_tensor *t = &tensors->rows[i];
    if (is_proof(t->name)) continue;
    const size_t count = claim_array(map, t, out->rows + out->count, &left_out);
    out->count += count;
    if (left_out) out->left_out[out->n_left_out++] = t->name;
    if (count == 0 && !left_out) return unknown(out, t, err);
  }
  return check_once(out, err);
}

const iclgd_claim *iclgd_claim_on(const iclgd_claims *c, const char *ours,
                                  size_t layer) {
  for (size_t i = 0; i < c->count; ++i) {
    const iclgd_claim *claim = &c->rows[i];
    if ((!claim->by_layer || claim->layer == layer) &&
        strcmp(claim->ours, ours) == 0)
      return claim;
  }
  return NULL;
}

/* The extents that are not 1; their number. */
static size_t squeeze(const size_t *extents, size_t rank, size_t *out) {
  size_t count = 0;
  for (size_t i = 0; i < rank; ++i)
    if (extents[i] != 1) out[count++] = extents[i];
  return count;
}

static void swap(size_t *a, size_t *b) {
  const size_t kept = *a;
  *a = *b;
  *b = kept;
}

/* Rows that the rule takes, from *rows; false where they cannot be cut so. */
static bool cut(const iclgd_name_rule *rule, size_t *rows) {
  if (rule && rule->parts > 0) {
    if (*rows % rule->parts != 0) return false;
    *rows /= rule->parts;
  }
  if (rule && rule->to > 0) {
    if (rule->to > *rows) return false;
    *rows = rule->to - rule->from;
  }
  return true;
}

bool iclgd_claim_extents(const iclgd_claim *claim, bool stacked, size_t rank,
                         size_t extents[ICLGD_ARRAY_RANK_MAX]) {
  const iclgd_tensor *t = claim->tensor;
  const size_t *own = t->extents;
  size_t left = t->rank, squeezed[ICLGD_TENSOR_RANK_MAX];
  if (stacked && left > rank) {
    ++own;
    --left;
  }
  if (left != rank) { /* (1, C) of (C), (C) of (C, 1) */
    left = squeeze(own, left, squeezed);
    if (left > rank) return false;
    own = squeezed;
  }
  for (size_t i = 0; i < rank; ++i) extents[i] = i < left ? own[i] : 1;
  if (claim->rule && claim->rule->transpose) {
    if (rank != 2) return false;
    swap(&extents[0], &extents[1]);
  }
  return cut(claim->rule, &extents[0]);
}
