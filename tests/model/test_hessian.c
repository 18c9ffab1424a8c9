/* Second derivatives of every architecture that has them: beside differences of
 * gradients and of predictions, symmetric, and made of the parts they claim. */
#include "support/subjects.h"

typedef struct bent { /* a subject with what its Hessians are compared by */
  world w;
  iclgd_loss loss;
  double c[DEPTH_MAX + 1];
  double *v, *outer, *functional;
} bent;

/* A direction of length 1; another for every `seed`. */
static void fill_direction(double *v, size_t size, double seed) {
  double norm = 0;
  for (size_t i = 0; i < size; ++i) {
    v[i] = cos(seed * (double)(i * i + 1) + (double)i);
    norm += v[i] * v[i];
  }
  for (size_t i = 0; i < size; ++i) v[i] /= sqrt(norm);
}

/* Of the model of the world. */
static void fill_bent(bent *b) {
  iclgd_error err;
  const size_t size = b->w.model.size, depth = iclgd_model_depth(&b->w.model);
  memset(b->c, 0, sizeof b->c);
  b->c[depth] = 0.7;
  b->c[1] += 0.3;
  b->loss = (iclgd_loss){b->c, 0.8};
  b->v = take(&b->w, size);
  b->outer = take(&b->w, size);
  b->functional = take(&b->w, size);
  fill_direction(b->v, size, 5);
  assert_ok(
      iclgd_tape_create_curved(&b->w.model, N, &b->w.arena, &b->w.tape, &err),
      err);
}

/* False: subject k has no second derivatives. */
static bool open_bent(bent *b, size_t k) {
  open_subject(&b->w, k);
  if (iclgd_model_has_hessian(&b->w.model)) {
    fill_bent(b);
    return true;
  }
  world_free(&b->w);
  return false;
}

static double dot(const double *a, const double *b, size_t size) {
  double sum = 0;
  for (size_t i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

static double length(const double *a, size_t size) {
  return sqrt(dot(a, a, size));
}

typedef double gradient_of(const iclgd_model *, const double *,
                           const iclgd_prompt *, const iclgd_loss *,
                           iclgd_tape *, double *);

/* The derivative along v of the gradient: out (size). */
static void difference(bent *b, gradient_of *gradient, const iclgd_prompt *p,
                       double h, double *out) {
  const size_t size = b->w.model.size;
  double *g = take(&b->w, 4 * size);
  for (size_t j = 0; j < 4; ++j) {
    for (size_t i = 0; i < size; ++i) b->w.theta[i] += offsets[j] * h * b->v[i];
    gradient(&b->w.model, b->w.theta, p, &b->loss, b->w.tape, g + j * size);
    for (size_t i = 0; i < size; ++i) b->w.theta[i] -= offsets[j] * h * b->v[i];
  }
  for (size_t i = 0; i < size; ++i)
    out[i] = slope_of(
        (double[]){g[i], g[size + i], g[2 * size + i], g[3 * size + i]}, h);
}

/* Steps are short, for the corners of relu. */
static void check_differences(bent *b, const iclgd_prompt *p, bool prefixes) {
  const size_t size = b->w.model.size;
  double *expected = take(&b->w, size);
  memset(b->outer, 0, size * sizeof *b->outer);
  memset(b->functional, 0, size * sizeof *b->functional);
  const double loss =
      (prefixes ? iclgd_model_hessian_by_context : iclgd_model_hessian)(
          &b->w.model, b->w.theta, p, &b->loss, b->v, b->w.tape, b->outer,
          b->functional);
  gradient_of *gradient =
      prefixes ? iclgd_model_gradient_by_context : iclgd_model_gradient;
  assert_close(loss,
               gradient(&b->w.model, b->w.theta, p, &b->loss, b->w.tape, NULL),
               0, 1e-12);
  difference(b, gradient, p, 1e-4, expected);
  const double scale = length(b->outer, size) + length(b->functional, size);
  assert_true(scale > 1e-6);
  for (size_t i = 0; i < size; ++i)
    assert_close(b->outer[i] + b->functional[i], expected[i], 1e-8 * scale, 0);
}

static void hessians_are_slopes_of_gradients(void **state) {
  (void)state;
  size_t held = 0;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    bent b;
    if (!open_bent(&b, k)) continue;
    const iclgd_prompt p = iclgd_prompts_at(&b.w.prompts, k % PROMPTS);
    check_differences(&b, &p, false);
    check_differences(&b, &p, true);
    ++held;
    world_free(&b.w);
  }
  assert_int_equal(held, SUBJECTS - 2); /* all but those of the tests */
}

/* Of products that a library computes, too. */
static void large_hessians_are_slopes_of_gradients(void **state) {
  (void)state;
  static const char *const keys[] = {"prompt.n=7",
                                     "model.architecture=transformer",
                                     "model.width=48",
                                     "model.heads=2",
                                     "model.mlp=swiglu",
                                     "model.norm=pre",
                                     NULL};
  bent b;
  world_create(&b.w, keys, 5, 3);
  fill_bent(&b);
  const iclgd_prompt p = iclgd_prompts_at(&b.w.prompts, 1);
  check_differences(&b, &p, false);
  world_free(&b.w);
}

/* u . H v = v . H u, of either part; and v . outer v is no less than 0. */
static void hessians_are_symmetric(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    bent b;
    if (!open_bent(&b, k)) continue;
    const size_t size = b.w.model.size;
    const iclgd_prompt p = iclgd_prompts_at(&b.w.prompts, 3);
    double *u = take(&b.w, size), *outer = take(&b.w, size),
           *functional = take(&b.w, size);
    fill_direction(u, size, 11);
    iclgd_model_hessian(&b.w.model, b.w.theta, &p, &b.loss, b.v, b.w.tape,
                        b.outer, b.functional);
    iclgd_model_hessian(&b.w.model, b.w.theta, &p, &b.loss, u, b.w.tape, outer,
                        functional);
    assert_close(dot(u, b.outer, size), dot(b.v, outer, size),
                 1e-12 * length(outer, size), 1e-12);
    assert_close(dot(u, b.functional, size), dot(b.v, functional, size),
                 1e-12 * length(functional, size), 1e-12);
    assert_true(dot(u, outer, size) >= 0);
    world_free(&b.w);
  }
}

