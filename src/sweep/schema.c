/* The schema of the table of a sweep: every key may be a column. */
#include <stdio.h>
#include <string.h>

#include "sweep/columns.h"
#include "sweep/sweep.h"
#include "view/sweep_table.h"

static const iclgd_group groups[] = {
    GROUP_PLOT("points", "loss", "point", "sweep",
               "of the table of a sweep: a row per point, its settings that "
               "differ, how it ended, and the scalars of its run"),
    GROUP_PLOT("layers", "loss", "point,layer", "sweep, by layer",
               "of the table of a sweep: curves of the points of "
               "/entry/points; beyond the depth of a model NaN"),
};

/* What stands for the keys where none are named. */
static const iclgd_dataset any_key =
    DATA_TEXT("points/<key>", "point", "the key",
              "a setting that differs, int64, float64 or text as its key is "
              "(`iclgd keys`)");

static const iclgd_dataset fixed[] = {
    DATA_TEXT("points/id", "point", "identifier",
              "hash of the settings, the folder below runs/"),
    DATA_TEXT("points/state", "point", "state",
              "done, diverged (its file is whole), failed, damaged, waiting"),
    DATA_TEXT("points/reason", "point", "reason", "why it is not done"),
    DATA_INT("points/diverged", "point", "diverged", "1 where training did"),
    {"points/seconds", ICLGD_F64, "point", "s", "seconds",
     "of all attempts of this point, on one thread"},
};
enum { FIXED = sizeof fixed / sizeof *fixed };

static const char *path_of(const char *group, const char *name,
                           iclgd_arena *arena) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", group, name);
  return iclgd_arena_text(arena, path);
}

static iclgd_dataset of_key(const iclgd_key *key, iclgd_arena *arena) {
  const iclgd_type type = key->type == ICLGD_KEY_INT    ? ICLGD_I64
                          : key->type == ICLGD_KEY_REAL ? ICLGD_F64
                                                        : ICLGD_TEXT;
  return (iclgd_dataset){
      path_of("points", key->name, arena), type,      "point",
      key->unit ? key->unit : "1",         key->name, key->meaning};
}

iclgd_status iclgd_sweep_schema(const iclgd_settings *settings,
                                iclgd_arena *arena, iclgd_schema *out,
                                iclgd_error *err) {
  const size_t keys = settings ? iclgd_settings_count(settings) : 0;
  const size_t most = FIXED + 1 + keys + iclgd_sweep_n_scalars +
                      iclgd_sweep_n_namings + iclgd_sweep_n_curves;
  iclgd_dataset *rows = iclgd_arena_take(arena, most, sizeof *rows);
  if (!rows) return iclgd_fail_memory(err, "the schema");
  size_t n = FIXED;
  memcpy(rows, fixed, sizeof fixed);
  if (!settings) rows[n++] = any_key;
  for (size_t i = 0; i < keys; ++i)
    rows[n++] = of_key(iclgd_settings_key(settings, i), arena);
  for (size_t i = 0; i < iclgd_sweep_n_scalars; ++i) {
    const iclgd_scalar *s = &iclgd_sweep_scalars[i];
    rows[n++] = (iclgd_dataset)DATA_REAL(path_of("points", s->name, arena),
                                         "point", s->long_name, s->description);
  }
  for (size_t i = 0; i < iclgd_sweep_n_namings; ++i) {
    const iclgd_naming *s = &iclgd_sweep_namings[i];
    rows[n++] = (iclgd_dataset)DATA_TEXT(path_of("points", s->name, arena),
                                         "point", s->long_name, s->description);
  }
  for (size_t i = 0; i < iclgd_sweep_n_curves; ++i) {
    const iclgd_curve *c = &iclgd_sweep_curves[i];
    rows[n++] =
        (iclgd_dataset)DATA_REAL(path_of("layers", c->name, arena),
                                 "point,layer", c->long_name, c->description);
  }
  *out = (iclgd_schema){groups, sizeof groups / sizeof *groups, rows, n};
  return iclgd_arena_status(arena, err, "the schema");
}

bool iclgd_sweep_is(const char *path) {
  iclgd_source *source;
  iclgd_error unused;
  if (iclgd_source_open(path, &source, &unused)) return false;
  const bool is = iclgd_sweep_is_table(source);
  iclgd_source_close(source);
  return is;
}
