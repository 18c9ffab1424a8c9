/* A figure as text. */
#ifndef ICLGD_DRAWING_TEXT_H
#define ICLGD_DRAWING_TEXT_H

#include <stdio.h>

#include "figures/figure.h"

/* How text is drawn: at least 40 x 12. */
typedef struct iclgd_text_style {
  size_t columns, rows;
  bool colour;  /* escape codes */
  bool unicode; /* braille, blocks and box lines, in UTF-8 */
} iclgd_text_style;

/* Render as lines of text, in the width of the style. */
void iclgd_figure_text(const iclgd_figure *figure,
                       const iclgd_text_style *style, FILE *out);

/* Heat maps in shades, for figures of that kind. */
void iclgd_figure_text_map(const iclgd_figure *figure,
                           const iclgd_text_style *style, FILE *out);

#endif /* ICLGD_DRAWING_TEXT_H */