/* Along many directions at once, more of them than go together: the bits of one
 * by one, whichever part is asked for. */
static void directions_do_not_touch_each_other(void **state) {
  (void)state;
  enum { COUNT = ICLGD_DIRECTIONS + 3 };
  size_t together = 0;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    bent b;
    if (!open_bent(&b, k)) continue;
    const iclgd_model *model = &b.w.model;
    const size_t size = model->size;
    const iclgd_prompt p = iclgd_prompts_at(&b.w.prompts, k % PROMPTS);
    double *V = take(&b.w, COUNT * size), *outer = take(&b.w, COUNT * size),
           *functional = take(&b.w, COUNT * size);
    for (size_t j = 0; j < COUNT; ++j)
      fill_direction(V + j * size, size, (double)(3 + j));
    iclgd_model_hessians(model, b.w.theta, &p, &b.loss, V, COUNT, b.w.tape,
                         outer, NULL);
    iclgd_model_hessians(model, b.w.theta, &p, &b.loss, V, COUNT, b.w.tape,
                         NULL, functional);
    for (size_t j = 0; j < COUNT; ++j) {
      memset(b.outer, 0, size * sizeof *b.outer);
      memset(b.functional, 0, size * sizeof *b.functional);
      iclgd_model_hessian(model, b.w.theta, &p, &b.loss, V + j * size, b.w.tape,
                          b.outer, b.functional);
      for (size_t i = 0; i < size; ++i) {
        assert_true(outer[j * size + i] == b.outer[i]);
        assert_true(functional[j * size + i] == b.functional[i]);
      }
    }
    together += model->architecture->has_directions &&
                model->architecture->has_directions(model);
    world_free(&b.w);
  }
  assert_true(together > 0);
}

/* The gradients of the predictions of one prompt, J (depth + 1, size). */
static void fill_jacobian(bent *b, const iclgd_prompt *p, double *J) {
  double prediction[DEPTH_MAX + 1];
  void *scratch;
  iclgd_error err;
  const iclgd_architecture *a = b->w.model.architecture;
  assert_ok(a->scratch(&b->w.model, N, &b->w.arena, &scratch, &err), err);
  const iclgd_pass pass = {&b->w.model, b->w.theta, p, p->x_query, 1, scratch};
  a->forward(&pass, prediction);
  for (size_t l = 0; l <= iclgd_model_depth(&b->w.model); ++l) {
    double slope[DEPTH_MAX + 1] = {0};
    slope[l] = 1;
    a->backward(&pass, slope, J + l * b->w.model.size, NULL);
  }
}

