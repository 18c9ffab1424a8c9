/* Laws that cannot be: each is refused with a message that names the key or
 * the file. */
#include <stdio.h>

#include "support/file.h"
#include "support/refusals.h"

static void accept(const char *const *overrides) {
  world w;
  iclgd_error err;
  world_settings(&w, overrides);
  assert_ok(iclgd_distribution_create(w.settings, 1, &w.arena, &w.dist, &err),
            err);
  world_free(&w);
}

static void keys_that_contradict(void **state) {
  (void)state;
  const struct {
    const char *overrides[4];
    const char *where, *what;
  } cases[] = {
      {{"prompt.covariance=diag:1,2,3"},
       "prompt.covariance = diag:1,2,3",
       "expected 5 eigenvalues (prompt.d), found 3"},
      {{"prompt.covariance=diag:1,2,3,4,5,6"},
       "prompt.covariance",
       "expected 5 eigenvalues (prompt.d), found 6"},
      {{"prompt.covariance=diag:1,2,0,4,5"}, "prompt.covariance", "positive"},
      {{"prompt.covariance=condition:0.5"},
       "prompt.covariance = condition:0.5",
       "1 or more"},
      {{"prompt.covariance=power:1000"}, "prompt.covariance", "positive"},
      {{"prompt.w=sparse:6"}, "prompt.w = sparse:6", "prompt.d = 5"},
      {{"prompt.d=2", "prompt.w=sparse:3"},
       "prompt.w = sparse:3",
       "prompt.d = 2"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c)
    refuse(cases[c].overrides, ICLGD_EUSAGE, cases[c].where, cases[c].what);
  const char *const limits[][3] = {{"prompt.covariance=condition:1"},
                                   {"prompt.w=sparse:5"},
                                   {"prompt.d=1", "prompt.covariance=diag:7"}};
  for (size_t c = 0; c < 3; ++c) accept(limits[c]);
}

static void refuse_matrix(const char *text, const char *what) {
  const file f = file_with(text);
  char covariance[128];
  snprintf(covariance, sizeof covariance, "prompt.covariance=file:%s", f.path);
  const char *const overrides[] = {"prompt.d=2", covariance, NULL};
  refuse(overrides, ICLGD_EINPUT, f.path, what);
  unlink(f.path);
}

static void files_without_a_covariance(void **state) {
  (void)state;
  refuse_matrix("", "2 x 2 matrix of numbers, found 0 numbers");
  refuse_matrix("1,0,0", "found 3 numbers");
  refuse_matrix("1,0,0\n0,1,0\n0,0,1\n", "found 9 numbers");
  refuse_matrix("1,,0,0,1\n", "found 1 numbers and something else");
  refuse_matrix("1,0\n0,x\n", "found 'x'");
  refuse_matrix("1,0\n0,\xe9\n", "line 2: expected text in UTF-8");
  refuse_matrix(
      "\xff\xfe"
      "1",
      "UTF-16");
  refuse_matrix("1,0,\n0,1 kg\n", "found 'kg'");
  refuse_matrix("1e,1,0,0,1\n", "found '1e'");
  refuse_matrix("1,0;0,1\n", "found '0;0'");
  refuse_matrix("1,0.5\n0.4,1\n", "symmetric");
  refuse_matrix("1,0\n0,-1\n", "positive definite");
  refuse_matrix("1,2\n2,1\n", "positive definite");
  refuse_matrix("1,1\n1,1\n", "positive definite");
  refuse_matrix("0,0\n0,0\n", "positive definite");
  refuse_matrix("1,0\n0,inf\n", "finite number, found 'inf'");
  refuse_matrix("nan,0\n0,1\n", "finite number, found 'nan'");
  refuse_matrix("1,0\n0,1e999\n", "finite number, found '1e999'");
}

static void files_that_cannot_be_read(void **state) {
  (void)state;
  const char *const missing[] = {"prompt.covariance=file:/no/such/file.csv",
                                 NULL};
  refuse(missing, ICLGD_EINPUT, "/no/such/file.csv", "cannot open");
  const char *const folder[] = {"prompt.covariance=file:/tmp", NULL};
  refuse(folder, ICLGD_EINPUT, "/tmp", "expected a regular file");
  const char *const endless[] = {"prompt.covariance=file:/dev/zero", NULL};
  refuse(endless, ICLGD_EINPUT, "/dev/zero", "expected a regular file");
  const file f = file_with("1,0\n0,1\n");
  char covariance[128];
  snprintf(covariance, sizeof covariance, "prompt.covariance=file:%s", f.path);
  const char *const rotated[] = {"prompt.d=2", covariance,
                                 "prompt.rotate=fixed", NULL};
  refuse(rotated, ICLGD_EUSAGE, "prompt.rotate = fixed", "not rotated");
  unlink(f.path);
}

/* A byte order mark is no part of the first number. */
static void a_mark_before_a_matrix(void **state) {
  (void)state;
  const file f = file_with(
      "\xef\xbb\xbf"
      "4 0\n0, 9\r\n");
  char covariance[128];
  snprintf(covariance, sizeof covariance, "prompt.covariance=file:%s", f.path);
  const char *const overrides[] = {"prompt.d=2", covariance, NULL};
  double Sigma[4];
  world w;
  world_create(&w, overrides, 1, 1);
  iclgd_distribution_covariance(&w.dist, Sigma);
  assert_true(Sigma[0] == 4 && Sigma[1] == 0 && Sigma[2] == 0 && Sigma[3] == 9);
  world_free(&w);
  unlink(f.path);
}

/* Six rows of two features: at 0.5, three for training and three to probe. */
static void tables_that_do_not_fit(void **state) {
  (void)state;
  const file f = file_with("a,b,c\n1,2,3\n2,3,4\n3,4,6\n4,1,2\n5,0,9\n6,6,6\n");
  char source[128];
  snprintf(source, sizeof source, "prompt.source=table:%s", f.path);
  const char *const wide[] = {source, "prompt.d=5", "prompt.n=2", NULL};
  refuse(wide, ICLGD_EUSAGE, "prompt.d = 5", "2 feature columns");
  const char *const shares[] = {"prompt.train_share=0.5",
                                "prompt.train_share=0.2",
                                "prompt.train_share=0.9"};
  const char *const found[] = {"3 rows for training and 3 for probing",
                               "1 rows for training and 5 for probing",
                               "5 rows for training and 1 for probing"};
  for (size_t s = 0; s < 3; ++s) {
    const char *const long_context[] = {source, shares[s], "prompt.n=3", NULL};
    refuse(long_context, ICLGD_EUSAGE, "prompt.n = 3", found[s]);
  }
  const char *const no_target[] = {source, "prompt.target=z", "prompt.n=2",
                                   NULL};
  refuse(no_target, ICLGD_EINPUT, "no column 'z' (prompt.target)", "a, b, c");
  const char *const fits[] = {source, "prompt.d=2", "prompt.n=2",
                              "prompt.train_share=0.5", NULL};
  accept(fits);
  unlink(f.path);
  const char *const missing[] = {"prompt.source=table:/no/such/file.csv", NULL};
  refuse(missing, ICLGD_EINPUT, "/no/such/file.csv", "cannot open");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_that_contradict),
      cmocka_unit_test(files_without_a_covariance),
      cmocka_unit_test(files_that_cannot_be_read),
      cmocka_unit_test(a_mark_before_a_matrix),
      cmocka_unit_test(tables_that_do_not_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
