/* What the summary says of the probe `fusion`, on pairs whose line is known. */
#include "support/says.h"

/* Two training runs that begin as the same steps of gradient descent, and end
 * there. */
static void equal_runs_have_no_barrier(void **state) {
  (void)state;
  json_t *m = run_and_show(
      "fusion",
      "prompt.d=3 prompt.n=8 model.init=gd:0.5 model.loops=2 train.steps=0 "
      "seeds=2 probe.prompts=80 fusion.prompts=80");
  assert_close(item(m, "naive_barrier", 0), 0, 0, 0);
  assert_close(item(m, "naive_distance", 0), 0, 0, 0);
  assert_words(
      "Seeds 1 and 2: barrier 0 on 80 prompts; their weights have no "
      "known symmetries.",
      true);
  assert_words("aligned", false);
  assert_says(" distance 2, naive ", 0, 0);
  json_decref(m);
}

/* The sentence has the numbers of the table, which has those of the file; where
 * rare prompts carry a mean its error is unknown, in both. */
static void sentence_and_table_agree(void **state) {
  (void)state;
  static const char *const prompts[] = {"60", "400"};
  for (size_t k = 0; k < 2; ++k) {
    char keys[512], words[64];
    snprintf(keys, sizeof keys,
             "prompt.d=2 prompt.n=6 model.architecture=transformer "
             "model.heads=2 model.key=3 model.layers=1 train.steps=40 "
             "train.batch=32 "
             "seeds=2 seed=5 probe.prompts=%s fusion.prompts=%s",
             prompts[k], prompts[k]);
    json_t *m = run_and_show("fusion", keys);
    const double naive = item(m, "naive_barrier", 0);
    const bool known = item(m, "naive_measurable", 0) != 0;
    assert_says("Seeds 5 and 6: barrier ", naive, 0.05);
    snprintf(words, sizeof words, " on %s prompts, ", prompts[k]);
    assert_says(words, item(m, "aligned_barrier", 0), 0.05);
    assert_words("+- unknown on ", !known);
    assert_says("(loss ", json_real_value(json_object_get(m, "first_loss")),
                0.005);
    assert_says(" 6, naive ", naive, 0.05);
    assert_says(" 6, aligned ", item(m, "aligned_barrier", 0), 0.05);
    assert_says(" 6, soft ", item(m, "soft_barrier", 0), 0.05);
    assert_words("aligned: by their symmetries (heads", true);
    json_decref(m);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_runs_have_no_barrier),
      cmocka_unit_test(sentence_and_table_agree),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
