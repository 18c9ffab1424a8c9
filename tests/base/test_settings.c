/* Keys of every type: what they take, what they refuse, and how it is said. */
#include <iclgd/settings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/close.h"

static const iclgd_key prompt_keys[] = {
    KEY_INT("prompt.d", "5", 1, 512, "features"),
    KEY_REAL("prompt.noise", "0", 0, 1e6, ""),
    KEY_FORM_IN("prompt.covariance", "identity",
                "identity|diag:reals|power:real|rank:int|file:path", 0, 100,
                ""),
    KEY_TEXT("prompt.source", "generator", ""),
};
static const iclgd_key train_keys[] = {
    KEY_INT("seed", "0", 0, 1e15, ""),
    KEY_FORM_IN("train.eta", "auto", "auto|real|first|first:int", -10, 10, ""),
    KEY_REALS("train.steps", "", -1, 1, ""),
    KEY_INT("prompt.n", "20", -3, 4096, ""),
};
static const iclgd_key_set sets[] = {{prompt_keys, 4}, {train_keys, 4}};

static int set_up(void **state) {
  iclgd_settings *s;
  iclgd_error err;
  if (iclgd_settings_create(sets, 2, &s, &err)) return -1;
  *state = s;
  return 0;
}

static int tear_down(void **state) {
  iclgd_settings_free(*state);
  return 0;
}

/* The override fails as bad usage, with exactly this message. */
static void refuses(iclgd_settings *s, const char *text, const char *message) {
  iclgd_error err;
  assert_int_equal(iclgd_settings_override(s, text, &err), ICLGD_EUSAGE);
  assert_string_equal(err.text, message);
}

static void accepts(iclgd_settings *s, const char *text) {
  iclgd_error err;
  assert_ok(iclgd_settings_override(s, text, &err), err);
}

static void defaults_hold(void **state) {
  const iclgd_settings *s = *state;
  size_t count = 99;
  assert_int_equal(iclgd_get_int(s, "prompt.d"), 5);
  assert_close(iclgd_get_real(s, "prompt.noise"), 0.0, 0.0, 0.0);
  assert_int_equal(iclgd_get_form(s, "prompt.covariance").choice, 0);
  assert_string_equal(iclgd_get_text(s, "prompt.source"), "generator");
  iclgd_get_reals(s, "train.steps", &count);
  assert_int_equal(count, 0);
  assert_false(iclgd_settings_is_set(s, "prompt.d"));
  assert_string_equal(iclgd_settings_source(s, "prompt.d"), "default");
}

static void whole_numbers(void **state) {
  iclgd_settings *s = *state;
  accepts(s, "prompt.d=1");
  accepts(s, "prompt.d=512");
  assert_int_equal(iclgd_get_size(s, "prompt.d"), 512);
  accepts(s, "prompt.n=-3");
  assert_int_equal(iclgd_get_int(s, "prompt.n"), -3);
  accepts(s, "seed=999999999999999");
  assert_true(iclgd_get_int(s, "seed") == INT64_C(999999999999999));
  const char *bad[] = {
      "0",   "513", "",    "x",   "5x", "5.0", "1e2",
      "0x5", "nan", "5 5", "inf", "-",  "1,2", "99999999999999999999999"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    char text[64], message[128];
    snprintf(text, sizeof text, "prompt.d=%s", bad[i]);
    snprintf(message, sizeof message,
             "command line: prompt.d = %s: expected a whole number from 1 to "
             "512",
             bad[i]);
    refuses(s, text, message);
  }
  assert_int_equal(iclgd_get_int(s, "prompt.d"), 512);
}

