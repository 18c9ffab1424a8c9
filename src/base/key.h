/* Parsing of one value by its row in the table of keys. */
#ifndef ICLGD_BASE_KEY_H
#define ICLGD_BASE_KEY_H

#include <iclgd/arena.h>
#include <iclgd/settings.h>

/* The longest value, in bytes; see iclgd_settings_set. */
enum { ICLGD_VALUE_MAX = 4000 };

/* A parsed value; which members hold follows from the type of the key. */
typedef struct iclgd_value {
  int64_t integer;
  iclgd_form form; /* REAL and REALS use its values and count */
} iclgd_value;

/* Parse text by the row; memory for lists comes from the arena. On failure
 * the message is the reason alone, to be put behind key and source. */
iclgd_status iclgd_key_parse(const iclgd_key *key, const char *text,
                             iclgd_arena *arena, iclgd_value *out,
                             iclgd_error *err);

/* The path in a value of a key that takes one ("x.csv" of "table:x.csv"), as a
 * part of `text`; NULL where there is none. */
const char *iclgd_key_path(const iclgd_key *key, const char *text);

#endif /* ICLGD_BASE_KEY_H */
