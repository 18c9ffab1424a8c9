/* What is said of a model that is not linear in the query: all that its
 * predictions and losses tell, and why the rest is not known. */
#include <iclgd/report.h>
#include <iclgd/run.h>
#include <jansson.h>
#include <math.h>
#include <unistd.h>

#include "summary/summary.h"
#include "support/kernel_architecture.h"
#include "support/world.h"

static char file[] = "/tmp/iclgd_kernel_XXXXXX";

static int make_file(void **state) {
  (void)state;
  world w;
  iclgd_error err;
  const int descriptor = mkstemp(file);
  if (descriptor < 0 || close(descriptor) != 0) return -1;
  world_settings(
      &w,
      (const char *[]){
          "model.architecture=kernel", "model.loops=3", "train.steps=60",
          "train.batch=32", "probe.prompts=200", "prompt.d=3", "train.lr=0.02",
          "train.threads=2", "seeds=2", "train.eval_prompts=64",
          "train.snapshots=5",
          "probe.list=identify,alignment,alignment_training,structure", NULL});
  const iclgd_run_options options = {.output = file,
                                     .force = true,
                                     .reproducible = true,
                                     .stream = ICLGD_STREAM_PROBE,
                                     .architecture = &kernel_architecture};
  assert_ok(iclgd_run(w.settings, ICLGD_STAGE_ALL, &options, &err), err);
  world_free(&w);
  return 0;
}

static int remove_file(void **state) {
  (void)state;
  return unlink(file);
}

static json_t *summary_of_file(void) {
  iclgd_source *source;
  iclgd_error err;
  json_t *summary;
  assert_ok(iclgd_source_open(file, &source, &err), err);
  assert_ok(iclgd_summary_build(source, &summary, &err), err);
  iclgd_source_close(source);
  return summary;
}

typedef iclgd_status teller(FILE *out, iclgd_error *err);

static iclgd_status tell_short(FILE *out, iclgd_error *err) {
  return iclgd_report_summary(file, false, out, err);
}

static iclgd_status tell_identify(FILE *out, iclgd_error *err) {
  static const char *const names[] = {"identify"};
  return iclgd_report_sections(file, names, 1, out, err);
}

static iclgd_status tell_page(FILE *out, iclgd_error *err) {
  return iclgd_report_page(file, NULL, out, err);
}

/* What is told, blanks and ends of lines as one blank; to be freed. */
static char *told_by(teller *tell) {
  char *text;
  size_t length, to = 0;
  iclgd_error err;
  FILE *out = open_memstream(&text, &length);
  assert_non_null(out);
  assert_ok(tell(out, &err), err);
  fclose(out);
  for (size_t i = 0; i < length; ++i) {
    const bool blank = text[i] == ' ' || text[i] == '\n';
    if (!blank || to == 0 || text[to - 1] != ' ')
      text[to++] = text[i] == '\n' ? ' ' : text[i];
  }
  text[to] = '\0';
  return text;
}

static void assert_told(const char *text, const char *words) {
  if (!strstr(text, words)) fail_msg("\"%s\" is not in\n%s", words, text);
}

static void the_summary_tells_what_is_known(void **state) {
  (void)state;
  char *text = told_by(tell_short);
  assert_told(text, "Model kernel: 1 layer x 3 loops");
  assert_told(text, "Layer by layer beside ");
  assert_told(text, "Final loss, and loss of the algorithms after 3 steps");
  assert_told(text, "closest to the trained model, but leaves ");
  assert_told(text, "% of the mean square of its predictions unexplained.");
  assert_told(text, " Its final loss ");
  const char *not_run = strstr(text, "not run ");
  assert_non_null(not_run);
  assert_null(strstr(not_run, "identify"));
  assert_told(not_run, "structure");
  assert_told(text, "alignment_training ");
  free(text);
  text = told_by(tell_identify);
  assert_told(text, "(identify)");
  assert_told(text, "gradient descent");
  free(text);
}

static void the_page_tells_it_too(void **state) {
  (void)state;
  char *text = told_by(tell_page);
  assert_told(text, "kernel: 1 layer");
  assert_told(text, "closest to the trained model, but leaves ");
  assert_told(text, "id=\"figure-cosine\"");
  assert_null(strstr(text, "id=\"figure-weights\""));
  free(text);
}

/* The model has squared errors alone, so that those of the algorithms, not
 * their risks, make the ratios. */
static void squared_errors_are_compared(void **state) {
  (void)state;
  json_t *summary = summary_of_file();
  const json_t *model = json_object_get(summary, "trajectory");
  const json_t *gd =
      iclgd_json_named(json_object_get(summary, "algorithms"), "gd");
  const json_t *row =
      iclgd_json_named(json_object_get(summary, "oracle"), "median_ratio_gd");
  assert_int_equal(iclgd_summary_depth(summary), 3);
  assert_null(json_object_get(model, "risk"));
  assert_non_null(json_object_get(gd, "risk"));
  assert_close(
      iclgd_json_real(row, "measured"),
      iclgd_json_at(model, "median", 3) / iclgd_json_at(gd, "median", 3), 0,
      1e-9);
  json_decref(summary);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_summary_tells_what_is_known),
      cmocka_unit_test(the_page_tells_it_too),
      cmocka_unit_test(squared_errors_are_compared),
  };
  return cmocka_run_group_tests(tests, make_file, remove_file);
}
