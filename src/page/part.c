/* The frame of a part of the page, and of what is folded in it. */
#include "page/page.h"
#include "view/html.h"

void iclgd_page_part(iclgd_page *page, const char *id, const char *title) {
  if (page->n_parts < ICLGD_PAGE_PARTS_MAX) {
    page->parts[page->n_parts].id = id;
    page->parts[page->n_parts++].title = title;
  }
  fprintf(page->out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

void iclgd_page_part_end(iclgd_page *page) {
  fputs("</section>\n", page->out);
}

void iclgd_page_fold(FILE *out, const char *summary) {
  fputs("<details>\n<summary>", out);
  iclgd_html_typeset(out, summary);
  fputs("</summary>\n", out);
}

void iclgd_page_fold_end(FILE *out) {
  fputs("</details>\n", out);
}
