/* Tables of sweeps that are made for a test. */
#ifndef ICLGD_TESTS_SWEEPS_H
#define ICLGD_TESTS_SWEEPS_H

#include <iclgd/keys.h>

#include "support/close.h"
#include "sweep/sweep.h"
#include "view/sweep_table.h"

/* The file, with what `fill` puts into it. */
static inline void write_sweep(const char *path, void (*fill)(iclgd_record *)) {
  iclgd_arena arena = {0};
  iclgd_settings *settings;
  iclgd_schema schema;
  iclgd_record *record;
  iclgd_error err;
  const iclgd_record_options options = {.force = true};
  assert_ok(iclgd_settings_defaults(&settings, &err), err);
  assert_ok(iclgd_sweep_schema(settings, &arena, &schema, &err), err);
  assert_ok(iclgd_record_create(path, &schema, 1, &options, &record, &err),
            err);
  fill(record);
  assert_ok(iclgd_record_commit(record, &err), err);
  iclgd_settings_free(settings);
  iclgd_arena_free(&arena);
}

/* Its cells by a choice; the caller frees the arena. */
static inline iclgd_status read_sweep(const char *path,
                                      iclgd_sweep_choice choice,
                                      iclgd_arena *arena, iclgd_sweep_table *t,
                                      iclgd_error *err) {
  iclgd_source *source;
  TRY(iclgd_source_open(path, &source, err));
  const iclgd_status status =
      iclgd_sweep_table_read(source, &choice, arena, t, err);
  iclgd_source_close(source);
  return status;
}

#endif /* ICLGD_TESTS_SWEEPS_H */
