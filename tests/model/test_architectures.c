/* What iclgd/architecture.h promises, for every architecture: those of the
 * table, and one of the tests whose predictions are not linear in the query. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/subjects.h"
#include "train/gradient.h"

/* Whether tokens begin with other than x itself, at least after block 0. */
static bool embeds(const iclgd_model *model) {
  const iclgd_transformer *t = &model->transformer;
  return model->architecture == &iclgd_transformer_architecture &&
         (t->reads_in || t->inject);
}

/* The slope of the loss along v, which begins at entry `at` of theta. */
static double slope_along(world *w, const iclgd_prompt *p,
                          const iclgd_loss *loss, size_t at, const double *v,
                          size_t size, double h) {
  double f[4];
  for (int j = 0; j < 4; ++j) {
    for (size_t i = 0; i < size; ++i) w->theta[at + i] += offsets[j] * h * v[i];
    f[j] = iclgd_model_gradient(&w->model, w->theta, p, loss, w->tape, NULL);
    for (size_t i = 0; i < size; ++i) w->theta[at + i] -= offsets[j] * h * v[i];
  }
  return slope_of(f, h);
}

/* The gradient of a weighted loss, along a direction in every array of every
 * layer. Steps are short, for the corners of relu. */
static void gradients_are_slopes(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    double c[DEPTH_MAX + 1] = {0};
    open_subject(&w, k);
    double *gradient = take(&w, w.model.size), *v = take(&w, w.model.size);
    c[iclgd_model_depth(&w.model)] = 0.7;
    c[1] += 0.3;
    const iclgd_loss loss = {c, 0.8};
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 2);
    iclgd_model_gradient(&w.model, w.theta, &p, &loss, w.tape, gradient);
    double norm = 0;
    for (size_t i = 0; i < w.model.size; ++i) norm += fabs(gradient[i]);
    assert_true(norm > 1e-3);
    for (size_t i = 0; i < w.model.size; ++i) v[i] = cos(5.0 * (double)i);
    for (size_t a = 0; a < w.model.n_arrays; ++a) {
      const iclgd_array *array = &w.model.arrays[a];
      const size_t size = iclgd_array_size(array);
      for (size_t l = 0; l < (array->by_layer ? w.model.layers : 1); ++l) {
        const size_t at = array->offset + l * array->stride;
        double expected = 0;
        for (size_t i = 0; i < size; ++i) expected += gradient[at + i] * v[i];
        assert_close(expected, slope_along(&w, &p, &loss, at, v, size, 1e-5),
                     1e-8 * norm, 0);
      }
    }
    world_free(&w);
  }
}

/* The weight of every layer is the gradient of its prediction in the query. */
static void weights_are_slopes_in_the_query(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    double weight[(DEPTH_MAX + 1) * D], x[D], f[4][DEPTH_MAX + 1];
    open_subject(&w, k);
    iclgd_prompt p = iclgd_prompts_at(&w.prompts, 1);
    iclgd_model_weights(&w.model, w.theta, &p, w.tape, weight);
    memcpy(x, p.x_query, sizeof x);
    p.x_query = x;
    for (size_t i = 0; i < D; ++i) {
      const double kept = x[i], h = k < FEW ? 1e-3 : 1e-4;
      for (int j = 0; j < 4; ++j) {
        x[i] = kept + offsets[j] * h;
        iclgd_model_predict(&w.model, w.theta, &p, w.tape, f[j]);
      }
      x[i] = kept;
      for (size_t l = 0; l <= iclgd_model_depth(&w.model); ++l)
        assert_close(
            weight[l * D + i],
            slope_of((double[]){f[0][l], f[1][l], f[2][l], f[3][l]}, h), 1e-9,
            1e-9);
    }
    world_free(&w);
  }
}

