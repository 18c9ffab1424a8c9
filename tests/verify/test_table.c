/* The table of claims is sane, and the rule is what verify/claim.h says. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "support/close.h"
#include "verify/claim.h"

static const iclgd_claim *all(size_t *count) {
  const iclgd_claim *claims = iclgd_claims(count);
  assert_true(*count > 50);
  return claims;
}

/* "group.name": lower case, digits, dots and underscores; capital letters stand
 * for the letters of the papers (L3, A, N10). */
static bool is_id(const char *text) {
  const size_t group = strcspn(text, ".");
  for (size_t i = 0; i < group; ++i)
    if (!islower((unsigned char)text[i]) && !isdigit((unsigned char)text[i]))
      return false;
  for (const char *c = text + group; *c; ++c)
    if (!isalnum((unsigned char)*c) && *c != '.' && *c != '_') return false;
  return group > 0 && text[group] == '.' && text[group + 1];
}

static void test_rows(void **state) {
  (void)state;
  size_t count;
  const iclgd_claim *claims = all(&count);
  for (size_t i = 0; i < count; ++i) {
    if (!is_id(claims[i].id)) fail_msg("'%s'", claims[i].id);
    assert_true(strlen(claims[i].id) <= 24); /* the column of the program */
    assert_true(strlen(claims[i].statement) > 10);
    assert_true(strlen(claims[i].source) > 10);
    assert_null(strchr(claims[i].statement, '\n'));
    assert_non_null(claims[i].check);
    for (size_t j = 0; j < i; ++j)
      assert_string_not_equal(claims[i].id, claims[j].id);
  }
}

/* All that the issue of this table asks for. */
static void test_complete(void **state) {
  (void)state;
  static const char *const groups[] = {
      "o1", "o2",      "o3",   "o4",        "o5",      "o6",
      "o7", "o8",      "o9",   "zhang",     "ahn",     "mahankali",
      "fu", "gatmiry", "yang", "vonoswald", "akyurek", "ormaniec"};
  size_t count;
  const iclgd_claim *claims = all(&count);
  for (size_t g = 0; g < sizeof groups / sizeof *groups; ++g) {
    const size_t length = strlen(groups[g]);
    size_t found = 0;
    for (size_t i = 0; i < count; ++i)
      found += strncmp(claims[i].id, groups[g], length) == 0 &&
               claims[i].id[length] == '.';
    if (!found) fail_msg("no claim of %s", groups[g]);
  }
}

static iclgd_pool *pool(size_t threads) {
  iclgd_pool *out;
  iclgd_error err;
  assert_ok(iclgd_pool_create(threads, &out, &err), err);
  return out;
}

static iclgd_status planted(iclgd_trial *trial, iclgd_evidence *out,
                            iclgd_error *err) {
  (void)trial;
  (void)err;
  *out = (iclgd_evidence){1, 1.2, 0.04, 0.01}; /* allowed: 0.17 */
  return ICLGD_OK;
}

/* Every setting can be read: the row with another check. */
static void test_settings(void **state) {
  (void)state;
  size_t count;
  const iclgd_claim *claims = all(&count);
  const iclgd_verify_options options = {.pool = pool(1), .seed = 1};
  for (size_t i = 0; i < count; ++i) {
    iclgd_claim claim = claims[i];
    iclgd_claim_result result;
    iclgd_error err;
    claim.check = planted;
    assert_ok(iclgd_claim_check(&claim, &options, &result, &err), err);
    assert_true(result.seconds >= 0);
  }
  iclgd_pool_free(options.pool);
}

