/* What is said of algorithms in the place of the model: most of them no model
 * can be. */
#include <unistd.h>

#include "summary/verdict.h"
#include "support/probing.h"
#include "support/verdict.h"

/* The half of GD with step size 0.5, the half of Newton's inversion. */
static void iterate_mixture(const iclgd_hyper *hyper, const iclgd_problem *p,
                            size_t steps, double *work, double *w) {
  const size_t d = p->prompt.d, count = (steps + 1) * d;
  double eta[] = {0.5}, newton[64];
  assert_true(count <= 64);
  const iclgd_hyper gd = {.eta = eta, .n_eta = 1};
  algorithm_of("newton")->iterate(hyper, p, steps, work, newton);
  algorithm_of("gd")->iterate(&gd, p, steps, work, w);
  for (size_t i = 0; i < count; ++i) w[i] = (w[i] + newton[i]) / 2;
}

/* Row l is step 2l of gradient descent. */
static void iterate_skipping(const iclgd_hyper *hyper, const iclgd_problem *p,
                             size_t steps, double *work, double *w) {
  const size_t d = p->prompt.d;
  double all[128];
  assert_true((2 * steps + 1) * d <= 128);
  algorithm_of("gd")->iterate(hyper, p, 2 * steps, work, all);
  for (size_t l = 0; l <= steps; ++l)
    memcpy(w + l * d, all + 2 * l * d, d * sizeof *w);
}

static const iclgd_algorithm mixture = {.name = "mixture",
                                        .title = "half GD, half Newton",
                                        .description = "",
                                        .iterate = iterate_mixture};
static const iclgd_algorithm skipping = {.name = "skipping",
                                         .title = "GD, two steps a layer",
                                         .description = "",
                                         .iterate = iterate_skipping};

/* What the verdict says of path 0. */
static void say_of(const iclgd_algorithm *algorithm, const iclgd_hyper *hyper,
                   const char *must, const char *must_not) {
  world w;
  probing p;
  iclgd_error err;
  json_t *summary;
  iclgd_saying s = {.length = 0};
  world_create(&w,
               (const char *[]){"prompt.d=3", "prompt.n=9", "model.loops=3",
                                "reference.eta=0.7", NULL},
               3, 400);
  probing_open(&p, &w, 3);
  p.paths[0] = (iclgd_path){.name = "model",
                            .title = "x",
                            .algorithm = algorithm,
                            .hyper = *hyper,
                            .steps = 3};
  probing_add(&p, "gd");
  assert_ok(probing_run(&p, "identify", &err), err);
  assert_ok(iclgd_summary_build(p.source, &summary, &err), err);
  iclgd_verdict_say_what(&s, summary);
  iclgd_verdict_say_how_sure(&s, summary);
  if (getenv("ICLGD_SAY")) printf("%s: %s\n", algorithm->name, s.text);
  json_object_set_new(summary, "verdict", json_string(s.text));
  verdict_check(summary);
  verdict_expect(algorithm->name, summary, must, true);
  verdict_expect(algorithm->name, summary, must_not, false);
  json_decref(summary);
  probing_close(&p);
  world_free(&w);
}

static void algorithms(void **state) {
  (void)state;
  double eta[] = {0.4, 0.6, 0.3}, gamma[] = {0.2}, beta[] = {0.3};
  const iclgd_hyper one = {.eta = eta, .n_eta = 1};
  const iclgd_hyper each = {.eta = eta, .n_eta = 3};
  const iclgd_hyper plus = {
      .eta = eta, .n_eta = 1, .gamma = gamma, .n_gamma = 1};
  const iclgd_hyper ball = {.eta = eta, .n_eta = 1, .beta = beta, .n_beta = 1};
  const iclgd_hyper newton = {.own = {0.8}};
  const struct {
    const char *name;
    const iclgd_hyper *hyper;
    const char *must;
  } all[] = {
      {"gd", &one, "is gradient descent with step size 0.4, exactly"},
      {"gd_per_step", &each, "is GD with step sizes 0.4, 0.6, 0.3, exactly"},
      {"heavy_ball", &ball,
       "is heavy-ball momentum with step size 0.4 and momentum 0.3, exactly"},
      {"nesterov", &ball,
       "is Nesterov momentum with step size 0.4 and momentum 0.3, exactly"},
      {"gdpp", &plus, "is GD++ with step size 0.4 and gamma 0.2, exactly"},
      {"newton", &newton, "is Newton's inversion with scale 0.8, exactly"},
      {"line_search", &one, "is GD with exact line search, exactly"},
      {"conjugate_gradient", &one, "is conjugate gradients, exactly"},
      {"online_gd", &one, "is online GD (LMS) with step size 0.4, exactly"},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
    say_of(algorithm_of(all[i].name), all[i].hyper, all[i].must,
           "unexplained|trained");
}

static void others(void **state) {
  (void)state;
  double eta[] = {0.3};
  const iclgd_hyper newton = {.own = {0.8}};
  const iclgd_hyper gd = {.eta = eta, .n_eta = 1};
  say_of(&mixture, &newton, "leaves|unexplained", "exactly|to within");
  say_of(&skipping, &gd,
         "The model is GD with step size 0.3, layer l being step 2 l, exactly",
         "unexplained");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(algorithms),
                                     cmocka_unit_test(others)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
