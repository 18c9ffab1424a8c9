/* The title of a run, with its settings filled in. What a preset says of a
 * model of its own, "linear attention" or the form of its weights, does not
 * hold of another architecture that was asked for apart from it. */
#include <stdio.h>
#include <string.h>

#include "run/stages.h"

bool iclgd_is_set_with(const iclgd_settings *s, const char *name,
                       const char *key) {
  const char *source = iclgd_settings_source(s, key);
  const char *other = iclgd_settings_source(s, name);
  const size_t length = strcspn(source, ",");
  return iclgd_settings_is_set(s, name) && strcspn(other, ",") == length &&
         strncmp(source, other, length) == 0;
}

/* Another architecture than that of linear attention, set apart from the title.
 */
static bool is_other(const iclgd_settings *s) {
  static const char key[] = "model.architecture";
  return iclgd_settings_is_set(s, "title") && iclgd_settings_is_set(s, key) &&
         strcmp(iclgd_get_text(s, key), "linear") != 0 &&
         !iclgd_is_set_with(s, "title", key);
}

/* Put `with` in the place of the `length` bytes from `at` on. */
static void replace(char *text, size_t size, char *at, size_t length,
                    const char *with) {
  char rest[1024];
  snprintf(rest, sizeof rest, "%s", at + length);
  snprintf(at, size - (size_t)(at - text), "%s%s", with, rest);
}

static void name_architecture(const iclgd_settings *s, char *title,
                              size_t size) {
  static const char own[] = "linear attention", weights[] = ", weights ";
  const char *name = iclgd_get_text(s, "model.architecture");
  char *at = strstr(title, weights);
  if (at)
    replace(title, size, at,
            strlen(weights) + strcspn(at + strlen(weights), ", "), "");
  at = strstr(title, own);
  if (at)
    replace(title, size, at, strlen(own), name);
  else if (*title)
    snprintf(title + strlen(title), size - strlen(title), ", %s", name);
}

static const char program[] = "model.program";

static bool has_program(const iclgd_settings *s) {
  return *iclgd_get_text(s, program) != '\0';
}

void iclgd_run_title(const iclgd_settings *s, char *out, size_t size) {
  if (has_program(s) && !iclgd_is_set_with(s, "title", program)) {
    snprintf(out, size, "A program: %s", iclgd_get_text(s, program));
    return;
  }
  iclgd_settings_expand(s, "title", out, size);
  if (is_other(s)) name_architecture(s, out, size);
}

iclgd_status iclgd_resolve_title(const iclgd_job *job, iclgd_settings *out,
                                 iclgd_error *err) {
  char title[512];
  if (!has_program(job->settings) && !is_other(job->settings)) return ICLGD_OK;
  iclgd_run_title(job->settings, title, sizeof title);
  return iclgd_settings_set(out, "title", title, "title", err);
}