/* Weights, however they are computed, are what backward gives. */
static void weights_are_those_of_backward(void **state) {
  (void)state;
  for (size_t k = FEW; k < SUBJECTS; ++k) {
    world w;
    double weight[(DEPTH_MAX + 1) * D], x[D], yhat[DEPTH_MAX + 1];
    open_subject(&w, k);
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 5);
    const size_t depth = iclgd_model_depth(&w.model);
    void *scratch;
    iclgd_error err;
    assert_ok(
        w.model.architecture->scratch(&w.model, N, &w.arena, &scratch, &err),
        err);
    const iclgd_pass pass = {&w.model, w.theta, &p, p.x_query, 1, scratch};
    iclgd_model_weights(&w.model, w.theta, &p, w.tape, weight);
    w.model.architecture->forward(&pass, yhat);
    for (size_t l = 0; l <= depth; ++l) {
      double slope[DEPTH_MAX + 1] = {0};
      slope[l] = 1;
      w.model.architecture->backward(&pass, slope, NULL, x);
      for (size_t i = 0; i < D; ++i)
        assert_close(weight[l * D + i], x[i], 1e-13, 1e-12);
    }
    world_free(&w);
  }
}

/* Where the model is linear, the weight predicts at other queries; where it is
 * not, it does not. */
static void linear_is_what_it_says(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    double weight[(DEPTH_MAX + 1) * D], prediction[DEPTH_MAX + 1];
    open_subject(&w, k);
    const size_t depth = iclgd_model_depth(&w.model);
    iclgd_prompt p = iclgd_prompts_at(&w.prompts, 1);
    iclgd_model_weights(&w.model, w.theta, &p, w.tape, weight);
    double far[D], expected = 0;
    for (size_t i = 0; i < D; ++i) {
      far[i] = 3 * p.x_query[i] + 1;
      expected += weight[depth * D + i] * far[i];
    }
    p.x_query = far;
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, prediction);
    const double off = fabs(prediction[depth] - expected);
    assert_true(prediction[0] == 0);
    if (w.model.linear)
      assert_true(off < 1e-12 * (1 + fabs(expected)));
    else if (k < FEW)
      assert_true(off > 1e-3);
    world_free(&w);
  }
}

/* Queries do not see each other, nor the prompt's label; the last row of the
 * context lengths is the whole context. */
static void queries_and_contexts_are_apart(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    double x[5 * D], all[(DEPTH_MAX + 1) * 5], one[DEPTH_MAX + 1];
    double by_context[(N + 1) * (DEPTH_MAX + 1)];
    open_subject(&w, k);
    const size_t rows = iclgd_model_depth(&w.model) + 1;
    iclgd_prompt p = iclgd_prompts_at(&w.prompts, 4);
    for (size_t i = 0; i < 5 * D; ++i) x[i] = sin((double)i);
    iclgd_model_predict_queries(&w.model, w.theta, &p, x, 5, w.tape, all);
    iclgd_model_predict_by_context(&w.model, w.theta, &p, w.tape, by_context);
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, one);
    p.y_query += 7;
    for (size_t l = 0; l < rows; ++l)
      assert_close(by_context[N * rows + l], one[l], 0, 1e-13);
    for (size_t l = 0; l < (k < FEW ? rows : 1); ++l)
      assert_true(by_context[l] == 0); /* a transformer may have biases */
    for (size_t q = 0; q < 5; ++q) {
      p.x_query = x + q * D;
      iclgd_model_predict(&w.model, w.theta, &p, w.tape, one);
      for (size_t l = 0; l < rows; ++l)
        assert_close(all[l * 5 + q], one[l], 1e-14, 1e-13);
    }
    world_free(&w);
  }
}

/* At every context length predictions are those from the first points alone,
 * the loss is the mean of theirs, and its gradient is a slope. */
