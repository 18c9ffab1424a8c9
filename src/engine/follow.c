/* A model on many prompts at once, in lanes where it can be. */
#include <iclgd/follow.h>

#include <assert.h>
#include <iclgd/architecture.h>
#include <iclgd/linear.h>
#include <iclgd/transformer.h>
#include <string.h>

#include "engine/engine.h"

struct iclgd_follower {
  const iclgd_engine_form *form; /* NULL: one by one */
  void *scratch;
  size_t n; /* that it is open for */
  bool by_context;
  iclgd_tape *tape;
};

/* A model whose arrays are linear attention is followed by its own algebra,
 * faster than by tokens. */
static const iclgd_engine_form *form_for(const iclgd_model *model,
                                         bool by_context) {
  const iclgd_architecture *a = model->architecture;
  const iclgd_engine_form *form = iclgd_engine_best(a, ICLGD_DOUBLE);
  if (!form || !form->follow) return NULL;
  if (by_context) return iclgd_engine_runs(model, true) ? form : NULL;
  return iclgd_transformer_sees_query(&model->transformer) ? NULL : form;
}

iclgd_status iclgd_follower_create(const iclgd_model *model, size_t n,
                                   bool by_context, iclgd_arena *arena,
                                   iclgd_follower **out, iclgd_error *err) {
  iclgd_follower *f = iclgd_arena_take(arena, 1, sizeof *f);
  if (!f) return iclgd_fail_memory(err, "the engine");
  *f = (iclgd_follower){
      .form = form_for(model, by_context), .n = n, .by_context = by_context};
  *out = f;
  if (!f->form) return iclgd_tape_create(model, n, arena, &f->tape, err);
  TRY(iclgd_engine_check_points(model, n, err));
  f->scratch = iclgd_arena_take(arena, f->form->follow_bytes(model, n), 1);
  if (!f->scratch) return iclgd_fail_memory(err, "the engine");
  f->form->follow_open(f->scratch, model, n, by_context);
  return ICLGD_OK;
}

/* Where the answers of prompts go, one after the other; NULL: not wanted. */
typedef struct answers {
  double *w, *prediction, *tokens;
  size_t predictions, token_units; /* numbers of one prompt */
} answers;

static double *behind(double *at, size_t numbers) {
  return at ? at + numbers : NULL;
}

/* In lanes, group by group. */
static void run_groups(iclgd_follower *f, const iclgd_model *model,
                       const double *theta, const iclgd_prompts *prompts,
                       size_t first, size_t count, answers to) {
  const size_t weights = (iclgd_model_depth(model) + 1) * model->d;
  if (f->n != prompts->n)
    f->form->follow_open(f->scratch, model, prompts->n, f->by_context);
  f->n = prompts->n;
  for (size_t done = 0; done < count; done += ICLGD_FOLLOW_MAX) {
    const size_t left = count - done;
    const iclgd_prompts part =
        iclgd_prompts_part(prompts, first + done,
                           left < ICLGD_FOLLOW_MAX ? left : ICLGD_FOLLOW_MAX);
    f->form->follow(f->scratch, theta, &part, behind(to.w, done * weights),
                    behind(to.prediction, done * to.predictions),
                    behind(to.tokens, done * to.token_units));
  }
}

void iclgd_follow(iclgd_follower *f, const iclgd_model *model,
                  const double *theta, const iclgd_prompts *prompts,
                  size_t first, size_t count, double *w, double *prediction) {
  const size_t rows = iclgd_model_depth(model) + 1;
  assert(!f->by_context);
  if (f->form) {
    run_groups(f, model, theta, prompts, first, count,
               (answers){w, prediction, NULL, rows, 0});
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(prompts, first + i);
    double *of_prompt = prediction + i * rows;
    if (w)
      iclgd_model_follow(model, theta, &prompt, f->tape,
                         w + i * rows * model->d, of_prompt);
    else
      iclgd_model_predict(model, theta, &prompt, f->tape, of_prompt);
  }
}

void iclgd_follow_by_context(iclgd_follower *f, const iclgd_model *model,
                             const double *theta, const iclgd_prompts *prompts,
                             size_t first, size_t count, double *prediction) {
  const size_t size = (prompts->n + 1) * (iclgd_model_depth(model) + 1);
  assert(f->by_context);
  if (f->form) {
    run_groups(f, model, theta, prompts, first, count,
               (answers){NULL, prediction, NULL, size, 0});
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(prompts, first + i);
    iclgd_model_predict_by_context(model, theta, &prompt, f->tape,
                                   prediction + i * size);
  }
}

void iclgd_follow_tokens(iclgd_follower *f, const iclgd_model *model,
                         const double *theta, const iclgd_prompts *prompts,
                         size_t first, size_t count, double *tokens) {
  const size_t size = (prompts->n + 1) * (iclgd_model_depth(model) + 1) *
                      iclgd_model_token_width(model);
  assert(!f->by_context);
  if (f->form) {
    run_groups(f, model, theta, prompts, first, count,
               (answers){NULL, NULL, tokens, 0, size});
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(prompts, first + i);
    memcpy(tokens + i * size,
           iclgd_model_tokens(model, theta, &prompt, f->tape),
           size * sizeof *tokens);
  }
}
