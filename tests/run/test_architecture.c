/* A model of another architecture goes the whole way: trained prompt by prompt,
 * probed, written, read again; what needs linear attention says so. */
#include <iclgd/run.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/file.h"
#include "support/kernel_architecture.h"
#include "support/world.h"

typedef struct fixture {
  world w;
  char path[64], again[64];
  iclgd_run_options options;
} fixture;

static void open_fixture(fixture *f) {
  iclgd_error err;
  const char *const overrides[] = {"model.architecture=kernel",
                                   "model.loops=3",
                                   "train.steps=60",
                                   "train.batch=32",
                                   "probe.prompts=64",
                                   "prompt.d=3",
                                   "prompt.n=8",
                                   "train.lr=0.02",
                                   "train.threads=2",
                                   "seeds=2",
                                   "train.eval_prompts=64",
                                   "train.snapshots=5",
                                   "identify.prompts=40",
                                   "identify.tune_prompts=40",
                                   "by_context.prompts=20",
                                   "reference.tune_prompts=60",
                                   NULL};
  world_settings(&f->w, overrides);
  snprintf(f->path, sizeof f->path, "/tmp/iclgd_kernel_%d.h5", (int)getpid());
  snprintf(f->again, sizeof f->again, "%.50s.again", f->path);
  f->options = (iclgd_run_options){.output = f->path,
                                   .force = true,
                                   .reproducible = true,
                                   .stream = ICLGD_STREAM_PROBE,
                                   .architecture = &kernel_architecture};
  assert_ok(iclgd_run(f->w.settings, ICLGD_STAGE_ALL, &f->options, &err), err);
}

static void close_fixture(fixture *f) {
  remove(f->path);
  remove(f->again);
  world_free(&f->w);
}

static double *reals(iclgd_source *s, world *w, const char *path, size_t rank,
                     size_t *extents) {
  double *out;
  iclgd_error err;
  assert_ok(iclgd_source_reals(s, path, rank, extents, &w->arena, &out, &err),
            err);
  return out;
}

/* The stored trajectories are those of the architecture at the stored arrays.
 */
static void trajectories_are_its_own(void **state) {
  (void)state;
  fixture f;
  iclgd_source *s;
  iclgd_error err;
  iclgd_model model;
  iclgd_tape *tape;
  open_fixture(&f);
  iclgd_arena *arena = &f.w.arena;
  assert_ok(iclgd_source_open(f.path, &s, &err), err);
  size_t a_of[] = {1, 1}, c_of[] = {1}, x_of[] = {0, 0, 3}, q_of[] = {0, 3};
  size_t y_of[] = {0, 0}, p_of[] = {4, 0}, w_of[] = {4, 0, 3}, loss_of[] = {0};
  const double *a = reals(s, &f.w, "model/a", 2, a_of);
  const double *c = reals(s, &f.w, "model/c", 1, c_of);
  const double theta[] = {a[0], c[0]};
  const double *x = reals(s, &f.w, "prompts/x", 3, x_of);
  const double *y = reals(s, &f.w, "prompts/y", 2, y_of);
  const double *query = reals(s, &f.w, "prompts/x_query", 2, q_of);
  const double *yhat = reals(s, &f.w, "trajectories/model/prediction", 2, p_of);
  const double *weight = reals(s, &f.w, "trajectories/model/weight", 3, w_of);
  const double *loss = reals(s, &f.w, "training/loss_eval", 1, loss_of);
  assert_int_equal(p_of[1], 64);
  assert_true(loss[loss_of[0] - 1] < loss[0]);
  assert_ok(iclgd_model_from_settings(f.w.settings, &kernel_architecture, 3,
                                      &model, &err),
            err);
  assert_ok(iclgd_tape_create(&model, x_of[1], arena, &tape, &err), err);
  for (size_t i = 0; i < 64; ++i) {
    const iclgd_prompt p = {.n = x_of[1],
                            .d = 3,
                            .mean_n = x_of[1],
                            .x = x + i * x_of[1] * 3,
                            .y = y + i * x_of[1],
                            .x_query = query + i * 3};
    double expected[4], slopes[4 * 3];
    iclgd_model_predict(&model, theta, &p, tape, expected);
    iclgd_model_weights(&model, theta, &p, tape, slopes);
    for (size_t l = 0; l < 4; ++l) {
      assert_close(yhat[l * 64 + i], expected[l], 0, 1e-12);
      for (size_t j = 0; j < 3; ++j)
        assert_close(weight[(l * 64 + i) * 3 + j], slopes[l * 3 + j], 1e-14,
                     1e-12);
    }
  }
  iclgd_source_close(s);
  close_fixture(&f);
}

