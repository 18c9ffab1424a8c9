/* The page of a file: what its parts share. The numbers and the verdict are
 * those of the summary, so that page and terminal say the same. */
#ifndef ICLGD_PAGE_PAGE_H
#define ICLGD_PAGE_PAGE_H

#include <stdio.h>

#include "view/blocks.h"

enum { ICLGD_PAGE_PARTS_MAX = 64 };

typedef struct iclgd_page {
  const iclgd_source *source;
  const json_t *summary;
  iclgd_arena *arena;
  iclgd_error *err;
  FILE *out; /* the parts; the head with the list of them is written last */
  size_t n_parts;
  struct {
    const char *id, *title;
  } parts[ICLGD_PAGE_PARTS_MAX];
} iclgd_page;

/* Begin and end a part with a heading; both texts outlive the page. */
void iclgd_page_part(iclgd_page *page, const char *id, const char *title);
void iclgd_page_part_end(iclgd_page *page);

/* The blocks of a view; whether any of them shows something. */
iclgd_status iclgd_page_blocks(const iclgd_page *page,
                               const iclgd_blocks *blocks);
bool iclgd_page_shows(const iclgd_page *page, const iclgd_blocks *blocks);

/* A figure by its name, with its caption; nothing when the file has not its
 * group. */
bool iclgd_page_has_figure(const iclgd_page *page, const char *name);
iclgd_status iclgd_page_figure(const iclgd_page *page, const char *name);

/* What is long, folded. */
void iclgd_page_fold(FILE *out, const char *summary);
void iclgd_page_fold_end(FILE *out);

/* How to reproduce it; nothing where the file has no configuration. */
iclgd_status iclgd_page_reproduce(iclgd_page *page);

/* The style sheet. */
void iclgd_page_style(FILE *out);

#endif /* ICLGD_PAGE_PAGE_H */
