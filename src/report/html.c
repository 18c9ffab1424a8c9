/* iclgd report: a file as one page that needs nothing else, no script, no
 * network. The page is well-formed XML as well as HTML. */
#include "report/html.h"

#include <iclgd/report.h>
#include <stdlib.h>
#include <string.h>

#include "record/output/save.h"
#include "record/output/target.h"
#include "report/summary.h"
#include "report/text.h"

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
  fprintf(out, "<details>\n<summary>%s</summary>\n", summary);
}

void iclgd_page_fold_end(FILE *out) {
  fputs("</details>\n", out);
}

const char *iclgd_page_title_of(const json_t *summary, const char *name) {
  size_t i;
  json_t *path;
  json_array_foreach(json_object_get(summary, "algorithms"), i, path) {
    if (strcmp(iclgd_json_text(path, "name"), name) == 0 &&
        *iclgd_json_text(path, "title"))
      return iclgd_json_text(path, "title");
  }
  return name;
}

size_t iclgd_page_spread(size_t count, size_t most, size_t *out) {
  const size_t shown = count < most ? count : most;
  for (size_t i = 0; i < shown; ++i)
    out[i] = shown == 1 ? 0 : i * (count - 1) / (shown - 1);
  return shown;
}

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

static iclgd_status write_parts(iclgd_page *page) {
  static iclgd_status (*const parts[])(iclgd_page *) = {
      iclgd_page_setup,    iclgd_page_losses,   iclgd_page_explains,
      iclgd_page_theory,   iclgd_page_training, iclgd_page_sections,
      iclgd_page_reproduce};
  iclgd_status status = ICLGD_OK;
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; ++i)
    status = parts[i](page);
  return status;
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
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  status = iclgd_summary_build(source, &summary, err);
  if (!status) {
    iclgd_page page = {.source = source,
                       .summary = summary,
                       .depth = iclgd_summary_depth(summary),
                       .arena = &arena,
                       .err = err};
    FILE *stream = open_memstream(text, length);
    status =
        stream ? write_page(&page, stream) : iclgd_fail_memory(err, "the page");
    if (stream && fclose(stream) != 0 && !status)
      status = iclgd_fail_memory(err, "the page");
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
