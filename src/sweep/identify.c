/* What a point is called: FNV-1a (Fowler, Noll and Vo), 64 bits,
 *   h <- (h xor byte) 0x100000001b3,  from h = 0xcbf29ce484222325,
 * of "key=value\n" over the keys that are not at their default, in the order of
 * their table: a release that adds a key changes no name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/grid.h"

static uint64_t add(uint64_t hash, const char *text) {
  for (; *text; ++text) {
    hash ^= (unsigned char)*text;
    hash *= UINT64_C(0x100000001b3);
  }
  return hash;
}

/* A value as it is compared: numbers in one way of writing. */
static const char *plain(const iclgd_settings *s, const iclgd_key *key,
                         const char *value, char number[40]) {
  if (key->type == ICLGD_KEY_INT)
    snprintf(number, 40, "%" PRId64, iclgd_get_int(s, key->name));
  else if (key->type == ICLGD_KEY_REAL)
    snprintf(number, 40, "%.17g", iclgd_get_real(s, key->name) + 0.0);
  else
    return value;
  return number;
}

static bool is_standard(const iclgd_key *key, const char *value) {
  if (key->type == ICLGD_KEY_INT || key->type == ICLGD_KEY_REAL)
    return strtod(value, NULL) == strtod(key->standard, NULL);
  return strcmp(value, key->standard) == 0;
}

void iclgd_settings_identify(const iclgd_settings *s, char out[ICLGD_ID_SIZE]) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < iclgd_settings_count(s); ++i) {
    const iclgd_key *key = iclgd_settings_key(s, i);
    char number[40];
    const char *value = plain(s, key, iclgd_settings_value(s, i), number);
    if (!key->cosmetic && !is_standard(key, value))
      hash = add(add(add(add(hash, key->name), "="), value), "\n");
  }
  snprintf(out, ICLGD_ID_SIZE, "%016" PRIx64, hash);
}

bool iclgd_is_identifier(const char *text) {
  return strlen(text) == ICLGD_ID_SIZE - 1 &&
         strspn(text, "0123456789abcdef") == ICLGD_ID_SIZE - 1;
}
