/* Claims at settings that are not their own. */
#include <stdio.h>
#include <string.h>

#include "support/close.h"
#include "verify/claim.h"

/* Every claim at other values of its keys holds, or refuses them in words that
 * name it. Small samples; the long sweep is `iclgd verify` with keys. */
static void test_other_settings(void **state) {
  (void)state;
  static const char *const changes[] = {
      "d=2",     "d=8",       "n=4",      "n=50",     "L=1",      "L=2",
      "L=5",     "L=8",       "noise=0",  "noise=2",  "k=1",      "k=3",
      "k=14",    "alpha=0.3", "g=1",      "window=1", "N=5",      "eta=0.3",
      "decay=1", "tasks=2",   "points=4", "ratio=1",  "gamma=0.1"};
  iclgd_pool *pool;
  iclgd_error error;
  assert_ok(iclgd_pool_create(2, &pool, &error), error);
  const iclgd_verify_options options = {
      .pool = pool, .seed = 5, .reference = ICLGD_SOURCE_DIR "/data/reference"};
  size_t count, held = 0;
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i)
    for (size_t k = 0; k < sizeof changes / sizeof *changes; ++k) {
      iclgd_claim claim = claims[i];
      iclgd_claim_result result;
      iclgd_error err;
      char setting[512];
      if (claim.full || iclgd_claim_takes(&claim, changes[k], &err)) continue;
      snprintf(setting, sizeof setting, "%s prompts=1500 %s", claim.setting,
               changes[k]);
      claim.setting = setting;
      const iclgd_status status =
          iclgd_claim_check(&claim, &options, &result, &err);
      if (status == ICLGD_ERANGE || status == ICLGD_EUSAGE) {
        if (strncmp(err.text, claim.id, strlen(claim.id)) != 0)
          fail_msg("%s: %s", claim.id, err.text);
      } else if (status) {
        fail_msg("%s", err.text);
      } else if (result.verdict == ICLGD_FAILS) {
        fail_msg("%s %s: expected %g, measured %g +- %g", claim.id, changes[k],
                 result.evidence.expected, result.evidence.measured,
                 result.evidence.standard_error);
      } else {
        ++held;
      }
    }
  assert_true(held > 150);
  iclgd_pool_free(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_other_settings)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