static void real_numbers(void **state) {
  UNTRAPPED;
  iclgd_settings *s = *state;
  accepts(s, "prompt.noise=1e-3");
  assert_close(iclgd_get_real(s, "prompt.noise"), 0.001, 0.0, 0.0);
  accepts(s, "prompt.noise=.5");
  assert_close(iclgd_get_real(s, "prompt.noise"), 0.5, 0.0, 0.0);
  accepts(s, "prompt.noise=1e6");
  const char *bad[] = {"-1e-9", "1000001", "",    "nan", "inf",
                       "1e999", "1.5x",    "1,2", "one", "1.2.3"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    char text[64];
    iclgd_error err;
    snprintf(text, sizeof text, "prompt.noise=%s", bad[i]);
    assert_int_equal(iclgd_settings_override(s, text, &err), ICLGD_EUSAGE);
    assert_non_null(strstr(err.text, "expected a number from 0 to 1e+06"));
  }
  assert_close(iclgd_get_real(s, "prompt.noise"), 1e6, 0.0, 0.0);
}

static void lists_of_numbers(void **state) {
  iclgd_settings *s = *state;
  size_t count;
  accepts(s, "train.steps=0.5,-1,1");
  const double *values = iclgd_get_reals(s, "train.steps", &count);
  assert_int_equal(count, 3);
  assert_close(values[0], 0.5, 0.0, 0.0);
  assert_close(values[1], -1.0, 0.0, 0.0);
  assert_close(values[2], 1.0, 0.0, 0.0);
  const char *bad[] = {"1,", ",1", "1,,1", "1;1", "0,2", "0 1", "0,nan", ","};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    char text[64];
    iclgd_error err;
    snprintf(text, sizeof text, "train.steps=%s", bad[i]);
    assert_int_equal(iclgd_settings_override(s, text, &err), ICLGD_EUSAGE);
  }
  iclgd_get_reals(s, "train.steps", &count);
  assert_int_equal(count, 3);
  accepts(s, "train.steps=");
  iclgd_get_reals(s, "train.steps", &count);
  assert_int_equal(count, 0);
}

static void forms_with_arguments(void **state) {
  iclgd_settings *s = *state;
  accepts(s, "prompt.covariance=diag:1,2.5,4");
  iclgd_form form = iclgd_get_form(s, "prompt.covariance");
  assert_int_equal(form.choice, 1);
  assert_int_equal(form.count, 3);
  assert_close(form.values[1], 2.5, 0.0, 0.0);
  assert_string_equal(form.argument, "1,2.5,4");
  assert_string_equal(form.text, "diag:1,2.5,4");
  accepts(s, "prompt.covariance=power:0.5");
  form = iclgd_get_form(s, "prompt.covariance");
  assert_int_equal(form.choice, 2);
  assert_int_equal(form.count, 1);
  accepts(s, "prompt.covariance=rank:3");
  form = iclgd_get_form(s, "prompt.covariance");
  assert_int_equal(form.choice, 3);
  assert_close(form.values[0], 3.0, 0.0, 0.0);
  accepts(s, "prompt.covariance=file:/a/b: c=d.csv");
  form = iclgd_get_form(s, "prompt.covariance");
  assert_int_equal(form.choice, 4);
  assert_int_equal(form.count, 0);
  assert_string_equal(form.argument, "/a/b: c=d.csv");
}

static void forms_that_are_refused(void **state) {
  iclgd_settings *s = *state;
  const char *bad[] = {
      "",          "ident",     "identity:", "identity:1", "diag",
      "diag:",     "diag:1,",   "diag:-1",   "power",      "power:x",
      "power:1,2", "power:101", "rank:.5",   "rank:-1",    "file",
      "file:",     "0.5",       ":1",        "Identity",   "diag:nan"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    char text[64], message[256];
    snprintf(text, sizeof text, "prompt.covariance=%s", bad[i]);
    snprintf(message, sizeof message,
             "command line: prompt.covariance = %s: expected identity|"
             "diag:reals|power:real|rank:int|file:path, numbers from 0 to 100",
             bad[i]);
    refuses(s, text, message);
  }
  assert_int_equal(iclgd_get_form(s, "prompt.covariance").choice, 0);
}

