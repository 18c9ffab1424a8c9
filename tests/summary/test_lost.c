/* Memory that is out while a file is put into words: a message and an exit
 * code, not a summary that lacks a label. Every allocation of JSON fails once,
 * of many allocations a sample. */
#include <iclgd/report.h>
#include <jansson.h>
#include <string.h>

#include "support/shell.h"

static char run[64], other[64];
static long until; /* allocations to go; below 0: none fails */

static void *take(size_t size) {
  return until >= 0 && until-- == 0 ? NULL : malloc(size);
}

typedef iclgd_status action(FILE *out, iclgd_error *err);

static iclgd_status show(FILE *out, iclgd_error *err) {
  return iclgd_report_summary(run, false, out, err);
}

static iclgd_status show_all(FILE *out, iclgd_error *err) {
  return iclgd_report_sections(run, NULL, 0, out, err);
}

static iclgd_status show_json(FILE *out, iclgd_error *err) {
  return iclgd_report_summary(run, true, out, err);
}

static iclgd_status diff(FILE *out, iclgd_error *err) {
  bool equal;
  return iclgd_report_diff(run, other, false, &equal, out, err);
}

/* What is printed when allocation `fail` fails; to be freed. */
static char *print(action *act, long fail, iclgd_status *status) {
  char *text = NULL;
  size_t length;
  iclgd_error err = {""};
  FILE *stream = open_memstream(&text, &length);
  until = fail;
  *status = act(stream, &err);
  until = -1;
  fclose(stream);
  if (*status && !strstr(err.text, "out of memory"))
    fail_msg("allocation %ld: \"%s\"", fail, err.text);
  return text;
}

static void try_all(action *act) {
  enum { SAMPLE = 30 };
  const long most = 1L << 40;
  iclgd_status status;
  char *whole = print(act, -1, &status);
  assert_int_equal(status, ICLGD_OK);
  until = most;
  char *counted = print(act, most, &status);
  free(counted);
  long count = 0;
  for (long bit = 1L << 20; bit > 0;
       bit /= 2) { /* the first that is not asked */
    char *text = print(act, count + bit, &status);
    if (status) count += bit;
    free(text);
  }
  assert_true(count > 100);
  for (long i = 0; i < SAMPLE; ++i) {
    char *text = print(act, i * count / SAMPLE, &status);
    if (status != ICLGD_ENOMEM && strcmp(text, whole) != 0)
      fail_msg("allocation %ld of %ld: status %d and another text",
               i * count / SAMPLE, count, (int)status);
    free(text);
  }
  free(whole);
}

static void a_summary_is_whole(void **state) {
  (void)state;
  try_all(show);
  try_all(show_all);
  try_all(show_json);
}

static void a_difference_is_whole(void **state) {
  (void)state;
  try_all(diff);
}

static int make_files(void **state) {
  static const char *const files[] = {"run.h5 seed=1", "other.h5 seed=2"};
  char out[4096], command[512];
  if (make_folder(state)) return -1;
  for (size_t i = 0; i < 2; ++i) {
    snprintf(command, sizeof command,
             "$I run model.loops=2 prompt.d=3 prompt.n=6 train.steps=5 "
             "train.batch=16 train.eval_prompts=32 probe.prompts=40 "
             "reference.tune_prompts=20 reference.list=gd,newton "
             "probe.list=alignment,structure probe.steps=3 -q -o %s",
             files[i]);
    if (shell(command, out, sizeof out) != 0) fail_msg("%s", out);
  }
  snprintf(run, sizeof run, "%s/run.h5", folder);
  snprintf(other, sizeof other, "%s/other.h5", folder);
  return 0;
}

int main(void) {
  until = -1;
  json_set_alloc_funcs(take, free);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_summary_is_whole),
      cmocka_unit_test(a_difference_is_whole),
  };
  return cmocka_run_group_tests(tests, make_files, remove_folder);
}
