/* A prompt through a model of any architecture: predictions, weights, tokens,
 * the loss and its gradient. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/loss.h"
#include "model/tape.h"

iclgd_status iclgd_tape_create(const iclgd_model *model, size_t n,
                               iclgd_arena *arena, iclgd_tape **out,
                               iclgd_error *err) {
  const size_t rows = iclgd_model_depth(model) + 1;
  const size_t queries = model->d > 0 ? model->d : 1;
  iclgd_tape *t = iclgd_arena_take(arena, 1, sizeof *t);
  if (!t) return iclgd_fail_memory(err, "the model's scratch");
  *t = (iclgd_tape){
      .n_max = n,
      .queries = queries,
      .prediction = iclgd_arena_reals(arena, rows, queries, 1),
      .slope = iclgd_arena_reals(arena, rows, 1, 1),
  };
  if (!t->prediction || !t->slope)
    return iclgd_fail_memory(err, "the model's scratch");
  *out = t;
  return model->architecture->scratch(model, n, arena, &t->scratch, err);
}

static iclgd_pass pass_of(const iclgd_model *model, const double *theta,
                          const iclgd_prompt *prompt, iclgd_tape *tape) {
  assert(prompt->n <= tape->n_max);
  return (iclgd_pass){.model = model,
                      .theta = theta,
                      .prompt = prompt,
                      .x = prompt->x_query,
                      .count = 1,
                      .scratch = tape->scratch};
}

void iclgd_model_predict(const iclgd_model *model, const double *theta,
                         const iclgd_prompt *prompt, iclgd_tape *tape,
                         double *prediction) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  model->architecture->forward(&pass, prediction);
}

void iclgd_model_predict_queries(const iclgd_model *model, const double *theta,
                                 const iclgd_prompt *prompt, const double *x,
                                 size_t count, iclgd_tape *tape,
                                 double *prediction) {
  const size_t rows = iclgd_model_depth(model) + 1;
  iclgd_pass pass = pass_of(model, theta, prompt, tape);
  for (size_t done = 0; done < count; done += pass.count) {
    const size_t left = count - done;
    pass.x = x + done * model->d;
    pass.count = left < tape->queries ? left : tape->queries;
    model->architecture->forward(&pass, tape->prediction);
    for (size_t l = 0; l < rows; ++l)
      memcpy(prediction + l * count + done, tape->prediction + l * pass.count,
             pass.count * sizeof *prediction);
  }
}

void iclgd_model_predict_by_context(const iclgd_model *model,
                                    const double *theta,
                                    const iclgd_prompt *prompt,
                                    iclgd_tape *tape, double *prediction) {
  const size_t n = prompt->n, rows = iclgd_model_depth(model) + 1;
  for (size_t k = 0; k <= n; ++k) {
    const iclgd_prompt first = iclgd_prompt_first(prompt, k);
    iclgd_model_predict(model, theta, &first, tape, prediction + k * rows);
  }
}

/* The slope of prediction l alone, once for every l. */
static void weights_by_backward(const iclgd_pass *pass, iclgd_tape *tape,
                                double *w) {
  const iclgd_architecture *architecture = pass->model->architecture;
  const size_t depth = iclgd_model_depth(pass->model);
  architecture->forward(pass, tape->prediction);
  for (size_t l = 0; l <= depth; ++l) {
    memset(tape->slope, 0, (depth + 1) * sizeof *tape->slope);
    tape->slope[l] = 1;
    architecture->backward(pass, tape->slope, NULL, w + l * pass->model->d);
  }
}

void iclgd_model_weights(const iclgd_model *model, const double *theta,
                         const iclgd_prompt *prompt, iclgd_tape *tape,
                         double *w) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  if (model->architecture->weights)
    model->architecture->weights(&pass, w);
  else
    weights_by_backward(&pass, tape, w);
}

const double *iclgd_model_tokens(const iclgd_model *model, const double *theta,
                                 const iclgd_prompt *prompt, iclgd_tape *tape) {
  if (!model->architecture->tokens) return NULL;
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  return model->architecture->tokens(&pass);
}

size_t iclgd_model_token_width(const iclgd_model *model) {
  if (!model->architecture->token_width) return 0;
  return model->architecture->token_width(model);
}

/* The weighted loss, and its slope in every prediction. */
static double weighted_loss(const iclgd_loss *loss, const double *prediction,
                            double y_query, size_t depth, double *slope) {
  double sum = 0;
  for (size_t l = 0; l <= depth; ++l) {
    const double error = prediction[l] - y_query;
    slope[l] = 0;
    if (loss->c[l] == 0) continue;
    if (iclgd_overflows(error, loss->guard)) return INFINITY;
    sum += loss->c[l] * iclgd_rho(error, loss->guard);
    slope[l] = 2 * loss->c[l] * iclgd_guarded(error, loss->guard);
  }
  return sum;
}

double iclgd_model_gradient(const iclgd_model *model, const double *theta,
                            const iclgd_prompt *prompt, const iclgd_loss *loss,
                            iclgd_tape *tape, double *gradient) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  model->architecture->forward(&pass, tape->prediction);
  const double value = weighted_loss(loss, tape->prediction, prompt->y_query,
                                     iclgd_model_depth(model), tape->slope);
  if (!gradient || (loss->guard > 0 && isinf(value))) return value;
  model->architecture->backward(&pass, tape->slope, gradient, NULL);
  return value;
}
