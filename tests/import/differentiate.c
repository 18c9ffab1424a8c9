/* What a model does with the prompts of a file, for comparison with the same
 * model in PyTorch: IN.safetensors has its arrays by our names, check/x,
 * check/y, check/x_query and y_query (prompt); OUT.safetensors gets prediction
 * and weight of every layer, and the gradient of
 *   sum_prompts sum_l (l + 1) (prediction_l - y_query)^2
 * in every array.
 *
 * usage: differentiate IN.safetensors OUT.safetensors key=value ... */
#include <iclgd/keys.h>
#include <stdio.h>
#include <string.h>

#include "import/infer.h"
#include "import/safetensors.h"
#include "import/tensors.h"

typedef struct prompts {
  size_t count, n, d;
  double *x, *y, *x_query, *y_query;
} prompts;

static iclgd_status read_prompts(const iclgd_tensors *t, iclgd_arena *arena,
                                 prompts *p, iclgd_error *err) {
  const iclgd_tensor *x = iclgd_tensor_named(t, "check/x");
  p->count = x->extents[0];
  p->n = x->extents[1];
  p->d = x->extents[2];
  const struct {
    const char *name;
    double **out;
  } rows[] = {{"check/x", &p->x},
              {"check/y", &p->y},
              {"check/x_query", &p->x_query},
              {"check/y_query", &p->y_query}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    TRY(iclgd_tensor_read(t, iclgd_tensor_named(t, rows[i].name), arena,
                          rows[i].out, err));
  return ICLGD_OK;
}

typedef struct results {
  double *prediction, *weight, *gradient;
} results;

static iclgd_status differentiate(const iclgd_model *model, const double *theta,
                                  const prompts *p, iclgd_arena *arena,
                                  results *r, iclgd_error *err) {
  const size_t rows = iclgd_model_depth(model) + 1;
  iclgd_tape *tape;
  r->prediction = iclgd_arena_reals(arena, p->count, rows, 1);
  r->weight = iclgd_arena_reals(arena, p->count, rows, p->d);
  r->gradient = iclgd_arena_reals(arena, model->size, 1, 1);
  double *c = iclgd_arena_reals(arena, rows, 1, 1);
  TRY(iclgd_arena_status(arena, err, "the results"));
  TRY(iclgd_tape_create(model, p->n, arena, &tape, err));
  for (size_t l = 0; l < rows; ++l) c[l] = (double)(l + 1);
  const iclgd_loss loss = {.c = c};
  for (size_t i = 0; i < p->count; ++i) {
    const iclgd_prompt prompt = {.n = p->n,
                                 .d = p->d,
                                 .mean_n = p->n,
                                 .x = p->x + i * p->n * p->d,
                                 .y = p->y + i * p->n,
                                 .x_query = p->x_query + i * p->d,
                                 .y_query = p->y_query[i]};
    iclgd_model_predict(model, theta, &prompt, tape, r->prediction + i * rows);
    iclgd_model_weights(model, theta, &prompt, tape,
                        r->weight + i * rows * p->d);
    iclgd_model_gradient(model, theta, &prompt, &loss, tape, r->gradient);
  }
  return ICLGD_OK;
}

static iclgd_tensor_data array(const char *name, size_t rank,
                               const size_t *extents, const double *data) {
  iclgd_tensor_data a = {{.name = name, .type = "F64", .rank = rank, .size = 1},
                         data};
  for (size_t i = 0; i < rank; ++i) {
    a.tensor.extents[i] = extents[i];
    a.tensor.size *= extents[i];
  }
  return a;
}

static iclgd_status write_results(const char *path, const iclgd_model *model,
                                  const prompts *p, const results *r,
                                  iclgd_arena *arena, iclgd_error *err) {
  iclgd_array stored[ICLGD_ARRAYS_MAX];
  iclgd_tensor_data out[ICLGD_ARRAYS_MAX + 2];
  const size_t count = iclgd_model_stored(model, stored);
  const size_t extents[] = {p->count, iclgd_model_depth(model) + 1, p->d};
  out[0] = array("prediction", 2, extents, r->prediction);
  out[1] = array("weight", 3, extents, r->weight);
  for (size_t k = 0; k < count; ++k) {
    size_t own[ICLGD_ARRAY_RANK_MAX + 1];
    const size_t rank = iclgd_stored_extents(model, &stored[k], own);
    double *data = iclgd_arena_reals(arena, model->size, 1, 1);
    if (!data) return iclgd_fail_memory(err, stored[k].name);
    iclgd_model_store(model, r->gradient, k, data);
    out[k + 2] = array(stored[k].name, rank, own, data);
  }
  return iclgd_safetensors_write(path, out, count + 2, NULL, 0, err);
}

/* All but the settings, which the caller frees. */
static iclgd_status run(iclgd_settings *settings, iclgd_tensors *tensors,
                        const char *out, iclgd_arena *arena, iclgd_error *err) {
  iclgd_name_map map;
  iclgd_claims claims;
  iclgd_model model;
  double *theta;
  prompts p;
  results r;
  const char *zero[ICLGD_ARRAYS_MAX];
  size_t n_zero;
  TRY(iclgd_name_map_parse("same\n", "own", arena, &map, err));
  TRY(iclgd_claims_create(tensors, &map, arena, &claims, err));
  TRY(iclgd_infer_keys(settings, &claims, err));
  TRY(iclgd_model_from_settings(
      settings, NULL, iclgd_get_size(settings, "prompt.d"), &model, err));
  TRY(iclgd_claims_load(&claims, &model, arena, &theta, zero, &n_zero, err));
  TRY(read_prompts(tensors, arena, &p, err));
  TRY(differentiate(&model, theta, &p, arena, &r, err));
  return write_results(out, &model, &p, &r, arena, err);
}

int main(int argc, char **argv) {
  iclgd_error err = {""};
  iclgd_arena arena = {0};
  iclgd_tensors tensors = {.file = -1};
  iclgd_settings *settings;
  if (argc < 3 || iclgd_settings_defaults(&settings, &err)) return 2;
  iclgd_status status = ICLGD_OK;
  for (int i = 3; !status && i < argc; ++i)
    status = iclgd_settings_override(settings, argv[i], &err);
  if (!status) status = iclgd_tensors_open(argv[1], &arena, &tensors, &err);
  if (!status) status = run(settings, &tensors, argv[2], &arena, &err);
  if (status) fprintf(stderr, "%s\n", err.text);
  iclgd_tensors_close(&tensors);
  iclgd_arena_free(&arena);
  iclgd_settings_free(settings);
  return status != ICLGD_OK;
}