/* Everyone who is left out is named with the reason; the others have run. */
static void probes_say_what_they_need(void **state) {
  (void)state;
  fixture f;
  iclgd_source *s;
  iclgd_error err;
  char **notes;
  size_t count;
  open_fixture(&f);
  assert_ok(iclgd_source_open(f.path, &s, &err), err);
  assert_ok(iclgd_source_attr_texts(s, "trajectories", "not_run", &f.w.arena,
                                    &notes, &count, &err),
            err);
  const char *const left_out[] = {"filter",    "interpolation",
                                  "landscape", "preconditioner",
                                  "structure", "pgd_learned"};
  for (size_t k = 0; k < sizeof left_out / sizeof *left_out; ++k) {
    bool named = false;
    for (size_t i = 0; i < count; ++i)
      named |= strncmp(notes[i], left_out[k], strlen(left_out[k])) == 0 &&
               notes[i][strlen(left_out[k])] == ':';
    if (!named) fail_msg("%s is not among what was not run", left_out[k]);
    assert_false(iclgd_source_has(s, left_out[k]));
  }
  assert_false(iclgd_source_has(s, "trajectories/pgd_learned"));
  assert_true(iclgd_source_has(s, "trajectories/gd"));
  /* What weights that predict nothing on the context cannot tell is unknown. */
  size_t sime_of[] = {4, 0}, rows[] = {0};
  const double *sime = reals(s, &f.w, "alignment/gd/sime/mean", 2, sime_of);
  for (size_t i = 0; i < sime_of[0] * sime_of[1]; ++i)
    assert_true(isnan(sime[i]));
  const double *share =
      reals(s, &f.w, "extrapolation/loops/stable_share", 1, rows);
  assert_true(isnan(share[0]) && isnan(share[1]) && isfinite(share[2]));
  assert_true(iclgd_source_has(s, "alignment/gd/spd/mean"));
  /* Hypotheses are held against its predictions. */
  char *measured;
  assert_ok(iclgd_source_attr_text(s, "identify", "measured", &f.w.arena,
                                   &measured, &err),
            err);
  assert_string_equal(measured, "predictions");
  assert_true(iclgd_source_has(s, "alignment_training"));
  assert_true(iclgd_source_has(s, "extrapolation/loops"));
  assert_true(iclgd_source_has(s, "decoding"));
  size_t extents[] = {4, 64}; /* of weights that do not predict: unknown */
  const double *risk = reals(s, &f.w, "trajectories/model/risk", 2, extents);
  for (size_t i = 0; i < 4 * 64; ++i) assert_int_equal(isnan(risk[i]), i >= 64);
  iclgd_source_close(s);
  close_fixture(&f);
}

/* A model of the file is that of the run: probed again on the same prompts. */
static void a_model_of_a_file_is_probed(void **state) {
  (void)state;
  fixture f;
  iclgd_source *s[2];
  iclgd_error err;
  double *yhat[2];
  open_fixture(&f);
  f.options.output = f.again;
  f.options.model = f.path;
  assert_ok(iclgd_run(f.w.settings, ICLGD_STAGE_PROBE, &f.options, &err), err);
  for (size_t k = 0; k < 2; ++k) {
    size_t extents[] = {4, 64};
    assert_ok(iclgd_source_open(k ? f.again : f.path, &s[k], &err), err);
    yhat[k] = reals(s[k], &f.w, "trajectories/model/prediction", 2, extents);
    iclgd_source_close(s[k]);
  }
  assert_memory_equal(yhat[0], yhat[1], 4 * 64 * sizeof(double));
  f.options.architecture = NULL;
  assert_ok(
      iclgd_settings_override(f.w.settings, "model.architecture=linear", &err),
      err);
  assert_int_equal(iclgd_run(f.w.settings, ICLGD_STAGE_PROBE, &f.options, &err),
                   ICLGD_EINPUT);
  assert_non_null(strstr(err.text, "found 'kernel'"));
  close_fixture(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trajectories_are_its_own),
      cmocka_unit_test(probes_say_what_they_need),
      cmocka_unit_test(a_model_of_a_file_is_probed),
  };
  return cmocka_run_group_tests_name("run/architecture", tests, NULL, NULL);
}