static void contexts_are_shorter_prompts(void **state) {
  (void)state;
  size_t causal = 0;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    double all[(N + 1) * (DEPTH_MAX + 1)], one[DEPTH_MAX + 1];
    double c[DEPTH_MAX + 1] = {0}, expected = 0;
    open_subject(&w, k);
    const iclgd_architecture *a = w.model.architecture;
    causal += a->is_causal && a->is_causal(&w.model);
    const size_t depth = iclgd_model_depth(&w.model), size = w.model.size;
    c[depth] = 0.6;
    c[1] += 0.4;
    const iclgd_loss loss = {c, 0.8};
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 6);
    double *gradient = take(&w, size), *sum = take(&w, size), norm = 0;
    iclgd_model_predict_by_context(&w.model, w.theta, &p, w.tape, all);
    const double value = iclgd_model_gradient_by_context(
        &w.model, w.theta, &p, &loss, w.tape, gradient);
    for (size_t n = 0; n <= N; ++n) {
      iclgd_prompt q = p;
      q.n = n;
      q.mean_n = n > 0 ? n : 1;
      q.x_query = n < N ? p.x + n * D : p.x_query;
      q.y_query = n < N ? p.y[n] : p.y_query;
      iclgd_model_predict(&w.model, w.theta, &q, w.tape, one);
      for (size_t l = 0; l <= depth; ++l)
        assert_close(all[n * (depth + 1) + l], one[l], 1e-13, 1e-12);
      expected +=
          iclgd_model_gradient(&w.model, w.theta, &q, &loss, w.tape, sum) /
          (N + 1);
    }
    assert_close(value, expected, 0, 1e-12);
    for (size_t i = 0; i < size; ++i) norm += fabs(sum[i]) / (N + 1);
    for (size_t i = 0; i < size; ++i)
      assert_close(gradient[i], sum[i] / (N + 1), 1e-12 * norm, 0);
    world_free(&w);
  }
  assert_true(causal > 3);
}

/* Layer l of a looped model is the last of the model looped l times, tokens
 * and predictions; tokens begin as the prompt. */
static void layers_are_shorter_models(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    double all[DEPTH_MAX + 1], part[DEPTH_MAX + 1];
    open_subject(&w, k);
    const iclgd_model *model = &w.model;
    const size_t width = iclgd_model_token_width(model);
    const size_t size = (N + 1) * width, depth = iclgd_model_depth(model);
    if (!model->architecture->tokens) {
      assert_int_equal(width, 0);
      world_free(&w);
      continue;
    }
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
    double *tokens = calloc((depth + 1) * size, sizeof *tokens);
    assert_non_null(tokens);
    iclgd_model_predict(model, w.theta, &p, w.tape, all);
    memcpy(tokens, iclgd_model_tokens(model, w.theta, &p, w.tape),
           (depth + 1) * size * sizeof *tokens);
    if (!embeds(model)) {
      assert_memory_equal(tokens, p.x, D * sizeof *tokens);
      assert_memory_equal(tokens + N * width, p.x_query, D * sizeof *tokens);
    }
    for (size_t loops = 1; loops <= model->loops; ++loops) {
      const iclgd_model shorter = iclgd_model_looped(model, loops);
      const size_t last = iclgd_model_depth(&shorter);
      iclgd_model_predict(&shorter, w.theta, &p, w.tape, part);
      assert_memory_equal(part, all, (last + 1) * sizeof *part);
      const double *Z = iclgd_model_tokens(&shorter, w.theta, &p, w.tape);
      assert_memory_equal(Z + last * size, tokens + last * size,
                          size * sizeof *Z);
    }
    free(tokens);
    world_free(&w);
  }
}

static void stored_arrays_come_back(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    iclgd_array stored[ICLGD_ARRAYS_MAX];
    double *arrays[ICLGD_ARRAYS_MAX], *back;
    iclgd_error err;
    open_subject(&w, k);
    const size_t count = iclgd_model_stored(&w.model, stored);
    for (size_t i = 0; i < count; ++i) {
      size_t extents[ICLGD_ARRAY_RANK_MAX + 1], size = 1;
      const size_t rank = iclgd_stored_extents(&w.model, &stored[i], extents);
      for (size_t j = 0; j < rank; ++j) size *= extents[j];
      arrays[i] = iclgd_arena_reals(&w.arena, size, 1, 1);
      assert_non_null(arrays[i]);
      iclgd_model_store(&w.model, w.theta, i, arrays[i]);
    }
    back = iclgd_arena_reals(&w.arena, w.model.size, 1, 1);
    assert_non_null(back);
    assert_ok(
        iclgd_model_load(&w.model, (const double *const *)arrays, back, &err),
        err);
    for (size_t i = 0; i < w.model.size; ++i)
      assert_true(back[i] == w.theta[i]);
    world_free(&w);
  }
}

