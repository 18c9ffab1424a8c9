/* iclgd validate: is this file what the schema says? */
#include <iclgd/keys.h>
#include <iclgd/record.h>
#include <iclgd/schemas.h>
#include <stdio.h>

#include "cli/command.h"
#include "sweep/sweep.h"

static void print_line(void *context, const char *line) {
  (void)context;
  puts(line);
}

static void append(void *context, const char *line) {
  json_array_append_new(context, json_string(line));
}

/* Text that is not UTF-8 (a path need not be) is left out of the JSON. */
static iclgd_status print_json(const char *path, bool valid, json_t *faults,
                               iclgd_error *err) {
  json_t *answer = json_object();
  json_object_set_new(answer, "file", json_string(path));
  json_object_set_new(answer, "valid", json_boolean(valid));
  json_object_set_new(answer, "faults", faults);
  return iclgd_cli_json(answer, JSON_INDENT(2), err);
}

/* A table of a sweep has a schema of its own: keys are its columns. */
static iclgd_status find_schemas(const char *path, iclgd_arena *arena,
                                 iclgd_schema out[ICLGD_SCHEMAS_MAX],
                                 size_t *count, iclgd_error *err) {
  iclgd_settings *settings;
  *count = iclgd_schemas(out);
  if (!iclgd_sweep_is(path)) return ICLGD_OK;
  TRY(iclgd_settings_defaults(&settings, err));
  const iclgd_status status = iclgd_sweep_schema(settings, arena, out, err);
  iclgd_settings_free(settings);
  *count = 1;
  return status;
}

/* The faults are the answer: no message besides. That the file could not be
 * looked at is none. */
static iclgd_status validate(iclgd_cli *cli, iclgd_arena *arena,
                             iclgd_error *err) {
  const char *path = cli->rest[0];
  iclgd_schema schemas[ICLGD_SCHEMAS_MAX];
  size_t count;
  TRY(find_schemas(path, arena, schemas, &count, err));
  json_t *faults = cli->json && !cli->quiet ? json_array() : NULL;
  void (*say)(void *, const char *) = faults ? append : print_line;
  const iclgd_status status = iclgd_validate(
      path, schemas, count, cli->quiet ? NULL : say, faults, err);
  if (status && status != ICLGD_EINPUT) {
    json_decref(faults);
    return status;
  }
  cli->code = iclgd_status_exit_code(status);
  if (faults) return print_json(path, status == ICLGD_OK, faults, err);
  if (!status && !cli->quiet) printf("%s: valid\n", path);
  return ICLGD_OK;
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  iclgd_arena arena = {0};
  const iclgd_status status = validate(cli, &arena, err);
  iclgd_arena_free(&arena);
  return status;
}

static const iclgd_option options[] = {
    ICLGD_SWITCH(json, 0, "the same as data"),
    ICLGD_SWITCH(quiet, 'q', "the exit code alone"),
};

const iclgd_command iclgd_command_validate = {
    .name = "validate",
    .summary = "check a file against the schema",
    .arguments = "FILE",
    .count = {1, 1},
    .hdf5 = true,
    .reads = true,
    ICLGD_OPTIONS(options),
    .examples =
        "  iclgd validate run.h5            one line per fault\n"
        "  iclgd validate run.h5 --json     the same as data\n",
    .notes = "Exit code 0 when the file is valid, 3 when it is not.",
    .run = run,
};