/* sum_l c_l rho''_l J_l^T J_l v, beyond the guard without l. */
static void outer_products_are_of_gradients(void **state) {
  (void)state;
  size_t beyond = 0;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    bent b;
    double prediction[DEPTH_MAX + 1];
    if (!open_bent(&b, k)) continue;
    const size_t size = b.w.model.size, depth = iclgd_model_depth(&b.w.model);
    const iclgd_prompt p = iclgd_prompts_at(&b.w.prompts, k % PROMPTS);
    double *J = take(&b.w, (depth + 1) * size), *expected = take(&b.w, size);
    fill_jacobian(&b, &p, J);
    iclgd_model_predict(&b.w.model, b.w.theta, &p, b.w.tape, prediction);
    for (size_t l = 0; l <= depth; ++l) {
      const bool out = fabs(prediction[l] - p.y_query) > b.loss.guard;
      const double *J_l = J + l * size;
      const double factor = out ? 0 : 2 * b.c[l] * dot(J_l, b.v, size);
      beyond += out && b.c[l] > 0;
      for (size_t i = 0; i < size; ++i) expected[i] += factor * J_l[i];
    }
    iclgd_model_hessian(&b.w.model, b.w.theta, &p, &b.loss, b.v, b.w.tape,
                        b.outer, NULL);
    for (size_t i = 0; i < size; ++i)
      assert_close(b.outer[i], expected[i], 1e-12 * length(expected, size),
                   1e-11);
    world_free(&b.w);
  }
  assert_true(beyond > 0);
}

/* Tangents and v . (d^2 yhat / dtheta^2) v beside differences of predictions
 * along v, of one tiny model. */
static void second_derivatives_are_second_differences(void **state) {
  (void)state;
  bent b;
  double f[5][DEPTH_MAX + 1], prediction[DEPTH_MAX + 1], tangent[DEPTH_MAX + 1];
  const double h = 1e-3;
  void *scratch;
  iclgd_error err;
  assert_true(open_bent(&b, 3));
  const iclgd_model *model = &b.w.model;
  const iclgd_architecture *a = model->architecture;
  const iclgd_prompt p = iclgd_prompts_at(&b.w.prompts, 0);
  const size_t size = model->size, depth = iclgd_model_depth(model);
  for (int j = 0; j < 5; ++j) {
    double *theta = take(&b.w, size);
    for (size_t i = 0; i < size; ++i)
      theta[i] = b.w.theta[i] + (j - 2) * h * b.v[i];
    iclgd_model_predict(model, theta, &p, b.w.tape, f[j]);
  }
  assert_ok(a->scratch_curved(model, N, &b.w.arena, &scratch, &err), err);
  const iclgd_pass pass = {model, b.w.theta, &p, p.x_query, 1, scratch};
  a->tangent(&pass, b.v, prediction, tangent);
  for (size_t l = 1; l <= depth; ++l) {
    double slope[DEPTH_MAX + 1] = {0}, *out = take(&b.w, size);
    slope[l] = 1;
    a->hessian(&pass, slope, NULL, out);
    const double near = f[1][l] + f[3][l], far = f[0][l] + f[4][l];
    assert_close(prediction[l], f[2][l], 0, 1e-13);
    assert_close(tangent[l],
                 (8 * (f[3][l] - f[1][l]) - (f[4][l] - f[0][l])) / (12 * h),
                 1e-8, 0);
    assert_close(dot(b.v, out, size),
                 (16 * near - far - 30 * f[2][l]) / (12 * h * h), 1e-7, 0);
    assert_true(l == 1 || fabs(dot(b.v, out, size)) > 1e-4);
  }
  world_free(&b.w);
}

