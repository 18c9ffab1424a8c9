/* Symmetries of every transformer of the pairwise design and of linear
 * attention: no prediction sees them, balanced or shuffled, and alignment
 * undoes what was planted. */
#include <iclgd/symmetry.h>
#include <string.h>

#include "support/transformers.h"
#include "support/world.h"

/* "tokens=joint ..", or of linear attention where `linear`. */
static void open_model(world *w, const char *keys, bool linear) {
  iclgd_error err;
  world_settings(w, (const char *[]){"prompt.d=3", "prompt.n=5",
                                     "model.init_scale=0.1", NULL});
  if (!linear)
    assert_ok(iclgd_settings_override(w->settings,
                                      "model.architecture=transformer", &err),
              err);
  while (*keys) {
    char one[64] = "model.";
    const size_t length = strcspn(keys, " ");
    assert_true(length < sizeof one - 6);
    memcpy(one + 6, keys, length);
    assert_ok(iclgd_settings_override(w->settings, one, &err), err);
    keys += length + strspn(keys + length, " ");
  }
  assert_ok(
      iclgd_distribution_create(w->settings, 3, &w->arena, &w->dist, &err),
      err);
  assert_ok(
      iclgd_prompts_create(6, 5, 3, true, false, &w->arena, &w->prompts, &err),
      err);
  iclgd_prompts_draw(&w->dist, ICLGD_STREAM_PROBE, 0, &w->prompts);
  assert_ok(
      iclgd_model_from_settings(w->settings, NULL, w->dist.d, &w->model, &err),
      err);
  assert_ok(iclgd_model_initialise(&w->model, w->settings, 3, &w->arena,
                                   &w->theta, &err),
            err);
  for (size_t i = 0; i < w->model.size; ++i)
    w->theta[i] += 0.1 * sin(7.0 * (double)(i + 1) * (double)(i + 2));
  assert_ok(iclgd_tape_create(&w->model, 5, &w->arena, &w->tape, &err), err);
}

static double *copy_of(world *w) {
  double *out = iclgd_arena_reals(&w->arena, w->model.size, 1, 1);
  assert_non_null(out);
  return memcpy(out, w->theta, w->model.size * sizeof *out);
}

static iclgd_aligner *aligner_of(world *w) {
  iclgd_aligner *out;
  iclgd_error err;
  assert_ok(iclgd_aligner_create(&w->model, &w->arena, &out, &err), err);
  return out;
}

static void assert_same_predictions(world *w, const double *other) {
  double yhat[2][17];
  const size_t rows = iclgd_model_depth(&w->model) + 1;
  for (size_t i = 0; i < w->prompts.count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w->prompts, i);
    iclgd_model_predict(&w->model, w->theta, &p, w->tape, yhat[0]);
    iclgd_model_predict(&w->model, other, &p, w->tape, yhat[1]);
    for (size_t l = 0; l < rows; ++l)
      assert_close(yhat[1][l], yhat[0][l], 1e-9, 1e-9);
  }
}

static double farthest(const double *a, const double *b, size_t size) {
  double most = 0;
  for (size_t i = 0; i < size; ++i) most = fmax(most, fabs(a[i] - b[i]));
  return most;
}

/* Moved, seen by no prediction, and undone; whether anything was moved. */
static bool check(const char *keys, bool linear) {
  world w;
  open_model(&w, keys, linear);
  iclgd_aligner *s = aligner_of(&w);
  double *balanced = copy_of(&w), *other = copy_of(&w);
  iclgd_symmetries_shuffle(s, 4, other);
  const bool moved = farthest(w.theta, other, w.model.size) > 1e-3;
  assert_same_predictions(&w, other);
  iclgd_balance(s, balanced);
  assert_same_predictions(&w, balanced);
  iclgd_balance(s, other);
  assert_same_predictions(&w, other);
  iclgd_align(s, balanced, other);
  assert_same_predictions(&w, other);
  const double off = farthest(balanced, other, w.model.size);
  if (off > 1e-10) fail_msg("%s: off by %g", keys, off);
  world_free(&w);
  return moved;
}

static void planted_ones_are_undone(void **state) {
  (void)state;
  size_t moved = 0;
  for (size_t k = 0; k < TRANSFORMER_ROWS; ++k)
    moved += check(transformer_rows[k], false);
  assert_true(moved > TRANSFORMER_ROWS / 2); /* some have one head, no mlp */
}

static void gauges_of_whole_weights(void **state) {
  (void)state;
  assert_true(check("weights=full layers=2 loops=2", true));
}

/* What has none stays. */
static void others_have_none(void **state) {
  (void)state;
  world w;
  open_model(&w, "weights=gdpp layers=2", true);
  iclgd_aligner *s = aligner_of(&w);
  double *other = copy_of(&w);
  assert_int_equal(iclgd_aligner_symmetries(s)->count, 0);
  iclgd_symmetries_shuffle(s, 4, other);
  iclgd_balance(s, other);
  assert_int_equal(iclgd_align(s, w.theta, other), 0);
  assert_close(farthest(w.theta, other, w.model.size), 0, 0, 0);
  world_free(&w);
}

/* A cold plan is a permutation; a hot one takes means over all units. */
static void soft_alignment_has_its_limits(void **state) {
  (void)state;
  world w;
  open_model(&w, "width=6 heads=2 mlp=gelu mlp_width=5 norm=pre", false);
  iclgd_aligner *s = aligner_of(&w);
  double *other = copy_of(&w), *soft = copy_of(&w);
  iclgd_balance(s, w.theta);
  iclgd_balance(s, other);
  iclgd_align_softly(s, w.theta, other, 1e-4, soft);
  assert_close(farthest(w.theta, soft, w.model.size), 0, 1e-9, 0);
  iclgd_align_softly(s, w.theta, other, 1e6, soft);
  const double *b_up =
      iclgd_transformer_at(&w.model.transformer, soft, ICLGD_B_UP, 0);
  const double *was =
      iclgd_transformer_at(&w.model.transformer, other, ICLGD_B_UP, 0);
  double mean = 0;
  for (size_t i = 0; i < 5; ++i) mean += was[i] / 5;
  for (size_t i = 0; i < 5; ++i) assert_close(b_up[i], mean, 1e-5, 0);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(planted_ones_are_undone),
      cmocka_unit_test(gauges_of_whole_weights),
      cmocka_unit_test(others_have_none),
      cmocka_unit_test(soft_alignment_has_its_limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
