/* The capability `components`: heads and mlps that are read, removed and
 * patched, patterns of attention, and the prediction as a sum over the prompt.
 */
#include <iclgd/components.h>
#include <math.h>
#include <string.h>

#include "support/transformers.h"
#include "support/world.h"

enum { D = 3, N = 6, PROMPTS = 4, CHANGES = 64 };

static const char *const linear_rows[] = {
    "weights=scalar loops=3", "weights=diagonal layers=2",
    "weights=gd layers=2",    "weights=gdpp layers=2 loops=2",
    "weights=full loops=3",   "weights=full layers=2",
};
enum { LINEAR_ROWS = sizeof linear_rows / sizeof *linear_rows };
enum { SUBJECTS = LINEAR_ROWS + TRANSFORMER_ROWS };

static void set_keys(world *w, const char *keys) {
  iclgd_error err;
  while (*keys) {
    char one[64] = "model.";
    const size_t length = strcspn(keys, " ");
    assert_true(length < sizeof one - 6);
    memcpy(one + 6, keys, length);
    assert_ok(iclgd_settings_override(w->settings, one, &err), err);
    keys += length;
    keys += strspn(keys, " ");
  }
}

/* A world whose model has these keys, away from its start. */
static void open_model(world *w, const iclgd_architecture *architecture,
                       const char *keys) {
  const char *const overrides[] = {"prompt.d=3", "prompt.n=6",
                                   "prompt.noise=0.3", NULL};
  iclgd_error err;
  world_create(w, overrides, 5, PROMPTS);
  set_keys(w, "init_scale=0.2");
  set_keys(w, keys);
  assert_ok(
      iclgd_model_from_settings(w->settings, architecture, D, &w->model, &err),
      err);
  assert_ok(iclgd_model_initialise(&w->model, w->settings, 3, &w->arena,
                                   &w->theta, &err),
            err);
  for (size_t i = 0; i < w->model.size; ++i)
    w->theta[i] += 0.2 * sin(7.0 * (double)(i + 1));
  assert_ok(iclgd_tape_create(&w->model, N, &w->arena, &w->tape, &err), err);
}

static void open_subject(world *w, size_t k) {
  if (k < LINEAR_ROWS)
    open_model(w, &iclgd_linear_architecture, linear_rows[k]);
  else
    open_model(w, &iclgd_transformer_architecture,
               transformer_rows[k - LINEAR_ROWS]);
}

static double *take(world *w, size_t size) {
  double *out = iclgd_arena_reals(&w->arena, size, 1, 1);
  assert_non_null(out);
  return out;
}

static iclgd_contributions take_contributions(world *w) {
  return (iclgd_contributions){.x = take(w, N), .y = take(w, N)};
}

static double last(world *w, const iclgd_prompt *p) {
  double prediction[32];
  iclgd_model_predict(&w->model, w->theta, p, w->tape, prediction);
  return prediction[iclgd_model_depth(&w->model)];
}

/* Whatever the shape, what is conserved sums to the prediction. */
static void relevance_sums_to_the_prediction(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    open_subject(&w, k);
    iclgd_contributions c = take_contributions(&w);
    for (size_t i = 0; i < PROMPTS; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      const double expected = last(&w, &p);
      iclgd_model_contribute(&w.model, w.theta, &p, w.tape,
                             ICLGD_BY_CONSERVATION, &c);
      double sum = c.query + c.bias, size = fabs(c.query) + fabs(c.bias);
      for (size_t j = 0; j < N; ++j) {
        sum += c.x[j] + c.y[j];
        size += fabs(c.x[j]) + fabs(c.y[j]);
      }
      if (k < LINEAR_ROWS) assert_close(c.bias, 0, 0, 0);
      assert_close(sum, expected, 1e-10 * size, 0);
    }
    world_free(&w);
  }
}

/* (f(1 + h) - f(1 - h)) / 2h, extrapolated once, of a scaled vector. */
static double slope_of_scale(world *w, const iclgd_prompt *p, double *v,
                             size_t size) {
  const double h = 1e-4, steps[] = {h, -h, h / 2, -h / 2};
  double f[4], kept[D];
  memcpy(kept, v, size * sizeof *v);
  for (int s = 0; s < 4; ++s) {
    for (size_t j = 0; j < size; ++j) v[j] = (1 + steps[s]) * kept[j];
    f[s] = last(w, p);
  }
  memcpy(v, kept, size * sizeof *v);
  return (4 * (f[2] - f[3]) / h - (f[0] - f[1]) / (2 * h)) / 3;
}

