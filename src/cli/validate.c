/* iclgd validate: is this file what the schema says? */
#include <iclgd/record.h>
#include <iclgd/schemas.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

typedef struct request {
  const char *path;
  bool json, quiet;
} request;

static iclgd_status parse(int argc, char **argv, request *out,
                          iclgd_error *err) {
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--json") == 0)
      out->json = true;
    else if (strcmp(argv[i], "--quiet") == 0 || strcmp(argv[i], "-q") == 0)
      out->quiet = true;
    else if (argv[i][0] == '-')
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "validate: %s: expected --json or --quiet", argv[i]);
    else if (out->path)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "validate: expected one file, found %s and %s",
                        out->path, argv[i]);
    else
      out->path = argv[i];
  }
  if (!out->path)
    return iclgd_fail(err, ICLGD_EUSAGE, "validate: expected a file");
  return ICLGD_OK;
}

static void print_line(void *context, const char *line) {
  (void)context;
  puts(line);
}

static void append(void *context, const char *line) {
  json_array_append_new(context, json_string(line));
}

/* Text that is not UTF-8 (a path need not be) is left out of the JSON. */
static int print_json(const request *r, iclgd_status status, json_t *faults) {
  json_t *answer = json_object();
  json_object_set_new(answer, "file", json_string(r->path));
  json_object_set_new(answer, "valid", json_boolean(status == ICLGD_OK));
  json_object_set_new(answer, "faults", faults);
  const int result = json_dumpf(answer, stdout, JSON_INDENT(2));
  json_decref(answer);
  puts("");
  return result;
}

static int run(int argc, char **argv) {
  request r = {0};
  iclgd_error err;
  iclgd_status status = parse(argc, argv, &r, &err);
  if (status) return iclgd_cli_fail(status, &err);
  iclgd_schema schemas[ICLGD_SCHEMAS_MAX];
  const size_t count = iclgd_schemas(schemas);
  if (r.quiet) {
    status = iclgd_validate(r.path, schemas, count, NULL, NULL, &err);
  } else if (r.json) {
    json_t *faults = json_array();
    status = iclgd_validate(r.path, schemas, count, append, faults, &err);
    if (print_json(&r, status, faults) != 0)
      status = iclgd_fail(&err, ICLGD_EIO, "cannot print JSON");
  } else {
    status = iclgd_validate(r.path, schemas, count, print_line, NULL, &err);
    if (!status) printf("%s: valid\n", r.path);
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