/* A planted wrong expectation fails, and a bad setting is an error. */
static void test_planted(void **state) {
  (void)state;
  const iclgd_verify_options options = {.pool = pool(1), .seed = 1};
  iclgd_claim claim = {.id = "planted.wrong",
                       .statement = "1.2 is 1",
                       .source = "nobody",
                       .setting = "d=3",
                       .relation = ICLGD_EQUAL,
                       .check = planted};
  iclgd_claim_result result;
  iclgd_error err;
  assert_ok(iclgd_claim_check(&claim, &options, &result, &err), err);
  assert_int_equal(result.verdict, ICLGD_FAILS);
  claim.relation = ICLGD_FINDING_ABOVE;
  assert_ok(iclgd_claim_check(&claim, &options, &result, &err), err);
  assert_int_equal(result.verdict, ICLGD_FINDING);
  claim.setting = "d=3 nonsense=1";
  assert_int_equal(iclgd_claim_check(&claim, &options, &result, &err),
                   ICLGD_EUSAGE);
  assert_non_null(strstr(err.text, "planted.wrong"));
  assert_non_null(strstr(err.text, "nonsense"));
  iclgd_pool_free(options.pool);
}

static void test_rule(void **state) {
  (void)state;
  const struct {
    iclgd_evidence e; /* expected, measured, error, tolerance */
    iclgd_verdict equal, at_least, below, above;
  } cases[] = {
      {{1, 1, 0, 0}, ICLGD_HOLDS, ICLGD_HOLDS, ICLGD_FAILS, ICLGD_FAILS},
      {{1, 1.5, 0.1, 0.2}, ICLGD_HOLDS, ICLGD_HOLDS, ICLGD_FAILS, ICLGD_FAILS},
      {{1, 1.7, 0.1, 0.2},
       ICLGD_FAILS,
       ICLGD_HOLDS,
       ICLGD_FAILS,
       ICLGD_FINDING},
      {{1, 0.3, 0.1, 0.2},
       ICLGD_FAILS,
       ICLGD_FAILS,
       ICLGD_FINDING,
       ICLGD_FAILS},
      {{1, NAN, 0.1, 0.2}, ICLGD_FAILS, ICLGD_FAILS, ICLGD_FAILS, ICLGD_FAILS},
      {{1, 2, INFINITY, 0}, ICLGD_FAILS, ICLGD_FAILS, ICLGD_FAILS, ICLGD_FAILS},
      {{1, 9, NAN, 0}, ICLGD_FAILS, ICLGD_FAILS, ICLGD_FAILS, ICLGD_FAILS},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    const iclgd_evidence *e = &cases[i].e;
    assert_int_equal(iclgd_claim_judge(ICLGD_EQUAL, e), cases[i].equal);
    assert_int_equal(iclgd_claim_judge(ICLGD_AT_LEAST, e), cases[i].at_least);
    const iclgd_evidence turned = {-e->expected, -e->measured,
                                   e->standard_error, e->tolerance};
    assert_int_equal(iclgd_claim_judge(ICLGD_AT_MOST, &turned),
                     cases[i].at_least);
    assert_int_equal(iclgd_claim_judge(ICLGD_FINDING_BELOW, e), cases[i].below);
    assert_int_equal(iclgd_claim_judge(ICLGD_FINDING_ABOVE, e), cases[i].above);
  }
  assert_string_equal(iclgd_verdict_name(ICLGD_FINDING), "finding");
}

/* The threads change no bit, whatever the kind of claim: a mean, a jackknife, a
 * search, training. */
static void test_threads(void **state) {
  (void)state;
  static const char *const ids[] = {"mahankali.noise", "o1.isotropic.A",
                                    "vonoswald.gamma.N25", "o5.trained"};
  size_t count;
  const iclgd_claim *claims = all(&count);
  for (size_t i = 0; i < count; ++i) {
    size_t k = 0;
    while (k < 4 && strcmp(claims[i].id, ids[k]) != 0) ++k;
    if (k == 4) continue;
    iclgd_claim small = claims[i];
    char setting[512];
    snprintf(setting, sizeof setting, "%s prompts=3000 train.steps=20",
             small.setting);
    small.setting = setting;
    iclgd_claim_result results[2];
    for (size_t threads = 1; threads <= 2; ++threads) {
      iclgd_error err;
      const iclgd_verify_options options = {
          .pool = pool(threads),
          .seed = 7,
          .reference = ICLGD_SOURCE_DIR "/data/reference"};
      assert_ok(
          iclgd_claim_check(&small, &options, &results[threads - 1], &err),
          err);
      iclgd_pool_free(options.pool);
    }
    assert_memory_equal(&results[0].evidence, &results[1].evidence,
                        sizeof results[0].evidence);
  }
}

