/* docs/running.md has all presets and `./bootstrap help`. What
 * docs/commands.md, docs/keys.md and docs/file-format.md say the program writes
 * (tests/readme). */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/close.h"

/* Standard output of a shell command that succeeds; to be freed. */
static char *output_of(const char *command) {
  char *text = calloc(1, 1 << 20);
  FILE *pipe = popen(command, "r");
  assert_non_null(text);
  assert_non_null(pipe);
  assert_true(fread(text, 1, (1 << 20) - 1, pipe) > 0);
  assert_int_equal(pclose(pipe), 0);
  return text;
}

static char *running(void) {
  return output_of("cat '" ICLGD_SOURCE_DIR "/docs/running.md'");
}

static void expect_text(const char *where, const char *text) {
  if (!strstr(where, text)) fail_msg("docs/running.md does not say: %s", text);
}

/* Lines "| `..." between a heading and the next one. */
static size_t table_rows(const char *text, const char *heading) {
  const char *at = strstr(text, heading);
  assert_non_null(at);
  const char *end = strstr(at + 1, "\n## ");
  size_t count = 0;
  while ((at = strstr(at + 1, "\n| `")) && (!end || at < end)) ++count;
  return count;
}

static void test_presets(void **state) {
  (void)state;
  char *text = running();
  char *answer = output_of("'" ICLGD_PROGRAM "' presets --json");
  json_t *presets = json_loads(answer, 0, NULL), *preset;
  size_t i;
  assert_true(json_array_size(presets) > 0);
  json_array_foreach(presets, i, preset) {
    const char *name, *title;
    char row[512];
    assert_int_equal(
        json_unpack(preset, "{s:s,s:s}", "name", &name, "title", &title), 0);
    snprintf(row, sizeof row, "\n| `%s` | %s |\n", name, title);
    expect_text(text, row);
  }
  assert_int_equal(table_rows(text, "\n## Presets\n"),
                   json_array_size(presets));
  json_decref(presets);
  free(answer);
  free(text);
}

static void test_bootstrap(void **state) {
  (void)state;
  char *text = running();
  char *help = output_of("'" ICLGD_SOURCE_DIR "/bootstrap' help");
  expect_text(text, help);
  free(help);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_presets),
                                     cmocka_unit_test(test_bootstrap)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
