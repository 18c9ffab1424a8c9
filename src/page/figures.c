/* A figure on a page, with the sentence on how to read it. */
#include "drawing/svg.h"
#include "figures/figure.h"
#include "page/page.h"

bool iclgd_page_has_figure(const iclgd_page *page, const char *name) {
  const iclgd_figure_row *row = iclgd_figure_named(name);
  return iclgd_source_has(page->source,
                          row->page.needs ? row->page.needs : row->needs);
}

iclgd_status iclgd_page_figure(const iclgd_page *page, const char *name) {
  const iclgd_figure_row *row = iclgd_figure_named(name);
  iclgd_figure *figure;
  if (!iclgd_page_has_figure(page, name)) return ICLGD_OK;
  TRY(iclgd_figure_build(name, NULL, page->source, page->arena, &figure,
                         page->err));
  iclgd_figure_finish(figure, page->arena);
  fprintf(page->out, "<figure id=\"figure-%s\">\n", name);
  iclgd_figure_svg(figure, page->out);
  fprintf(page->out, "<figcaption><strong>%s.</strong> %s</figcaption>\n",
          row->page.title, row->page.caption);
  fputs("</figure>\n", page->out);
  return ICLGD_OK;
}
