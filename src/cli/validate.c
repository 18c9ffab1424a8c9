/* iclgd validate: is this file what the schema says? */
#include <iclgd/record.h>
#include <iclgd/schemas.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"

static void print_line(void *context, const char *line) {
  (void)context;
  puts(line);
}

static void append(void *context, const char *line) {
  json_array_append_new(context, json_string(line));
}

/* Text that is not UTF-8 (a path need not be) is left out of the JSON. */
static int print_json(const char *path, iclgd_status status, json_t *faults) {
  json_t *answer = json_object();
  json_object_set_new(answer, "file", json_string(path));
  json_object_set_new(answer, "valid", json_boolean(status == ICLGD_OK));
  json_object_set_new(answer, "faults", faults);
  const int result = json_dumpf(answer, stdout, JSON_INDENT(2));
  json_decref(answer);
  puts("");
  return result;
}

static int run(int argc, char **argv) {
  iclgd_cli r;
  iclgd_error err;
  iclgd_status status = iclgd_cli_parse(
      argc, argv, ICLGD_OPT_JSON | ICLGD_OPT_QUIET | ICLGD_HDF5_INPUT,
      ICLGD_STREAM_PROBE, &r, &err);
  if (status) return iclgd_cli_fail(status, &err);
  if (r.help || r.count != 1) {
    fputs(iclgd_command_validate.help, r.help ? stdout : stderr);
    return r.help ? 0 : iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  const char *path = r.rest[0];
  iclgd_schema schemas[ICLGD_SCHEMAS_MAX];
  const size_t count = iclgd_schemas(schemas);
  if (r.quiet) {
    status = iclgd_validate(path, schemas, count, NULL, NULL, &err);
  } else if (r.json) {
    json_t *faults = json_array();
    status = iclgd_validate(path, schemas, count, append, faults, &err);
    if (print_json(path, status, faults) != 0)
      status = iclgd_fail(&err, ICLGD_EIO, "cannot print JSON");
  } else {
    status = iclgd_validate(path, schemas, count, print_line, NULL, &err);
    if (!status) printf("%s: valid\n", path);
  }
  return iclgd_status_exit_code(status);
}

const iclgd_command iclgd_command_validate = {
    .name = "validate",
    .summary = "check a file against the schema",
    .help =
        "usage: iclgd validate FILE [--json] [--quiet]\n"
        "\n"
        "  iclgd validate run.h5            one line per fault\n"
        "  iclgd validate run.h5 --json     the same as data\n"
        "  iclgd validate run.h5 --quiet    the exit code alone\n"
        "\n"
        "Exit code 0 when the file is valid, 3 when it is not.\n",
    .run = run,
};
