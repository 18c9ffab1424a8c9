/* A figure as SVG, by its kind, and that of a page. */
#include "drawing/svg.h"

#include "drawing/svg_parts.h"
#include "view/html.h"

double iclgd_svg_figure(const iclgd_figure *f, const iclgd_svg *svg) {
  switch (f->kind) {
    case ICLGD_FIGURE_DOTS:
      return iclgd_svg_dots(f, svg);
    case ICLGD_FIGURE_MAP:
      return iclgd_svg_map(f, svg);
    case ICLGD_FIGURE_FACETS:
      return iclgd_svg_facets(f, svg);
    case ICLGD_FIGURE_LINES:
    default:
      return iclgd_svg_lines(f, svg);
  }
}

void iclgd_figure_svg(const iclgd_figure *f, FILE *out) {
  iclgd_svg_figure(f, &(iclgd_svg){.out = out, .width = ICLGD_SVG_PAGE});
  if (f->n_series > 0 || f->mark) iclgd_svg_legend_list(f, out);
  if (!f->note) return;
  fputs("<p class=\"soft\">", out);
  iclgd_html_prose(out, f->note);
  fputs("</p>\n", out);
}
