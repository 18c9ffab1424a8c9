/* The title of a preset does not say of another architecture what holds of its
 * own. */
#include <string.h>

#include "support/shell.h"

static void says(const char *command, const char *file, const char *title) {
  static char out[1 << 18];
  char line[512];
  snprintf(line, sizeof line, "\"$I\" %s --force -q -o %s", command, file);
  shell_succeed(line, out, sizeof out);
  snprintf(line, sizeof line, "\"$I\" show %s", file);
  shell_succeed(line, out, sizeof out);
  if (strncmp(out, title, strlen(title)) != 0)
    fail_msg("expected '%s', found %.80s", title, out);
}

static void test_architecture(void **state) {
  (void)state;
  static const char small[] =
      "prompt.n=4 train.steps=2 train.batch=16 reference.list=gd "
      "probe.list=by_context probe.prompts=40 reference.tune_prompts=20 "
      "probe.wide_prompts=0";
  char line[512];
  snprintf(line, sizeof line, "run quickstart prompt.d=2 %s", small);
  says(line, "l.h5", "Quickstart: linear attention, layers x loops = 1 x 5\n");
  snprintf(line, sizeof line,
           "run quickstart prompt.d=2 model.architecture=transformer %s",
           small);
  says(line, "t.h5", "Quickstart: transformer, layers x loops = 1 x 5\n");
  says("probe t.h5 probe.prompts=50", "p.h5",
       "Quickstart: transformer, layers x loops = 1 x 5\n");
  snprintf(line, sizeof line,
           "run ahn2023-gd model.architecture=transformer %s", small);
  says(line, "a.h5", "Ahn et al. 2023: layers x loops = 3 x 1, transformer\n");
  snprintf(line, sizeof line,
           "run model.architecture=transformer 'title=Mine, weights x' "
           "prompt.d=2 %s",
           small);
  says(line, "m.h5", "Mine, weights x\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_architecture)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
