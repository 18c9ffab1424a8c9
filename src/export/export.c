/* iclgd export: part of a file as a table, for spreadsheets, R and scripts. */
#include <iclgd/report.h>
#include <string.h>

#include "export/format.h"
#include "record/output/save.h"
#include "record/output/target.h"

static const struct format {
  const char *name;
  iclgd_export_write *write;
} formats[] = {{"csv", iclgd_export_csv},
               {"json", iclgd_export_json},
               {"jsonl", iclgd_export_jsonl}};

enum { FORMATS = sizeof formats / sizeof *formats };

static const struct format *find(const char *name) {
  for (size_t i = 0; i < FORMATS; ++i)
    if (strcmp(name, formats[i].name) == 0) return &formats[i];
  return NULL;
}

/* As asked for, else as the file's name ends, else CSV. */
static const struct format *choose(const iclgd_export_options *options,
                                   iclgd_error *err) {
  if (options->format) {
    const struct format *format = find(options->format);
    if (!format)
      iclgd_fail(err, ICLGD_EUSAGE, "--format %s: expected csv, json or jsonl",
                 options->format);
    return format;
  }
  const char *slash = options->output ? strrchr(options->output, '/') : NULL;
  const char *dot = strrchr(slash             ? slash
                            : options->output ? options->output
                                              : "",
                            '.');
  const struct format *format = dot ? find(dot + 1) : &formats[0];
  if (!format)
    iclgd_fail(err, ICLGD_EUSAGE,
               "%s: expected a name that ends with .csv, .json or .jsonl, or "
               "--format",
               options->output);
  return format;
}

/* The table that was asked for, else that of the default plot. */
static iclgd_status find_table(const iclgd_source *source, const char *what,
                               iclgd_arena *arena, char **out,
                               iclgd_error *err) {
  static const char entry[] = "/entry/";
  if (!what && !iclgd_source_has_attr(source, "", "default"))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: has no default plot, say what to export with "
                      "--what (see `iclgd export %s --list`)",
                      iclgd_source_path(source), iclgd_source_path(source));
  if (!what)
    return iclgd_source_attr_text(source, "", "default", arena, out, err);
  if (strncmp(what, entry, strlen(entry)) == 0) what += strlen(entry);
  *out = iclgd_arena_text(arena, what);
  if (!*out) return iclgd_fail_memory(err, what);
  size_t length = strlen(*out);
  while (length > 1 && (*out)[length - 1] == '/') (*out)[--length] = '\0';
  return ICLGD_OK;
}

/* What is exported: a table in a format, or the settings (no frame). */
typedef struct product {
  const iclgd_source *source;
  const struct format *format;
  iclgd_frame *frame;
  bool terminal; /* of the settings: they go there */
} product;

static iclgd_status emit(const void *what, FILE *out, iclgd_error *err) {
  const product *p = what;
  return p->frame ? p->format->write(p->frame, out, err)
                  : iclgd_export_config(p->source, p->terminal, out, err);
}

static iclgd_status deliver(const product *p, const char *output, FILE *out,
                            iclgd_error *err) {
  iclgd_status status;
  if (output && strcmp(output, "-") != 0) {
    status =
        iclgd_target_check_beside(output, iclgd_source_path(p->source), err);
    return status ? status : iclgd_save(output, emit, p, err);
  }
  status = emit(p, out, err);
  return status ? status : iclgd_check_written(out, "standard output", err);
}

static iclgd_status export_table(const iclgd_source *source,
                                 const iclgd_export_options *options, FILE *out,
                                 iclgd_arena *arena, iclgd_error *err) {
  iclgd_frame frame;
  char *what;
  const struct format *format = choose(options, err);
  if (!format) return ICLGD_EUSAGE;
  const iclgd_status found =
      find_table(source, options->what, arena, &what, err);
  TRY(iclgd_source_check_read(source, err)); /* before "there is none" */
  TRY(found);
  const bool to_file = options->output && strcmp(options->output, "-") != 0;
  TRY(iclgd_frame_describe(source, what, options->terminal && !to_file, arena,
                           &frame, err));
  TRY(iclgd_frame_load(&frame, arena, err));
  TRY(iclgd_source_check_read(source, err));
  const product table = {source, format, &frame, false};
  return deliver(&table, options->output, out, err);
}

/* The settings are a text of its own kind, whatever its file is called. */
static bool wants_config(const iclgd_export_options *options) {
  const char *what = options->what ? options->what : "";
  return strcmp(what, "config") == 0 || strcmp(what, "config/text") == 0 ||
         strcmp(what, "/entry/config") == 0;
}

iclgd_status iclgd_report_export(const char *path,
                                 const iclgd_export_options *options, FILE *out,
                                 iclgd_error *err) {
  iclgd_source *source;
  iclgd_arena arena = {0};
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  if (options->list) {
    status = iclgd_export_list(source, out, err);
    if (!status) status = iclgd_source_check_read(source, err);
    if (!status) status = iclgd_check_written(out, "standard output", err);
  } else if (wants_config(options) && !options->format) {
    const product config = {
        .source = source,
        .terminal = options->terminal &&
                    (!options->output || strcmp(options->output, "-") == 0)};
    status = deliver(&config, options->output, out, err);
  } else {
    status = export_table(source, options, out, &arena, err);
  }
  iclgd_source_close(source);
  iclgd_arena_free(&arena);
  return status;
}