static void a_word_with_and_without_a_number(void **state) {
  iclgd_settings *s = *state;
  accepts(s, "train.eta=first");
  assert_int_equal(iclgd_get_form(s, "train.eta").choice, 2);
  assert_int_equal(iclgd_get_form(s, "train.eta").count, 0);
  accepts(s, "train.eta=first:7");
  assert_int_equal(iclgd_get_form(s, "train.eta").choice, 3);
  assert_close(iclgd_get_form(s, "train.eta").values[0], 7, 0.0, 0.0);
  iclgd_error err;
  assert_int_equal(iclgd_settings_override(s, "train.eta=first:", &err),
                   ICLGD_EUSAGE);
}

static void a_bare_number_as_a_form(void **state) {
  iclgd_settings *s = *state;
  accepts(s, "train.eta=-0.25");
  iclgd_form form = iclgd_get_form(s, "train.eta");
  assert_int_equal(form.choice, 1);
  assert_close(form.values[0], -0.25, 0.0, 0.0);
  accepts(s, "train.eta=auto");
  form = iclgd_get_form(s, "train.eta");
  assert_int_equal(form.choice, 0);
  assert_int_equal(form.count, 0);
  const char *bad[] = {"11", "auto:1", "real", "real:1", "1:2", "nan", "+"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    char text[64];
    iclgd_error err;
    snprintf(text, sizeof text, "train.eta=%s", bad[i]);
    assert_int_equal(iclgd_settings_override(s, text, &err), ICLGD_EUSAGE);
  }
}

static void the_nearest_key_is_suggested(void **state) {
  iclgd_settings *s = *state;
  refuses(s, "prompt.nose=1",
          "command line: unknown key 'prompt.nose', did you mean "
          "'prompt.noise'?");
  refuses(s, "noise=1",
          "command line: unknown key 'noise', did you mean 'prompt.noise'?");
  refuses(s, "sed=1", "command line: unknown key 'sed', did you mean 'seed'?");
  refuses(s, "train.step=1",
          "command line: unknown key 'train.step', did you mean "
          "'train.steps'?");
  refuses(s, "Prompt.d=1",
          "command line: unknown key 'Prompt.d', did you mean 'prompt.d'?");
}

static void assignments_that_are_none(void **state) {
  iclgd_settings *s = *state;
  refuses(s, "prompt.d", "argument 'prompt.d': expected key=value");
  refuses(s, "=5", "argument '=5': expected key=value");
  refuses(s, "", "argument '': expected key=value");
  iclgd_error err;
  char longer[3000];
  memset(longer, 'k', sizeof longer);
  memcpy(longer + sizeof longer - 3, "=1", 3);
  assert_int_equal(iclgd_settings_override(s, longer, &err), ICLGD_EUSAGE);
  assert_non_null(strstr(err.text, "unknown key 'kkk"));
}

/* What a line of an INI file could not give back unchanged. */
static void values_that_no_file_can_hold(void **state) {
  iclgd_settings *s = *state;
  refuses(s, "prompt.source=a\nb",
          "command line: prompt.source = a?b: expected no control characters");
  refuses(s, "prompt.source=caf\xe9",
          "command line: prompt.source = caf?: expected text in UTF-8");
  refuses(s, "prompt.source= a",
          "command line: prompt.source =  a: expected no blanks at the ends");
  refuses(s, "prompt.source=a ",
          "command line: prompt.source = a : expected no blanks at the ends");
  refuses(s, "prompt.source=a ;b",
          "command line: prompt.source = a ;b: expected no ';' after a blank, "
          "where it starts a comment");
  refuses(s, "prompt.source=;b",
          "command line: prompt.source = ;b: expected no ';' after a blank, "
          "where it starts a comment");
  iclgd_error err;
  char longer[4002];
  memset(longer, 'v', sizeof longer);
  longer[4001] = '\0';
  assert_int_equal(iclgd_settings_set(s, "prompt.source", longer, "test", &err),
                   ICLGD_EUSAGE);
  longer[4000] = '\0';
  assert_ok(iclgd_settings_set(s, "prompt.source", longer, "test", &err), err);
}

