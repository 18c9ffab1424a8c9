/* Arguments of a sweep from a file, and from the command line over it. */
#include "cli/sweep_file.h"
#include "support/file.h"

/* The words of a file, with those of a command line, one a line. */
static void expect_words(const char *text, char **more, int count,
                         const char *base, const char *expected) {
  char path[80], found[512] = "", *arguments[8];
  iclgd_arena arena = {0};
  iclgd_sweep_words words;
  iclgd_error err = {""};
  const file f = file_with(text);
  snprintf(path, sizeof path, "%s.sweep", f.path);
  assert_int_equal(rename(f.path, path), 0);
  arguments[0] = path;
  for (int i = 0; i < count; ++i) arguments[i + 1] = more[i];
  const iclgd_status status =
      iclgd_sweep_words_read(arguments, count + 1, &arena, &words, &err);
  unlink(path);
  if (!base) {
    assert_true(status < 0);
    if (!strstr(err.text, expected))
      fail_msg("'%s' lacks '%s'", err.text, expected);
  } else {
    assert_int_equal(status, ICLGD_OK);
    for (size_t i = 0; i < words.count; ++i)
      strncat(strncat(found, words.words[i], 200), ";", 2);
    assert_string_equal(words.base ? words.base : "(none)", base);
    assert_string_equal(found, expected);
  }
  iclgd_arena_free(&arena);
}

static void test_comments(void **state) {
  (void)state;
  expect_words("# a comment\nlooped\n  seeds=3  \n\nmodel.loops=1..8\r\n", NULL,
               0, "looped", "seeds=3;model.loops=1..8;");
  expect_words("looped # the base\nseeds=3\t# so many\n # all\n", NULL, 0,
               "looped", "seeds=3;");
  expect_words("title=run#1,run#2 # two\n", NULL, 0, "(none)",
               "title=run#1,run#2;");
}

static void test_replaced(void **state) {
  (void)state;
  char *more[] = {"seeds=2", "zip:prompt.d=5", "random:4"};
  expect_words("seeds=3\nprompt.d=1,2\nrandom:9\nprompt.n=7\n", more, 3,
               "(none)", "prompt.n=7;seeds=2;zip:prompt.d=5;random:4;");
}

static void test_refused(void **state) {
  (void)state;
  expect_words("looped\nquickstart\n", NULL, 0, NULL,
               "found 'quickstart' after 'looped'");
  char *text = malloc(10001);
  assert_non_null(text);
  memset(text, 'x', 10000);
  text[10000] = '\0';
  expect_words(text, NULL, 0, NULL, "too long");
  free(text);
  char *missing[] = {"/tmp/iclgd-no-such.sweep"};
  iclgd_arena arena = {0};
  iclgd_sweep_words words;
  iclgd_error err = {""};
  assert_int_equal(iclgd_sweep_words_read(missing, 1, &arena, &words, &err),
                   ICLGD_EINPUT);
  assert_non_null(strstr(err.text, "iclgd-no-such.sweep: cannot be read"));
  iclgd_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_comments),
                                     cmocka_unit_test(test_replaced),
                                     cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