static void gradients_are_slopes_of_scale(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    open_subject(&w, k);
    iclgd_contributions c = take_contributions(&w);
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 1);
    double *x = w.prompts.x + N * D, *y = w.prompts.y + N;
    iclgd_model_contribute(&w.model, w.theta, &p, w.tape, ICLGD_BY_GRADIENT,
                           &c);
    const double scale = 1e-7 * (1 + fabs(last(&w, &p)));
    for (size_t j = 0; j < N; ++j) {
      assert_close(c.x[j], slope_of_scale(&w, &p, x + j * D, D), scale, 1e-6);
      assert_close(c.y[j], slope_of_scale(&w, &p, y + j, 1), scale, 1e-6);
    }
    assert_close(c.query, slope_of_scale(&w, &p, w.prompts.x_query + D, D),
                 scale, 1e-6);
    world_free(&w);
  }
}

/* Euler: D layers of degree 3 without skip connections, 3^D. */
static void degrees_multiply(void **state) {
  (void)state;
  static const char *const keys[] = {
      "attention=linear residual=0 bias=false scale=none layers=1",
      "attention=linear residual=0 bias=false scale=none layers=2",
      "attention=linear residual=0 bias=false heads=2 key=3 layers=3"};
  double power = 1;
  for (size_t k = 0; k < 3; ++k) {
    world w;
    open_model(&w, &iclgd_transformer_architecture, keys[k]);
    iclgd_contributions c = take_contributions(&w);
    power *= 3;
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 2);
    iclgd_model_contribute(&w.model, w.theta, &p, w.tape, ICLGD_BY_GRADIENT,
                           &c);
    double sum = c.query;
    for (size_t j = 0; j < N; ++j) sum += c.x[j] + c.y[j];
    assert_true(fabs(last(&w, &p)) > 1e-100);
    assert_close(sum, power * last(&w, &p), 0, 1e-9);
    world_free(&w);
  }
}

/* What is linear in the query has its own share there; gradient descent also
 * in the labels, where conservation finds all of it, label by label. */
static void descent_is_linear_in_its_labels(void **state) {
  (void)state;
  world w;
  open_model(&w, &iclgd_linear_architecture, "weights=gd layers=3");
  iclgd_contributions c = take_contributions(&w);
  const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
  const double whole = last(&w, &p);
  double sum = 0, labels[N] = {0};
  iclgd_model_contribute(&w.model, w.theta, &p, w.tape, ICLGD_BY_GRADIENT, &c);
  for (size_t j = 0; j < N; ++j) sum += c.y[j];
  assert_close(c.query, whole, 0, 1e-10);
  assert_close(sum, whole, 0, 1e-10);
  iclgd_model_contribute(&w.model, w.theta, &p, w.tape, ICLGD_BY_CONSERVATION,
                         &c);
  for (size_t j = 0; j < N; ++j) {
    iclgd_prompt one = p;
    memset(labels, 0, sizeof labels);
    labels[j] = p.y[j];
    one.y = labels;
    assert_close(c.y[j], last(&w, &one), 1e-10 * fabs(whole), 1e-9);
    assert_close(c.x[j], 0, 0, 0);
  }
  assert_close(c.query, 0, 0, 0);
  world_free(&w);
}

/* --- outputs ------------------------------------------------------------- */

static size_t components_of(const world *w) {
  const iclgd_components *parts = iclgd_model_components(&w->model);
  return parts->heads(&w->model) + parts->has_mlp(&w->model);
}

static iclgd_component component(const world *w, size_t layer, size_t k) {
  const bool head = k < iclgd_model_components(&w->model)->heads(&w->model);
  return (iclgd_component){head ? ICLGD_COMPONENT_HEAD : ICLGD_COMPONENT_MLP,
                           layer, head ? k : 0};
}

/* Zero rows and columns first .. first + count - 1 of an array of layer l of
 * `columns` columns. */
