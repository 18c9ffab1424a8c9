/* Running gnuplot on a script. */
#ifndef ICLGD_REPORT_GNUPLOT_H
#define ICLGD_REPORT_GNUPLOT_H

#include <iclgd/status.h>
#include <stddef.h>

/* Feed the script to gnuplot; what it writes to its standard output goes to
 * the existing file `output`. ICLGD_EIO with one line that says what to install
 * when there is no gnuplot, or what gnuplot said when it failed. */
iclgd_status iclgd_gnuplot_run(const char *script, size_t length,
                               const char *output, iclgd_error *err);

#endif /* ICLGD_REPORT_GNUPLOT_H */