/* Several queries are the sum of each. */
static void queries_add_up(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    bent b;
    if (!open_bent(&b, k)) continue;
    const iclgd_model *model = &b.w.model;
    const iclgd_architecture *a = model->architecture;
    const size_t size = model->size, rows = iclgd_model_depth(model) + 1;
    double all[4][(DEPTH_MAX + 1) * D], one[4][DEPTH_MAX + 1];
    const iclgd_prompt p = iclgd_prompts_at(&b.w.prompts, 2);
    void *scratch;
    iclgd_error err;
    assert_ok(a->scratch_curved(model, N, &b.w.arena, &scratch, &err), err);
    iclgd_pass pass = {model, b.w.theta, &p, p.x, D, scratch};
    for (size_t i = 0; i < rows * D; ++i) {
      all[2][i] = sin((double)i + 1);
      all[3][i] = cos(3 * (double)i);
    }
    a->tangent(&pass, b.v, all[0], all[1]);
    a->hessian(&pass, all[2], all[3], b.outer);
    pass.count = 1;
    for (size_t q = 0; q < D; ++q, pass.x += D) {
      for (size_t l = 0; l < rows; ++l) {
        one[2][l] = all[2][l * D + q];
        one[3][l] = all[3][l * D + q];
      }
      a->tangent(&pass, b.v, one[0], one[1]);
      a->hessian(&pass, one[2], one[3], b.functional);
      for (size_t l = 0; l < rows; ++l) {
        assert_close(one[0][l], all[0][l * D + q], 1e-14, 1e-13);
        assert_close(one[1][l], all[1][l * D + q], 1e-13, 1e-12);
      }
    }
    for (size_t i = 0; i < size; ++i)
      assert_close(b.functional[i], b.outer[i], 1e-13 * length(b.outer, size),
                   1e-11);
    world_free(&b.w);
  }
}

/* Where all scores of relu are exactly 0 none is active, whatever way they
 * would go. */
static void corners_are_not_active(void **state) {
  (void)state;
  world w;
  double prediction[2], tangent[2], slope[2] = {0, 1};
  void *scratch;
  iclgd_error err;
  world_create(
      &w,
      (const char *const[]){"model.architecture=transformer",
                            "model.attention=relu", "model.init=zero", NULL},
      5, 3);
  const iclgd_transformer *t = &w.model.transformer;
  const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
  double *v = take(&w, w.model.size), *out = take(&w, w.model.size);
  fill_direction(v, w.model.size, 5);
  for (size_t i = 0; i < t->value * t->width; ++i)
    w.theta[t->offset[ICLGD_W_V] + i] = 1;
  for (size_t i = 0; i < t->value * t->width; ++i)
    w.theta[t->offset[ICLGD_W_O] + i] = 1;
  assert_ok(iclgd_transformer_architecture.scratch_curved(
                &w.model, p.n, &w.arena, &scratch, &err),
            err);
  const iclgd_pass pass = {&w.model, w.theta, &p, p.x_query, 1, scratch};
  iclgd_transformer_architecture.tangent(&pass, v, prediction, tangent);
  iclgd_transformer_architecture.hessian(&pass, slope, NULL, out);
  for (size_t i = 0; i < w.model.size; ++i) assert_true(out[i] == 0);
  world_free(&w);
}

/* A prompt that overflows adds nothing. */
static void overflow_adds_nothing(void **state) {
  (void)state;
  bent b;
  assert_true(open_bent(&b, 4));
  const size_t size = b.w.model.size;
  const iclgd_prompt p = iclgd_prompts_at(&b.w.prompts, 0);
  for (size_t i = 0; i < size; ++i) b.w.theta[i] *= 1e20;
  for (int prefixes = 0; prefixes < 2; ++prefixes)
    assert_true(
        isinf((prefixes ? iclgd_model_hessian_by_context : iclgd_model_hessian)(
            &b.w.model, b.w.theta, &p, &b.loss, b.v, b.w.tape, b.outer,
            b.functional)));
  for (size_t i = 0; i < size; ++i)
    assert_true(b.outer[i] == 0 && b.functional[i] == 0);
  world_free(&b.w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hessians_are_slopes_of_gradients),
      cmocka_unit_test(large_hessians_are_slopes_of_gradients),
      cmocka_unit_test(hessians_are_symmetric),
      cmocka_unit_test(directions_do_not_touch_each_other),
      cmocka_unit_test(outer_products_are_of_gradients),
      cmocka_unit_test(second_derivatives_are_second_differences),
      cmocka_unit_test(queries_add_up),
      cmocka_unit_test(corners_are_not_active),
      cmocka_unit_test(overflow_adds_nothing),
  };
  return cmocka_run_group_tests_name("model/hessian", tests, NULL, NULL);
}