/* Every claim says of what kind it is, and kind and relation go together: only
 * what a paper prints is ever contradicted. */
static void test_kinds(void **state) {
  (void)state;
  size_t count, of[6] = {0};
  const iclgd_claim *claims = all(&count);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_claim *c = &claims[i];
    ++of[c->kind];
    const bool finding = c->relation == ICLGD_FINDING_BELOW ||
                         c->relation == ICLGD_FINDING_ABOVE;
    const bool one_sided =
        c->relation == ICLGD_AT_LEAST || c->relation == ICLGD_AT_MOST;
    if ((finding && c->kind != ICLGD_PUBLISHED) ||
        (c->kind == ICLGD_ONE_SIDED && !one_sided) ||
        (one_sided && c->kind != ICLGD_ONE_SIDED &&
         c->kind != ICLGD_REGRESSION) ||
        (c->kind == ICLGD_REGRESSION && strncmp(c->source, "derived", 7) != 0))
      fail_msg("%s: %s", c->id, iclgd_claim_kind_name(c->kind));
  }
  for (size_t k = 0; k < 6; ++k) assert_true(of[k] > 2);
  assert_int_equal(of[ICLGD_REGRESSION], 22);
  assert_string_equal(iclgd_claim_kind_name(ICLGD_STATISTICAL), "statistical");
}

/* A key that a claim reads is taken, with prompt. before it too; others are
 * refused with the claim, the key and what it takes. */
static void test_takes(void **state) {
  (void)state;
  static const struct {
    iclgd_claim_kind kind;
    const char *setting, *change, *refusal; /* NULL: taken */
  } cases[] = {
      {ICLGD_IDENTITY, "d=5 L=3", "d=7", NULL},
      {ICLGD_IDENTITY, "d=5 L=3", "prompt.d=7", NULL},
      {ICLGD_IDENTITY, "d=5 L=3", "n=7", "has no key 'n'; its keys: d, L"},
      {ICLGD_IDENTITY, "L=3", "Lx=7", "has no key 'Lx'; its keys: L"},
      {ICLGD_STATISTICAL, "x=uniform d=2", "x=normal",
       "is about its own value of 'x'; its keys: d"},
      {ICLGD_STATISTICAL, "model.loops=2", "model.loops=3",
       "is about its own value of 'model.loops'; its keys: none but seed"},
      {ICLGD_PUBLISHED, "d=2 prompts=2000", "d=3",
       "its number was found with its own value of 'd'; its keys: prompts"},
      {ICLGD_REGRESSION, "d=2 prompts=2000", "prompts=3000", NULL},
      {ICLGD_TRAINING, "d=2 train.lr=1", "d=3",
       "its training was chosen for its own value of 'd'; its keys: "
       "none but seed"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    const iclgd_claim claim = {
        .id = "a.b", .kind = cases[i].kind, .setting = cases[i].setting};
    iclgd_error err = {""};
    char expected[256];
    const iclgd_status status =
        iclgd_claim_takes(&claim, cases[i].change, &err);
    snprintf(expected, sizeof expected, "a.b: %s", cases[i].refusal);
    assert_int_equal(status, cases[i].refusal ? ICLGD_EUSAGE : ICLGD_OK);
    if (cases[i].refusal) assert_string_equal(err.text, expected);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows),     cmocka_unit_test(test_complete),
      cmocka_unit_test(test_settings), cmocka_unit_test(test_planted),
      cmocka_unit_test(test_rule),     cmocka_unit_test(test_threads),
      cmocka_unit_test(test_kinds),    cmocka_unit_test(test_takes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
