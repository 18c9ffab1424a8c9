/* iclgd/settings.h - typed keys: one table drives everything that is set.
 *
 * Each room declares the keys it reads beside its code, as an array of
 * iclgd_key; the program collects the arrays once (iclgd/keys.h). From the
 * table follow the INI reader, `key=value` overrides, range checks, `iclgd
 * keys`, and the attributes of /entry/config in the file.
 */
#ifndef ICLGD_SETTINGS_H
#define ICLGD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iclgd/status.h"

typedef enum iclgd_key_type {
  ICLGD_KEY_INT,   /* whole number in [min, max] */
  ICLGD_KEY_REAL,  /* finite number in [min, max] */
  ICLGD_KEY_REALS, /* comma-separated finite numbers, each in [min, max] */
  ICLGD_KEY_FORM,  /* one of `forms`, perhaps with an argument */
  ICLGD_KEY_TEXT   /* anything on one line */
} iclgd_key_type;

/* One row of the table. All strings are static. */
typedef struct iclgd_key {
  const char *name; /* "prompt.d": section and key of the INI file */
  iclgd_key_type type;
  const char *standard; /* the default, as it would be typed */
  /* FORM: the choices, as "identity|diag:reals|power:real|file:text". What
   * follows the colon is the type of the argument: int, real, reals, text,
   * path. A choice that is only a type ("auto|real") is a bare value. Range
   * checks apply to numeric arguments. */
  const char *forms;
  double min, max;
  const char *meaning; /* one line */
  const char *unit;    /* NULL when dimensionless */
  bool cosmetic;       /* true when it can not change a number */
} iclgd_key;

/* Rows of the table. Behind the meaning (the last argument) may stand what few
 * rows have: .unit = "s", .cosmetic = true. KEY_FORM_IN has arguments that are
 * numbers, of the range min to max; KEY_FORM has none. */
#define KEY_INT(key, value, from, to, ...) \
  KEY_ROW(INT, key, value, NULL, from, to, __VA_ARGS__)
#define KEY_REAL(key, value, from, to, ...) \
  KEY_ROW(REAL, key, value, NULL, from, to, __VA_ARGS__)
#define KEY_REALS(key, value, from, to, ...) \
  KEY_ROW(REALS, key, value, NULL, from, to, __VA_ARGS__)
#define KEY_FORM(key, value, choices, ...) \
  KEY_ROW(FORM, key, value, choices, 0, 0, __VA_ARGS__)
#define KEY_FORM_IN(key, value, choices, from, to, ...) \
  KEY_ROW(FORM, key, value, choices, from, to, __VA_ARGS__)
#define KEY_TEXT(key, value, ...) \
  KEY_ROW(TEXT, key, value, NULL, 0, 0, __VA_ARGS__)
#define KEY_ROW(kind, key, value, choices, from, to, ...)             \
  {                                                                   \
    .name = key, .type = ICLGD_KEY_##kind, .standard = value,         \
    .forms = choices, .min = from, .max = to, .meaning = __VA_ARGS__, \
  }

typedef struct iclgd_key_set {
  const iclgd_key *keys;
  size_t count;
} iclgd_key_set;
#define KEY_SET(keys) \
  { keys, sizeof(keys) / sizeof *(keys) }

/* A parsed FORM value. */
typedef struct iclgd_form {
  const char *text; /* as typed */
  size_t choice;    /* index into the forms of the key */
  const double *values;
  size_t count;         /* of values; 0 when the form has no number */
  const char *argument; /* what follows the colon, "" when nothing does */
} iclgd_form;

/* The values of all keys; opaque, created and freed here. */
typedef struct iclgd_settings iclgd_settings;

/* Every key at its default. The key sets must outlive the settings.
 * ICLGD_ENOMEM, or ICLGD_OK with *out to be freed by the caller. */
iclgd_status iclgd_settings_create(const iclgd_key_set *sets, size_t count,
                                   iclgd_settings **out, iclgd_error *err);
void iclgd_settings_free(iclgd_settings *settings);

/* Set one key from text. `source` says where the text stands ("x.ini, line
 * 3"), starts the message on failure and is kept for later messages.
 * ICLGD_EUSAGE on an unknown key (the nearest one is suggested), a wrong
 * type, a value out of range, or one that a line of an INI file cannot hold:
 * longer than 4000 bytes, not UTF-8, with control characters, blanks at either
 * end, or a blank before ';' (which starts a comment there). The old value
 * stays. */
