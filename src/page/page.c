/* iclgd report: a file as one page that needs nothing else, no script, no
 * network. The page is well-formed XML as well as HTML. */
#include "page/page.h"

#include <ctype.h>
#include <iclgd/report.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "record/output/save.h"
#include "record/output/target.h"
#include "summary/summary.h"
#include "summary/views.h"
#include "view/html.h"

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static void write_head(const iclgd_page *page, const char *title, FILE *out) {
  fputs(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light "
      "dark\"/>\n<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
      "<meta name=\"generator\" content=\"iclgd ",
      out);
  iclgd_html_text(out, iclgd_json_text(page->summary, "version"));
  fputs("\"/>\n<title>", out);
  iclgd_html_text(out, title);
  fputs("</title>\n<style>\n", out);
  iclgd_page_style(out);
  fputs("</style>\n</head>\n<body>\n", out);
}

/* What stands where. */
static void write_list(const iclgd_page *page, FILE *out) {
  fputs("<nav aria-label=\"Parts of this page\"><ul>\n", out);
  for (size_t i = 0; i < page->n_parts; ++i)
    fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", page->parts[i].id,
            page->parts[i].title);
  fputs("</ul></nav>\n", out);
}

/* The question, the answer, and the list of parts. */
static void write_top(const iclgd_page *page, const char *title, FILE *out) {
  const char *verdict = iclgd_json_text(page->summary, "verdict");
  fputs(
      "<header>\n<p class=\"over\">Do transformers that learn in context run "
      "gradient descent?</p>\n<h1>",
      out);
  iclgd_html_text(out, title);
  fputs("</h1>\n", out);
  if (*verdict) {
    fputs("<div class=\"verdict\"><h2>Verdict</h2>\n<p>", out);
    iclgd_html_prose(out, verdict);
    fputs("</p></div>\n", out);
  }
  if (page->n_parts > 0) write_list(page, out);
  fputs("</header>\n<main>\n", out);
}

static void write_question(const char *question, FILE *out) {
  fprintf(out, "<p class=\"soft\">%c", toupper((unsigned char)*question));
  iclgd_html_typeset(out, question + 1);
  fputs("</p>\n", out);
}

static iclgd_status write_view(iclgd_page *page, const iclgd_named_view *view) {
  iclgd_blocks blocks = {.first = NULL};
  iclgd_status status = ICLGD_OK;
  view->view->tell(page->summary, &blocks);
  if (blocks.lost) status = iclgd_fail_memory(page->err, "the page");
  if (!status && iclgd_page_shows(page, &blocks)) {
    iclgd_page_part(page, view->name, view->view->title);
    if (view->question) write_question(view->question, page->out);
    status = iclgd_page_blocks(page, &blocks);
    iclgd_page_part_end(page);
  }
  iclgd_blocks_free(&blocks);
  return status;
}

static iclgd_status write_parts(iclgd_page *page) {
  iclgd_named_view views[ICLGD_VIEWS_MAX];
  const size_t count = iclgd_views(views);
  for (size_t i = 0; i < count; ++i) TRY(write_view(page, &views[i]));
  return iclgd_page_reproduce(page);
}

static iclgd_status write_page(iclgd_page *page, FILE *out) {
  char *body = NULL;
  size_t length;
  const char *title = iclgd_json_text(page->summary, "title");
  const char *file = base_name(iclgd_source_path(page->source));
  page->out = open_memstream(&body, &length);
  if (!page->out) return iclgd_fail_memory(page->err, "the page");
  iclgd_status status = write_parts(page);
  if (fclose(page->out) != 0 && !status)
    status = iclgd_fail_memory(page->err, "the page");
  if (!status) {
    if (!*title) title = file;
    write_head(page, title, out);
    write_top(page, title, out);
    fwrite(body, 1, length, out);
    if (page->n_parts == 0)
      fputs("<p>The file has nothing that a page could show.</p>\n", out);
    fputs("</main>\n<footer><p>Made from <code>", out);
    iclgd_html_text(out, file);
    fputs(
        "</code> by <code>iclgd report</code>. The page needs no network; "
        "every "
        "number on it stands in that file.</p></footer>\n</body>\n</html>\n",
        out);
  }
  free(body);
  return status;
}

/* The whole page in memory; to be freed. */
static iclgd_status render(const char *path, char **text, size_t *length,
                           iclgd_error *err) {
  iclgd_source *source;
  json_t *summary;
  iclgd_arena arena = {0};
  TRY(iclgd_source_open(path, &source, err));
  iclgd_status status = iclgd_summary_build(source, &summary, err);
  if (!status) {
    iclgd_page page = {
        .source = source, .summary = summary, .arena = &arena, .err = err};
    FILE *stream = open_memstream(text, length);
    status =
        stream ? write_page(&page, stream) : iclgd_fail_memory(err, "the page");
    if (stream && fclose(stream) != 0 && !status)
      status = iclgd_fail_memory(err, "the page");
    if (!status) status = iclgd_source_check_read(source, err);
    json_decref(summary);
  }
  iclgd_source_close(source);
  iclgd_arena_free(&arena);
  return status;
}

/* The name of a page, so that no other file is replaced by mistake. */
static iclgd_status check_output(const char *output, const char *source,
                                 iclgd_error *err) {
  static const char *const ends[] = {".html", ".htm"};
  const size_t length = strlen(output);
  bool known = false;
  for (size_t i = 0; i < 2; ++i) {
    const size_t end = strlen(ends[i]);
    known |= length > end && strcmp(output + length - end, ends[i]) == 0;
  }
  if (!known)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: expected a name that ends with .html or .htm",
                      output);
  return iclgd_target_check_beside(output, source, err);
}

typedef struct body {
  char *text;
  size_t length;
} body;

static iclgd_status write_body(const void *what, FILE *out, iclgd_error *err) {
  const body *page = what;
  (void)err; /* whoever closes the file sees what failed */
  fwrite(page->text, 1, page->length, out);
  return ICLGD_OK;
}

iclgd_status iclgd_report_page(const char *path, const char *output, FILE *out,
                               iclgd_error *err) {
  body page = {0};
  iclgd_status status = output ? check_output(output, path, err) : ICLGD_OK;
  if (!status) status = render(path, &page.text, &page.length, err);
  if (!status && output) status = iclgd_save(output, write_body, &page, err);
  if (!status && !output) {
    write_body(&page, out, err);
    status = iclgd_check_written(out, "standard output", err);
  }
  free(page.text);
  return status;
}
