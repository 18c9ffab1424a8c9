/* What the summary says of the probe `benign`, where both ends are known. */
#include "support/says.h"

static const char few[] =
    "prompt.d=3 prompt.n=10 train.steps=800 train.batch=64 train.lr=0.02 "
    "train.schedule=cosine probe.prompts=100 benign.prompts=400 ";

static json_t *run(const char *keys) {
  char line[512];
  snprintf(line, sizeof line, "%s%s", few, keys);
  return run_and_show("benign", line);
}

/* Three prompts are fewer than the nine numbers of the layer: they are learned
 * by heart, noise and all; fresh ones keep at least the noise. */
static void learned_by_heart(void **state) {
  (void)state;
  json_t *m = run("benign.noise=0,0.5 benign.pools=3,0");
  enum { FEW = 2, ENDLESS = 3 }; /* of the second noise */
  assert_close(item(m, "train", FEW), 0, 1e-2, 0);
  assert_true(item(m, "fresh", FEW) > 0.25);
  assert_close(said("3 prompts, noise 0.5: loss "), item(m, "train", FEW), 1e-2,
               0.05);
  assert_words(" on fresh ones. Mean squared error", true);
  assert_words("and fresh, on 400 others (", true);
  assert_words("+- unknown on fresh", item(m, "measurable", FEW) == 0);
  assert_words("as the run: 9 parameters.", true);
  /* noise, prompts, train, fresh, over endless */
  assert_close(said(" 0.5 3 "), item(m, "train", FEW), 1e-2, 0.05);
  assert_says(" 0.5 endless ", item(m, "train", ENDLESS), 0.05);
  json_decref(m);
}

/* Endless prompts alone: no pool that the claim could be of. */
static void endless_alone(void **state) {
  (void)state;
  json_t *m = run("benign.noise=0.5 benign.pools=0");
  assert_says("Endless prompts, noise 0.5: loss ", item(m, "train", 0), 0.05);
  assert_true(item(m, "train", 0) > 0.2 && item(m, "fresh", 0) > 0.2);
  json_decref(m);
}

/* What grows by layers is carried by rare prompts: no error beside it. */
static void rare_prompts(void **state) {
  (void)state;
  json_t *m = run_and_show(
      "benign",
      "prompt.d=3 prompt.n=4 model.init=gd:1 model.loops=4 train.steps=1 "
      "train.lr=1e-9 probe.prompts=100 benign.noise=0.5 benign.pools=0 "
      "benign.prompts=400");
  assert_close(item(m, "measurable", 0), 0, 0, 0);
  assert_words("+- unknown on fresh ones.", true);
  json_decref(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(learned_by_heart),
      cmocka_unit_test(endless_alone),
      cmocka_unit_test(rare_prompts),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