iclgd_status iclgd_settings_set(iclgd_settings *settings, const char *name,
                                const char *value, const char *source,
                                iclgd_error *err);

/* The same for text that stands in a file in `folder`: where the value has a
 * relative path, it starts there. NULL stands for the working directory. */
iclgd_status iclgd_settings_set_beside(iclgd_settings *settings,
                                       const char *name, const char *value,
                                       const char *source, const char *folder,
                                       iclgd_error *err);

/* Set from one "key=value" argument of the command line. */
iclgd_status iclgd_settings_override(iclgd_settings *settings,
                                     const char *assignment, iclgd_error *err);

/* Read an INI file; messages name file and line. ICLGD_EINPUT for a file that
 * cannot be read, is not text, a syntax error, an over-long line, or any fault
 * of a key. Lines before the fault have been set. Relative paths in the values
 * start at the folder of the file (in what is no regular file, a pipe, at the
 * working directory). */
iclgd_status iclgd_settings_load(iclgd_settings *settings, const char *path,
                                 iclgd_error *err);

/* The same from a text in memory; `name` stands for the file in messages, and
 * paths are left as they are. */
iclgd_status iclgd_settings_load_text(iclgd_settings *settings,
                                      const char *text, const char *name,
                                      iclgd_error *err);

/* Let the values of now count as defaults: no key is set any more. */
void iclgd_settings_rebase(iclgd_settings *settings);

/* Where a value that counts as a default by now was set before ("run.h5, line
 * 3"); NULL when nobody set it, or someone has set it again since. */
const char *iclgd_settings_inherited(const iclgd_settings *settings,
                                     const char *name);

/* Take an inherited value for one's own, though it is not set: the file that a
 * path names is not opened unasked (iclgd/run.h). */
void iclgd_settings_accept(iclgd_settings *settings, const char *name);

/* Whether it was, or the value is not inherited. */
bool iclgd_settings_is_accepted(const iclgd_settings *settings,
                                const char *name);

/* Getters. Asking for a key that is not declared, or by the wrong type, is a
 * bug and asserts. Returned pointers live until the key is set again. */
int64_t iclgd_get_int(const iclgd_settings *settings, const char *name);
size_t iclgd_get_size(const iclgd_settings *settings, const char *name);
double iclgd_get_real(const iclgd_settings *settings, const char *name);
const char *iclgd_get_text(const iclgd_settings *settings, const char *name);
iclgd_form iclgd_get_form(const iclgd_settings *settings, const char *name);
const double *iclgd_get_reals(const iclgd_settings *settings, const char *name,
                              size_t *count);

/* The path in the value of a FORM as it was written, before a folder was put
 * before it; "" when it has none. */
const char *iclgd_settings_written_path(const iclgd_settings *settings,
                                        const char *name);

/* Where the value came from: "default", "command line", "x.ini, line 3". */
const char *iclgd_settings_source(const iclgd_settings *settings,
                                  const char *name);

/* Whether the key was set by anyone, a preset included. */
bool iclgd_settings_is_set(const iclgd_settings *settings, const char *name);

/* Fail with a message that names the key, its value and its source:
 * "x.ini, line 3: prompt.n = 0: <reason>". ICLGD_EUSAGE. */
iclgd_status iclgd_settings_reject(const iclgd_settings *settings,
                                   const char *name, iclgd_error *err,
                                   const char *reason, ...)
    __attribute__((format(printf, 4, 5)));

/* The number of keys, and the i-th one with its value as text. */
size_t iclgd_settings_count(const iclgd_settings *settings);
const iclgd_key *iclgd_settings_key(const iclgd_settings *settings, size_t i);
const char *iclgd_settings_value(const iclgd_settings *settings, size_t i);

/* The resolved settings as an INI text that loads again; to be freed with
 * free(). NULL when memory is out. */
char *iclgd_settings_ini(const iclgd_settings *settings);

/* The value of `name`, a TEXT key, with every {key} of a declared key replaced
 * by the value of that key: a title that follows the settings. What does not
 * fit is cut. */
void iclgd_settings_expand(const iclgd_settings *settings, const char *name,
                           char *out, size_t size);

/* What a key accepts, in words ("a whole number from 1 to 512"). */
void iclgd_key_accepts(const iclgd_key *key, char *out, size_t size);

#endif /* ICLGD_SETTINGS_H */
