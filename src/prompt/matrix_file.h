/* Matrices from text files. */
#ifndef ICLGD_PROMPT_MATRIX_FILE_H
#define ICLGD_PROMPT_MATRIX_FILE_H

#include <iclgd/status.h>
#include <stddef.h>

/* Read d x d finite numbers, separated by commas, blanks or line ends, into
 * out (d, d) from a regular file of up to 64 MiB. ICLGD_EINPUT names the file
 * and what was found. */
iclgd_status iclgd_matrix_read(const char *path, size_t d, double *out,
                               iclgd_error *err);

#endif /* ICLGD_PROMPT_MATRIX_FILE_H */
