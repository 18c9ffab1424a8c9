/* What a point is called: FNV-1a (Fowler, Noll and Vo), 64 bits,
 *   h <- (h xor byte) 0x100000001b3,  from h = 0xcbf29ce484222325,
 * of "key=value\n" over the keys in the order of their table. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sweep/grid.h"

static uint64_t add(uint64_t hash, const char *text) {
  for (; *text; ++text) {
    hash ^= (unsigned char)*text;
    hash *= UINT64_C(0x100000001b3);
  }
  return hash;
}

void iclgd_settings_identify(const iclgd_settings *s, char out[ICLGD_ID_SIZE]) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < iclgd_settings_count(s); ++i) {
    const iclgd_key *key = iclgd_settings_key(s, i);
    char number[40];
    const char *value = iclgd_settings_value(s, i);
    if (key->cosmetic) continue;
    if (key->type == ICLGD_KEY_INT) {
      snprintf(number, sizeof number, "%" PRId64, iclgd_get_int(s, key->name));
      value = number;
    } else if (key->type == ICLGD_KEY_REAL) {
      snprintf(number, sizeof number, "%.17g",
               iclgd_get_real(s, key->name) + 0.0);
      value = number;
    }
    hash = add(add(add(add(hash, key->name), "="), value), "\n");
  }
  snprintf(out, ICLGD_ID_SIZE, "%016" PRIx64, hash);
}
