/* What the text renderers share (figure_text.c, figure_text_map.c). */
#ifndef ICLGD_DRAWING_TEXT_H
#define ICLGD_DRAWING_TEXT_H

#include "figures/figure.h"

/* At most `columns` characters of a text in UTF-8. */
void iclgd_text_cut(const char *text, int columns, FILE *out);

/* Heat maps in shades, for figures of that kind. */
void iclgd_figure_text_map(const iclgd_figure *figure,
                           const iclgd_text_style *style, FILE *out);

#endif /* ICLGD_DRAWING_TEXT_H */
