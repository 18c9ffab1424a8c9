/* The page of a file: what its parts share. The numbers and the verdict are
 * those of the summary (summary.h), so that page and terminal say the same. */
#ifndef ICLGD_REPORT_HTML_H
#define ICLGD_REPORT_HTML_H

#include <iclgd/arena.h>
#include <iclgd/record.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "report/html_write.h"

enum { ICLGD_PAGE_PARTS_MAX = 24 };

typedef struct iclgd_page {
  const iclgd_source *source;
  const json_t *summary;
  size_t depth; /* of the model, 0 without one */
  iclgd_arena *arena;
  iclgd_error *err;
  FILE *out; /* the parts; the head with the list of them is written last */
  size_t n_parts;
  struct {
    const char *id, *title;
  } parts[ICLGD_PAGE_PARTS_MAX];
} iclgd_page;

/* The parts, in the order of the page; one of which the file has nothing
 * writes nothing. */
iclgd_status iclgd_page_setup(iclgd_page *page);
iclgd_status iclgd_page_losses(iclgd_page *page);
iclgd_status iclgd_page_explains(iclgd_page *page);
iclgd_status iclgd_page_theory(iclgd_page *page);
iclgd_status iclgd_page_training(iclgd_page *page);
iclgd_status iclgd_page_sections(iclgd_page *page);
iclgd_status iclgd_page_reproduce(iclgd_page *page);

/* Begin and end a part with a heading; both texts outlive the page. */
void iclgd_page_part(iclgd_page *page, const char *id, const char *title);
void iclgd_page_part_end(iclgd_page *page);

/* A figure of html_figure.c by its name, with its caption; nothing when the
 * file has not its group. */
iclgd_status iclgd_page_figure(iclgd_page *page, const char *name);

/* What is long, folded. */
void iclgd_page_fold(FILE *out, const char *summary);
void iclgd_page_fold_end(FILE *out);

/* The title of an algorithm among those of the summary; its name where it has
 * none. */
const char *iclgd_page_title_of(const json_t *summary, const char *name);

/* Of `count` >= 1 layers at most `most`, spread evenly, the first and the last
 * among them; their number. `out` has room for `most`. */
size_t iclgd_page_spread(size_t count, size_t most, size_t *out);

/* The style sheet. */
void iclgd_page_style(FILE *out);

#endif /* ICLGD_REPORT_HTML_H */
