/* Lists of names in keys: probe.list, reference.list. */
#include <string.h>

#include "run/stages.h"

bool iclgd_listed(const char *list, const char *name) {
  if (strcmp(list, "all") == 0) return true;
  const size_t length = strlen(name);
  for (;;) {
    list += strspn(list, ", ");
    const size_t word = strcspn(list, ", ");
    if (word == 0) return false;
    if (word == length && strncmp(list, name, length) == 0) return true;
    list += word;
  }
}
