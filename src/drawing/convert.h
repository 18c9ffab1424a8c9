/* A picture in another format than SVG. */
#ifndef ICLGD_DRAWING_CONVERT_H
#define ICLGD_DRAWING_CONVERT_H

#include <iclgd/status.h>
#include <stddef.h>
#include <stdio.h>

/* A picture as SVG. */
typedef struct iclgd_svg_file {
  const char *text;
  size_t length;
} iclgd_svg_file;

/* Write it as PDF, with text that can be selected, and as PNG of 300 pixels per
 * inch. Equal pictures give equal bytes on one system; another may have other
 * fonts. ICLGD_ENOMEM, ICLGD_EIO: it cannot be drawn. What could not be written
 * is seen on the stream. */
iclgd_status iclgd_svg_to_pdf(const iclgd_svg_file *svg, FILE *out,
                              iclgd_error *err);
iclgd_status iclgd_svg_to_png(const iclgd_svg_file *svg, FILE *out,
                              iclgd_error *err);

#endif /* ICLGD_DRAWING_CONVERT_H */
