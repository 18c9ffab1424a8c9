/* The formats of an exported table. */
#ifndef ICLGD_EXPORT_FORMAT_H
#define ICLGD_EXPORT_FORMAT_H

#include <stdio.h>

#include "export/frame.h"

/* Write a whole table whose columns were loaded. ICLGD_EINPUT when it cannot
 * be read; that `out` failed is left for the caller to see. */
typedef iclgd_status iclgd_export_write(iclgd_frame *frame, FILE *out,
                                        iclgd_error *err);
iclgd_export_write iclgd_export_csv;
iclgd_export_write iclgd_export_json;
iclgd_export_write iclgd_export_jsonl;

/* Call `write` with every row in order, its block in memory. */
iclgd_status iclgd_export_rows(iclgd_frame *frame, FILE *out,
                               iclgd_status (*write)(const iclgd_frame *frame,
                                                     size_t row, FILE *out,
                                                     iclgd_error *err),
                               iclgd_error *err);

/* The settings as INI text, without codes of a terminal where it goes to one;
 * ICLGD_EINPUT when the file has none. */
iclgd_status iclgd_export_config(const iclgd_source *source, bool terminal,
                                 FILE *out, iclgd_error *err);

/* List the tables of a file: path, dims with extents, columns. */
iclgd_status iclgd_export_list(const iclgd_source *source, FILE *out,
                               iclgd_error *err);

#endif /* ICLGD_EXPORT_FORMAT_H */
