/* The engine beside the reference: losses and gradients of prompts through
 * every compiled form. */
#ifndef ICLGD_TESTS_FORMS_H
#define ICLGD_TESTS_FORMS_H

#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "support/world.h"

enum { FORMS_MAX = 3 };

/* The loss of one prompt and its gradient, as iclgd_model_gradient. */
typedef double gradient_of(const iclgd_model *, const double *,
                           const iclgd_prompt *, const iclgd_loss *,
                           iclgd_tape *, double *);

/* y_query^2, or the mean over all labels where the loss is. */
static inline double squared_labels(const iclgd_prompt *p,
                                    gradient_of *slowly) {
  double sum = p->y_query * p->y_query;
  if (slowly != iclgd_model_gradient_by_context) return sum;
  for (size_t i = 0; i < p->n; ++i) sum += p->y[i] * p->y[i];
  return sum / (double)(p->n + 1);
}

/* Prompts first .. by the slow way that is obviously right. */
static inline void reference(world *w, gradient_of *slowly,
                             const iclgd_prompt_source *source,
                             const iclgd_loss *loss, uint64_t first,
                             size_t count, double *gradient,
                             double sums[ICLGD_SUMS]) {
  iclgd_prompts prompts;
  iclgd_error err;
  assert_ok(
      iclgd_prompts_create_for(source, ICLGD_LANES, &w->arena, &prompts, &err),
      err);
  memset(sums, 0, ICLGD_SUMS * sizeof *sums);
  for (size_t done = 0; done < count; done += prompts.count) {
    prompts.count = count - done < ICLGD_LANES ? count - done : ICLGD_LANES;
    iclgd_prompt_source_draw(source, first + done, &prompts);
    for (size_t i = 0; i < prompts.count; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&prompts, i);
      const double value =
          slowly(&w->model, w->theta, &p, loss, w->tape, gradient);
      const bool dropped = loss->guard > 0 && isinf(value);
      if (!dropped) sums[ICLGD_SUM_LOSS] += value;
      sums[ICLGD_SUM_DROPPED] += dropped;
      sums[ICLGD_SUM_ZERO] += squared_labels(&p, slowly);
    }
  }
}

/* All forms of a precision that run on this processor, the baseline first. */
static inline size_t forms_of(const iclgd_architecture *architecture,
                              iclgd_precision precision,
                              const iclgd_engine_form *out[FORMS_MAX]) {
  size_t count = 0;
  for (int isa = 0; isa <= (int)iclgd_isa_best(); ++isa)
    out[count++] =
        iclgd_engine_form_of(architecture, precision, (iclgd_isa)isa);
  return count;
}

static inline double largest(const double *v, size_t count) {
  double best = 0;
  for (size_t i = 0; i < count; ++i) best = fmax(best, fabs(v[i]));
  return best;
}

typedef struct answer {
  double sums[ICLGD_SUMS];
  double *gradient;
} answer;

static inline void run_form(world *w, gradient_of *slowly,
                            const iclgd_prompt_source *source,
                            const iclgd_engine_form *form,
                            const iclgd_loss *loss, uint64_t first,
                            size_t count, answer *out) {
  iclgd_error err;
  iclgd_engine *engine;
  double forward_only[ICLGD_SUMS];
  memset(out->gradient, 0, w->model.size * sizeof(double));
  assert_ok(iclgd_engine_create(&w->model, source,
                                slowly == iclgd_model_gradient_by_context, form,
                                &w->arena, &engine, &err),
            err);
  iclgd_engine_block(engine, w->theta, loss, first, count, NULL, forward_only);
  iclgd_engine_block(engine, w->theta, loss, first, count, out->gradient,
                     out->sums);
  assert_memory_equal(forward_only, out->sums, sizeof forward_only);
}

/* Prompts first .. of the prompt source through every form; how many were
 * dropped. `tolerance` is relative to the loss and to the largest entry of the
 * gradient. */
static inline size_t check_loss(world *w, gradient_of *slowly,
                                const iclgd_prompt_source *source,
                                const iclgd_loss *loss, uint64_t first,
                                size_t count, iclgd_precision precision,
                                double tolerance) {
  const size_t size = w->model.size;
  double *buffers = calloc(3 * size, sizeof *buffers);
  assert_non_null(buffers);
  answer expected = {.gradient = buffers}, base = {.gradient = buffers + size},
         got = {.gradient = buffers + 2 * size};
  reference(w, slowly, source, loss, first, count, expected.gradient,
            expected.sums);
  const iclgd_engine_form *forms[FORMS_MAX];
  const size_t n_forms = forms_of(w->model.architecture, precision, forms);
  run_form(w, slowly, source, forms[0], loss, first, count, &base);
  for (size_t k = 0; k < ICLGD_SUMS; ++k)
    assert_close(base.sums[k], expected.sums[k], 0, tolerance);
  const double scale = largest(expected.gradient, size);
  const size_t dropped = (size_t)expected.sums[ICLGD_SUM_DROPPED];
  assert_true(scale > 0 || dropped == count);
  for (size_t i = 0; i < size; ++i)
    assert_close(base.gradient[i], expected.gradient[i], tolerance * scale, 0);
  for (size_t k = 1; k < n_forms; ++k) {
    run_form(w, slowly, source, forms[k], loss, first, count, &got);
    assert_memory_equal(got.sums, base.sums, sizeof base.sums);
    assert_memory_equal(got.gradient, base.gradient, size * sizeof(double));
  }
  free(buffers);
  return dropped;
}

/* The gradient of the linear model on the first `count` prompts is that of
 * central differences of the loss, in double, at every `every`-th entry. */
static inline void check_differences(world *w, const iclgd_loss *loss,
                                     size_t count, size_t every) {
  iclgd_error err;
  iclgd_engine *engine;
  double sums[ICLGD_SUMS], above[ICLGD_SUMS], below[ICLGD_SUMS];
  const iclgd_prompt_source source = {.dist = &w->dist,
                                      .stream = ICLGD_STREAM_TRAIN};
  assert_ok(iclgd_engine_create(
                &w->model, &source, false,
                iclgd_engine_best(&iclgd_linear_architecture, ICLGD_DOUBLE),
                &w->arena, &engine, &err),
            err);
  double *gradient = calloc(w->model.size, sizeof *gradient);
  assert_non_null(gradient);
  iclgd_engine_block(engine, w->theta, loss, 0, count, gradient, sums);
  const double scale = largest(gradient, w->model.size), step = 1e-5;
  for (size_t i = 0; i < w->model.size; i += every) {
    const double theta = w->theta[i];
    w->theta[i] = theta + step;
    iclgd_engine_block(engine, w->theta, loss, 0, count, NULL, above);
    w->theta[i] = theta - step;
    iclgd_engine_block(engine, w->theta, loss, 0, count, NULL, below);
    w->theta[i] = theta;
    assert_close((above[0] - below[0]) / (2 * step), gradient[i], 1e-7 * scale,
                 0);
  }
  free(gradient);
}

#endif /* ICLGD_TESTS_FORMS_H */
