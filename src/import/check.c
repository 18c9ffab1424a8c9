/* The proof of an import: the same prompts through the model here and through
 * the one it was made from. */
#include "import/check.h"

#include <math.h>
#include <string.h>

/* What the file has, and the layers that its predictions are of. */
typedef struct proof {
  size_t prompts, n, d;
  double *x, *y, *x_query, *prediction;
  size_t rows, first; /* of prediction: layers first .. first + rows - 1 */
} proof;

/* An array of this rank, whose extents of 0 are filled in. */
static iclgd_status read_array(const iclgd_tensors *t, const char *name,
                               size_t rank, size_t *extents, iclgd_arena *arena,
                               double **out, iclgd_error *err) {
  const iclgd_tensor *tensor = iclgd_tensor_named(t, name);
  char expected[128], found[128] = "nothing";
  bool fits = tensor && tensor->rank == rank;
  iclgd_extents_text(extents, rank, expected, sizeof expected);
  if (tensor)
    iclgd_extents_text(tensor->extents, tensor->rank, found, sizeof found);
  for (size_t i = 0; fits && i < rank; ++i) {
    fits = extents[i] == 0 ? tensor->extents[i] > 0
                           : extents[i] == tensor->extents[i];
    extents[i] = tensor->extents[i];
  }
  if (fits) return iclgd_tensor_read(t, tensor, arena, out, err);
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: %s: expected shape %s (0: any), found %s", t->path,
                    name, expected, found);
}

static iclgd_status read_predictions(const iclgd_tensors *t, size_t depth,
                                     iclgd_arena *arena, proof *p,
                                     iclgd_error *err) {
  const char *name = "check/prediction";
  const iclgd_tensor *tensor = iclgd_tensor_named(t, name);
  const size_t rank = tensor && tensor->rank == 2 ? 2 : 1;
  size_t extents[2] = {p->prompts, p->prompts};
  p->rows = 1;
  p->first = depth;
  if (rank == 2) {
    p->rows = tensor->extents[0] == depth + 1 ? depth + 1 : depth;
    p->first = depth + 1 - p->rows;
    extents[0] = p->rows;
  }
  return read_array(t, name, rank, extents, arena, &p->prediction, err);
}

static iclgd_status read_proof(const iclgd_tensors *t, const iclgd_model *model,
                               iclgd_arena *arena, proof *p, iclgd_error *err) {
  size_t x[3] = {0, 0, model->d};
  TRY(read_array(t, "check/x", 3, x, arena, &p->x, err));
  p->prompts = x[0];
  p->n = x[1];
  p->d = model->d;
  size_t y[2] = {p->prompts, p->n}, query[2] = {p->prompts, p->d};
  TRY(read_array(t, "check/y", 2, y, arena, &p->y, err));
  TRY(read_array(t, "check/x_query", 2, query, arena, &p->x_query, err));
  return read_predictions(t, iclgd_model_depth(model), arena, p, err);
}

/* Ours, in the layout of theirs. */
static iclgd_status predict(const proof *p, const iclgd_model *model,
                            const double *theta, iclgd_arena *arena,
                            double **out, iclgd_error *err) {
  iclgd_tape *tape;
  double *row = iclgd_arena_reals(arena, iclgd_model_depth(model) + 1, 1, 1);
  *out = iclgd_arena_reals(arena, p->rows, p->prompts, 1);
  TRY(iclgd_arena_status(arena, err, "the check"));
  TRY(iclgd_tape_create(model, p->n, arena, &tape, err));
  for (size_t i = 0; i < p->prompts; ++i) {
    const iclgd_prompt prompt = {.n = p->n,
                                 .d = p->d,
                                 .mean_n = p->n,
                                 .x = p->x + i * p->n * p->d,
                                 .y = p->y + i * p->n,
                                 .x_query = p->x_query + i * p->d};
    iclgd_model_predict(model, theta, &prompt, tape, row);
    for (size_t l = 0; l < p->rows; ++l)
      (*out)[l * p->prompts + i] = row[p->first + l];
  }
  return ICLGD_OK;
}

/* The largest difference of a layer, in units of its largest prediction; that
 * of zeros (layer 0) as it is. */
static double difference(const double *a, const double *b, size_t count) {
  double most = 0, largest = 0;
  for (size_t i = 0; i < count; ++i) {
    largest = fmax(largest, fabs(b[i]));
    const double apart = fabs(a[i] - b[i]);
    if (!(apart <= most)) most = apart;
  }
  return largest > 0 ? most / largest : most;
}

static iclgd_status compare(const iclgd_tensors *t, const proof *p,
                            const double *ours, iclgd_import_report *report,
                            iclgd_error *err) {
  report->check_prompts = p->prompts;
  report->check_layers = p->rows;
  for (size_t l = 0; l < p->rows; ++l) {
    const double apart = difference(ours + l * p->prompts,
                                    p->prediction + l * p->prompts, p->prompts);
    if (!(apart <= report->check_difference)) report->check_difference = apart;
    if (apart <= ICLGD_IMPORT_AGREEMENT) continue;
    return iclgd_fail(
        err, ICLGD_EINPUT,
        "%s: check/prediction: after layer %zu ours differ by %.3g of the "
        "largest, expected at most %g: is it model.heads, model.mlp (gelu or "
        "gelu-tanh), model.norm, model.norm_epsilon, model.loops or the names?",
        t->path, p->first + l, apart, ICLGD_IMPORT_AGREEMENT);
  }
  return ICLGD_OK;
}

iclgd_status iclgd_check_predictions(const iclgd_tensors *t,
                                     const iclgd_model *model,
                                     const double *theta, iclgd_arena *arena,
                                     iclgd_import_report *report,
                                     iclgd_error *err) {
  static const char *const names[] = {"check/x", "check/y", "check/x_query",
                                      "check/prediction"};
  bool any = false;
  proof p = {0};
  double *ours;
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    any |= iclgd_tensor_named(t, names[i]) != NULL;
  if (!any) return ICLGD_OK;
  TRY(read_proof(t, model, arena, &p, err));
  TRY(predict(&p, model, theta, arena, &ours, err));
  return compare(t, &p, ours, report, err);
}
