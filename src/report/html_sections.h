/* What the probes say, on the page: one function per section of the summary, a
 * row in html_sections.c. */
#ifndef ICLGD_REPORT_HTML_SECTIONS_H
#define ICLGD_REPORT_HTML_SECTIONS_H

#include "report/html.h"
#include "report/section.h"

/* One section: as its row says, or the text of the terminal. */
iclgd_status iclgd_page_section(iclgd_page *page, const iclgd_section *section);

/* The member of the summary is there. */
iclgd_status iclgd_page_seeds(iclgd_page *page, const json_t *member);
iclgd_status iclgd_page_identify(iclgd_page *page, const json_t *member);
iclgd_status iclgd_page_structure(iclgd_page *page, const json_t *member);
iclgd_status iclgd_page_preconditioner(iclgd_page *page, const json_t *member);
iclgd_status iclgd_page_interpolation(iclgd_page *page, const json_t *member);
iclgd_status iclgd_page_landscape(iclgd_page *page, const json_t *member);
iclgd_status iclgd_page_extrapolation(iclgd_page *page, const json_t *member);
iclgd_status iclgd_page_decoding(iclgd_page *page, const json_t *member);
iclgd_status iclgd_page_diversity(iclgd_page *page, const json_t *member);

#endif /* ICLGD_REPORT_HTML_SECTIONS_H */