static void sources_and_rejection(void **state) {
  iclgd_settings *s = *state;
  iclgd_error err;
  assert_ok(iclgd_settings_set(s, "prompt.d", "7", "x.ini, line 3", &err), err);
  assert_true(iclgd_settings_is_set(s, "prompt.d"));
  assert_string_equal(iclgd_settings_source(s, "prompt.d"), "x.ini, line 3");
  assert_int_equal(
      iclgd_settings_reject(s, "prompt.d", &err, "must be below %d", 7),
      ICLGD_EUSAGE);
  assert_string_equal(err.text, "x.ini, line 3: prompt.d = 7: must be below 7");
  accepts(s, "prompt.d=8");
  assert_string_equal(iclgd_settings_source(s, "prompt.d"), "command line");
  iclgd_settings_reject(s, "prompt.n", &err, "no");
  assert_string_equal(err.text, "default: prompt.n = 20: no");
}

static void the_table_is_walked_in_order(void **state) {
  iclgd_settings *s = *state;
  accepts(s, "prompt.noise=5e-1");
  assert_int_equal(iclgd_settings_count(s), 8);
  assert_string_equal(iclgd_settings_key(s, 0)->name, "prompt.d");
  assert_string_equal(iclgd_settings_key(s, 7)->name, "prompt.n");
  assert_string_equal(iclgd_settings_value(s, 1), "5e-1");
}

static void what_a_key_accepts_in_words(void **state) {
  (void)state;
  char out[128];
  iclgd_key_accepts(&prompt_keys[0], out, sizeof out);
  assert_string_equal(out, "a whole number from 1 to 512");
  iclgd_key_accepts(&train_keys[2], out, sizeof out);
  assert_string_equal(out, "numbers from -1 to 1, separated by commas");
  iclgd_key_accepts(&prompt_keys[3], out, sizeof out);
  assert_string_equal(out, "text");
  iclgd_key_accepts(&prompt_keys[0], out, 8);
  assert_string_equal(out, "a whole");
}

static void resolved_settings_as_ini(void **state) {
  iclgd_settings *s = *state;
  accepts(s, "prompt.covariance=diag:1,2");
  char *text = iclgd_settings_ini(s);
  assert_string_equal(text,
                      "seed = 0\n"
                      "\n[prompt]\n"
                      "d = 5\nnoise = 0\ncovariance = diag:1,2\n"
                      "source = generator\nn = 20\n"
                      "\n[train]\n"
                      "eta = auto\nsteps = \n");
  free(text);
}

static void no_keys_at_all(void **state) {
  (void)state;
  iclgd_settings *s;
  iclgd_error err;
  assert_ok(iclgd_settings_create(NULL, 0, &s, &err), err);
  assert_int_equal(iclgd_settings_override(s, "a=1", &err), ICLGD_EUSAGE);
  char *text = iclgd_settings_ini(s);
  assert_string_equal(text, "");
  free(text);
  iclgd_settings_free(s);
  iclgd_settings_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(defaults_hold),
      TEST(whole_numbers),
      TEST(real_numbers),
      TEST(lists_of_numbers),
      TEST(forms_with_arguments),
      TEST(forms_that_are_refused),
      TEST(a_word_with_and_without_a_number),
      TEST(a_bare_number_as_a_form),
      TEST(the_nearest_key_is_suggested),
      TEST(assignments_that_are_none),
      TEST(values_that_no_file_can_hold),
      TEST(sources_and_rejection),
      TEST(the_table_is_walked_in_order),
      TEST(resolved_settings_as_ini),
      cmocka_unit_test(what_a_key_accepts_in_words),
      cmocka_unit_test(no_keys_at_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