static void zero(world *w, double *theta, iclgd_transformer_array array,
                 size_t l, size_t rows, size_t columns, size_t first,
                 size_t count) {
  const iclgd_transformer *t = &w->model.transformer;
  const double *at = iclgd_transformer_at(t, theta, array, l);
  if (!at) return;
  double *M = theta + (at - theta);
  for (size_t i = 0; i < rows; ++i)
    memset(M + i * columns + first, 0, count * sizeof *M);
}

/* theta without what writes a component of distinct layer l. */
static void zero_component(world *w, double *theta, size_t l, size_t k) {
  const iclgd_transformer *t = &w->model.transformer;
  const size_t C = t->width, V = t->value, HV = t->heads * V;
  if (w->model.linear) {
    const size_t stride = w->model.arrays[0].stride;
    memset(theta + l * stride, 0, stride * sizeof *theta);
  } else if (component(w, l, k).kind == ICLGD_COMPONENT_MLP) {
    zero(w, theta, ICLGD_W_DOWN, l, C, t->mlp_width, 0, t->mlp_width);
    zero(w, theta, ICLGD_B_DOWN, l, 1, C, 0, C);
  } else if (t->output) {
    zero(w, theta, ICLGD_W_O, l, C, HV, k * V, V);
  } else {
    zero(w, theta, ICLGD_W_V, l, 1, HV * C, k * V * C, V * C);
    zero(w, theta, ICLGD_B_V, l, 1, HV, k * V, V);
  }
}

/* A component that is removed in every loop is one whose output weights are 0.
 */
static void removed_is_zeroed(void **state) {
  (void)state;
  for (size_t s = 0; s < SUBJECTS; ++s) {
    world w;
    open_subject(&w, s);
    const size_t depth = iclgd_model_depth(&w.model);
    double *theta = take(&w, w.model.size), got[32], expected[32];
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 3);
    for (size_t at = 0; at < w.model.layers * components_of(&w); ++at) {
      const size_t l = at / components_of(&w), k = at % components_of(&w);
      iclgd_intervention changes[CHANGES];
      for (size_t loop = 0; loop < w.model.loops; ++loop)
        changes[loop] = (iclgd_intervention){
            component(&w, loop * w.model.layers + l, k), NULL};
      memcpy(theta, w.theta, w.model.size * sizeof *theta);
      zero_component(&w, theta, l, k);
      iclgd_model_predict(&w.model, theta, &p, w.tape, expected);
      iclgd_model_predict_changed(&w.model, w.theta, &p, w.tape, changes,
                                  w.model.loops, got);
      for (size_t i = 0; i <= depth; ++i)
        assert_close(got[i], expected[i], 1e-12, 1e-12);
    }
    world_free(&w);
  }
}

/* The changes that put all outputs of the last pass of a prompt. */
static size_t read_all(world *w, const iclgd_prompt *p,
                       iclgd_intervention *out) {
  const iclgd_components *parts = iclgd_model_components(&w->model);
  const size_t T = parts->tokens(&w->model, N);
  size_t count = 0;
  for (size_t l = 0; l < iclgd_model_depth(&w->model); ++l)
    for (size_t k = 0; k < components_of(w); ++k) {
      const iclgd_component c = component(w, l, k);
      double *output = take(w, T * parts->width(&w->model, c.kind));
      iclgd_model_output(&w->model, w->theta, p, w->tape, c, output);
      assert_true(count < CHANGES);
      out[count++] = (iclgd_intervention){c, output};
    }
  return count;
}

/* Nothing changed is the prediction; each output of its own is; all outputs of
 * the clean prompt are the clean prediction, whatever the labels. */