/* Who constructs gradient descent follows it: w <- w + eta (b - S w). */
static void constructed_models_are_gradient_descent(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    double weight[(DEPTH_MAX + 1) * D], S[D * D], b[D], step[D] = {0};
    iclgd_error err;
    const double eta = 0.3;
    if (!subject_at(k).architecture->construct) continue;
    open_subject(&w, k);
    const iclgd_status status =
        w.model.architecture->construct(&w.model, eta, w.theta, &err);
    if (status == ICLGD_EUSAGE && strstr(err.text, "model.")) {
      world_free(&w); /* not in this shape: test_construct.c has the others */
      continue;
    }
    assert_ok(status, err);
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 3);
    iclgd_context_gram(S, b, p.x, p.y, N, D, N);
    iclgd_model_weights(&w.model, w.theta, &p, w.tape, weight);
    for (size_t l = 0; l <= iclgd_model_depth(&w.model); ++l) {
      double next[D];
      for (size_t i = 0; i < D; ++i) {
        assert_close(weight[l * D + i], step[i], 1e-13, 1e-12);
        next[i] = step[i] + eta * b[i];
        for (size_t j = 0; j < D; ++j) next[i] -= eta * S[i * D + j] * step[j];
      }
      memcpy(step, next, sizeof step);
    }
    world_free(&w);
  }
}

/* Damped by 1 nothing changes; by 0 the query hears nothing of the context: of
 * other labels neither, of which it would (but where all weights of relu are
 * 0). Else theta stays. */
static void damping_scales_the_layers(void **state) {
  UNTRAPPED;
  (void)state;
  size_t damped = 0, hears = 0;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    double before[DEPTH_MAX + 1], after[DEPTH_MAX + 1], other[N];
    open_subject(&w, k);
    const size_t rows = iclgd_model_depth(&w.model) + 1;
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
    iclgd_prompt relabelled = p;
    for (size_t i = 0; i < N; ++i) other[i] = 1 + 2 * p.y[i];
    relabelled.y = other;
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, before);
    const bool can = iclgd_model_damp(&w.model, 1, w.theta);
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, after);
    assert_memory_equal(before, after, rows * sizeof *before);
    iclgd_model_predict(&w.model, w.theta, &relabelled, w.tape, after);
    hears += before[rows - 1] != after[rows - 1];
    assert_int_equal(iclgd_model_damp(&w.model, 0, w.theta), can);
    if (can) iclgd_model_predict(&w.model, w.theta, &p, w.tape, before);
    iclgd_model_predict(&w.model, w.theta, can ? &relabelled : &p, w.tape,
                        after);
    assert_memory_equal(before, after, rows * sizeof *before);
    damped += can;
    world_free(&w);
  }
  assert_true(damped > FEW && damped < SUBJECTS);
  assert_true(hears + 2 >= SUBJECTS);
}

/* The gradient of a batch, whatever the threads, and whether an engine or the
 * prompts one by one give it; at the whole context or at every length. */
static void check_batches(world *w, bool prefixes) {
  const size_t size = w->model.size;
  double c[DEPTH_MAX + 1] = {0}, total = 0, expected = 0, norm = 0;
  double *gradient[2] = {take(w, size), take(w, size)}, *sum = take(w, size);
  iclgd_error err;
  c[iclgd_model_depth(&w->model)] = 1;
  const iclgd_loss loss = {c, 0};
  const iclgd_prompt_source source = {.fixed = &w->prompts};
  for (size_t t = 0; t < 2; ++t) {
    iclgd_pool *pool;
    iclgd_batch *batch;
    assert_ok(iclgd_pool_create(t + 1, &pool, &err), err);
    assert_ok(
        iclgd_batch_create(&w->model, &source, PROMPTS, false, prefixes,
                           ICLGD_DOUBLE, pool, NULL, &w->arena, &batch, &err),
        err);
    total = iclgd_batch_gradient(batch, w->theta, &loss, 0, gradient[t]).loss;
    iclgd_pool_free(pool);
  }
  assert_memory_equal(gradient[0], gradient[1], size * sizeof(double));
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w->prompts, i);
    expected +=
        (prefixes ? iclgd_model_gradient_by_context : iclgd_model_gradient)(
            &w->model, w->theta, &p, &loss, w->tape, sum);
  }
  assert_close(total, expected / PROMPTS, 0, 1e-11);
  for (size_t i = 0; i < size; ++i) norm += fabs(sum[i]) / PROMPTS;
  for (size_t i = 0; i < size; ++i)
    assert_close(gradient[0][i], sum[i] / PROMPTS, 1e-11 * norm, 0);
}

