/* The values of one key in a sweep. */
#ifndef ICLGD_SWEEP_VALUES_H
#define ICLGD_SWEEP_VALUES_H

#include <iclgd/arena.h>
#include <iclgd/settings.h>

enum { ICLGD_POINTS_MAX = 100000 };

typedef struct iclgd_values {
  const char **text; /* each one accepted by the key */
  size_t count;
} iclgd_values;

/* Read a list. With a '|' in it, what stands between these are its values; else
 * a text that the key accepts as it stands is one value ("diag:1,2"); else
 * values stand between commas. A value is one that the key accepts, or several:
 *   1..10, 0..1:0.25         whole numbers, steps of 0.25
 *   lin:0..1:5, log:1e-4..1e-1:7   5 evenly spaced numbers, 7 on a log axis
 * (rounded where the key is a whole number; what is there twice counts once).
 * ICLGD_EUSAGE with a message that names the list and the value. */
iclgd_status iclgd_values_read(const iclgd_key *key, const char *list,
                               iclgd_arena *arena, iclgd_values *out,
                               iclgd_error *err);

#endif /* ICLGD_SWEEP_VALUES_H */
