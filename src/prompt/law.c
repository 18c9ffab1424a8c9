/* The keys prompt.* of a run. */
#include <iclgd/distribution.h>

#include <string.h>

iclgd_status iclgd_law_copy(const iclgd_settings *from, iclgd_settings **out,
                            iclgd_error *err) {
  *out = NULL;
  iclgd_status status = iclgd_settings_create(&iclgd_prompt_keys, 1, out, err);
  for (size_t i = 0; !status && i < iclgd_settings_count(from); ++i) {
    const char *name = iclgd_settings_key(from, i)->name;
    if (strncmp(name, "prompt.", 7) != 0) continue;
    status = iclgd_settings_set(*out, name, iclgd_settings_value(from, i),
                                iclgd_settings_source(from, name), err);
  }
  return status;
}

bool iclgd_law_shares(const iclgd_settings *law) {
  return strncmp(iclgd_get_form(law, "prompt.w").text, "pool", 4) == 0 ||
         strcmp(iclgd_get_form(law, "prompt.rotate").text, "fixed") == 0 ||
         strncmp(iclgd_get_form(law, "prompt.task").text, "memory:network",
                 14) == 0 ||
         strncmp(iclgd_get_form(law, "prompt.source").text, "table", 5) == 0;
}