static void batches_do_not_know_the_threads(void **state) {
  (void)state;
  for (size_t k = 0; k < SUBJECTS; ++k) {
    world w;
    open_subject(&w, k);
    check_batches(&w, false);
    if (k % 3 == 0) check_batches(&w, true);
    world_free(&w);
  }
}

/* Every choice of a key of transformers stands in a row of the design. */
static void the_design_has_every_choice(void **state) {
  (void)state;
  const iclgd_key_set *set = iclgd_transformer_architecture.keys;
  for (size_t i = 0; i < set->count; ++i) {
    const iclgd_key *key = &set->keys[i];
    if (key->type != ICLGD_KEY_FORM || strstr(key->name, "init_law")) continue;
    for (const char *choice = key->forms; *choice;) {
      const size_t length = strcspn(choice, "|");
      char wanted[64];
      bool found = false;
      snprintf(wanted, sizeof wanted, " %s=%.*s ", key->name + 6, (int)length,
               choice);
      found = strlen(key->standard) == length &&
              strncmp(key->standard, choice, length) == 0;
      for (size_t k = 0; k < TRANSFORMER_ROWS; ++k) {
        char row[512];
        snprintf(row, sizeof row, " %s ", transformer_rows[k]);
        found |= strstr(row, wanted) != NULL;
      }
      if (!found) fail_msg("no row has%s", wanted);
      choice += length + (choice[length] == '|');
    }
  }
}

/* The table, and only a linear model may be trained on pseudo-tokens. */
static void capabilities_are_asked(void **state) {
  (void)state;
  size_t count;
  const iclgd_architecture *const *all = iclgd_architectures(&count);
  for (size_t i = 0; i < count; ++i) {
    bool held = false;
    for (size_t k = 0; k < SUBJECTS; ++k)
      held |= subject_at(k).architecture == all[i];
    /* Every architecture that is trained is a subject. */
    assert_true(held || !all[i]->backward);
    assert_ptr_equal(iclgd_architecture_named(all[i]->name), all[i]);
  }
  assert_null(iclgd_architecture_named("kernel"));
  world w;
  iclgd_error err;
  open_subject(&w, FEW - 1);
  assert_ok(iclgd_model_use_sampler(&w.model, false, w.settings, &w.arena,
                                    &w.dist, &err),
            err);
  assert_int_equal(w.dist.sampler, ICLGD_TOKENS);
  assert_ok(iclgd_settings_override(w.settings, "prompt.sampler=wishart", &err),
            err);
  assert_int_equal(iclgd_model_use_sampler(&w.model, false, w.settings,
                                           &w.arena, &w.dist, &err),
                   ICLGD_EUSAGE);
  assert_non_null(strstr(err.text, "prompt.sampler"));
  iclgd_model linear;
  iclgd_linear_model(iclgd_linear_named("gd"), D, 1, 1, &linear);
  assert_int_equal(iclgd_model_use_sampler(&linear, true, w.settings, &w.arena,
                                           &w.dist, &err),
                   ICLGD_EUSAGE);
  assert_non_null(strstr(err.text, "every context length"));
  assert_ok(iclgd_settings_override(w.settings, "model.init=gd:0.1", &err),
            err);
  assert_int_equal(
      iclgd_model_initialise(&w.model, w.settings, 1, &w.arena, &w.theta, &err),
      ICLGD_EUSAGE);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradients_are_slopes),
      cmocka_unit_test(weights_are_slopes_in_the_query),
      cmocka_unit_test(weights_are_those_of_backward),
      cmocka_unit_test(linear_is_what_it_says),
      cmocka_unit_test(queries_and_contexts_are_apart),
      cmocka_unit_test(contexts_are_shorter_prompts),
      cmocka_unit_test(layers_are_shorter_models),
      cmocka_unit_test(stored_arrays_come_back),
      cmocka_unit_test(constructed_models_are_gradient_descent),
      cmocka_unit_test(damping_scales_the_layers),
      cmocka_unit_test(batches_do_not_know_the_threads),
      cmocka_unit_test(the_design_has_every_choice),
      cmocka_unit_test(capabilities_are_asked),
  };
  return cmocka_run_group_tests_name("model/architectures", tests, NULL, NULL);
}