static void all_patched_is_clean(void **state) {
  (void)state;
  size_t changed = 0; /* a few shapes do not see their labels */
  for (size_t s = 0; s < SUBJECTS; ++s) {
    world w;
    open_subject(&w, s);
    double clean[32], got[32];
    iclgd_intervention changes[CHANGES];
    const size_t depth = iclgd_model_depth(&w.model);
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
    iclgd_prompt corrupted = p;
    corrupted.y = w.prompts.y + N;
    const double expected = last(&w, &p), other = last(&w, &corrupted);
    changed += fabs(other - expected) > 1e-6;
    iclgd_model_predict_changed(&w.model, w.theta, &p, w.tape, NULL, 0, clean);
    assert_close(clean[depth], expected, 1e-12, 1e-12);
    const size_t count = read_all(&w, &p, changes);
    for (size_t k = 0; k < count; ++k) {
      iclgd_model_predict_changed(&w.model, w.theta, &p, w.tape, &changes[k], 1,
                                  got);
      assert_close(got[depth], expected, 1e-12, 1e-12);
    }
    iclgd_model_predict_changed(&w.model, w.theta, &corrupted, w.tape, changes,
                                count, got);
    for (size_t l = 0; l <= depth; ++l)
      assert_close(got[l], clean[l], 1e-12, 1e-12);
    iclgd_model_predict_changed(&w.model, w.theta, &corrupted, w.tape, NULL, 0,
                                got);
    assert_close(got[depth], other, 1e-12, 1e-12);
    world_free(&w);
  }
  assert_true(changed > SUBJECTS * 3 / 4);
}

/* --- patterns ------------------------------------------------------------ */

static void softmax_shares_one(void **state) {
  (void)state;
  size_t seen = 0;
  for (size_t s = LINEAR_ROWS; s < SUBJECTS; ++s) {
    world w;
    open_subject(&w, s);
    const iclgd_transformer *t = &w.model.transformer;
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 1);
    const size_t T = iclgd_transformer_tokens(t, N);
    double *P = take(&w, T * T);
    last(&w, &p);
    for (size_t at = 0; at < iclgd_model_depth(&w.model) * t->heads; ++at) {
      const size_t l = at / t->heads, h = at % t->heads;
      if (iclgd_attention_at(t, l % w.model.layers, h) != ICLGD_ATTEND_SOFTMAX)
        continue;
      iclgd_model_pattern(&w.model, w.theta, &p, w.tape, l, h, P);
      for (size_t i = 0; i < T; ++i) {
        double sum = 0;
        for (size_t j = 0; j < T; ++j) sum += P[i * T + j];
        assert_close(sum, 1, 1e-12, 0);
        for (size_t j = iclgd_transformer_visible(t, i, T); j < T; ++j)
          assert_close(P[i * T + j], 0, 0, 0);
      }
      ++seen;
    }
    world_free(&w);
  }
  assert_true(seen > 20);
}

/* Of linear attention the output is what the scores say of P e. */
static void scores_make_the_output(void **state) {
  (void)state;
  enum { W = D + 1, T = N + 1 };
  for (size_t s = 0; s < LINEAR_ROWS; ++s) {
    world w;
    double P[W * W], Q[W * W], scores[T * T], output[T * W], none[32];
    open_subject(&w, s);
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 2);
    for (size_t l = 0; l < iclgd_model_depth(&w.model); ++l) {
      const iclgd_component c = {ICLGD_COMPONENT_HEAD, l, 0};
      iclgd_linear_matrices(&w.model, w.theta, l % w.model.layers, P, Q);
      iclgd_model_predict_changed(&w.model, w.theta, &p, w.tape, NULL, 0, none);
      iclgd_model_pattern(&w.model, w.theta, &p, w.tape, l, 0, scores);
      iclgd_model_output(&w.model, w.theta, &p, w.tape, c, output);
      const double *Z =
          iclgd_model_tokens(&w.model, w.theta, &p, w.tape) + l * T * W;
      for (size_t i = 0; i < T; ++i)
        for (size_t a = 0; a < W; ++a) {
          double sum = 0;
          for (size_t j = 0; j < T; ++j)
            for (size_t b = 0; b < W; ++b)
              sum += scores[i * T + j] * P[a * W + b] * Z[j * W + b];
          assert_close(output[i * W + a], sum, 1e-12, 1e-12);
        }
    }
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(relevance_sums_to_the_prediction),
      cmocka_unit_test(gradients_are_slopes_of_scale),
      cmocka_unit_test(degrees_multiply),
      cmocka_unit_test(descent_is_linear_in_its_labels),
      cmocka_unit_test(removed_is_zeroed),
      cmocka_unit_test(all_patched_is_clean),
      cmocka_unit_test(softmax_shares_one),
      cmocka_unit_test(scores_make_the_output),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
