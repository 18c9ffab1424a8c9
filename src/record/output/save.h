/* A file that is written in one go, and seen when it is whole. */
#ifndef ICLGD_RECORD_OUTPUT_SAVE_H
#define ICLGD_RECORD_OUTPUT_SAVE_H

#include <iclgd/status.h>
#include <stdio.h>

/* Writes `what` to a stream. */
typedef iclgd_status (*iclgd_stream_writer)(const void *what, FILE *out,
                                            iclgd_error *err);

/* Write `what` to `path`, which appears when it is complete and replaces an
 * older file. ICLGD_EIO: it cannot be written, or the disk is full. */
iclgd_status iclgd_save(const char *path, iclgd_stream_writer write,
                        const void *what, iclgd_error *err);

/* ICLGD_EIO that names `path` unless all of a stream has been written. */
iclgd_status iclgd_check_written(FILE *out, const char *path, iclgd_error *err);

#endif /* ICLGD_RECORD_OUTPUT_SAVE_H */
