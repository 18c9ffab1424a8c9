/* The summary of a file: every view reads its members, then the verdict is
 * found; the text says the verdict first. */
#include "summary/summary.h"

#include <assert.h>
#include <iclgd/report.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "record/output/save.h"
#include "summary/verdict.h"
#include "summary/views.h"
#include "view/terminal.h"
#include "view/text.h"

/* What a view adds to the summary; `own` gets it, too, unless it is NULL. */
static void read_view(iclgd_reader *r, const iclgd_view *view, json_t *summary,
                      json_t *own) {
  const char *key;
  json_t *value, *before = json_copy(summary);
  view->read(r, summary);
  json_object_foreach(summary, key, value) {
    if (own && !json_object_get(before, key))
      iclgd_reader_set(r, own, key, json_incref(value));
  }
  json_decref(before);
}

static bool is_among(const iclgd_view *view, const iclgd_named_view *wanted,
                     size_t n_wanted) {
  for (size_t k = 0; k < n_wanted; ++k)
    if (wanted[k].view == view) return true;
  return false;
}

/* The members of some views; all are read, since later ones ask earlier ones.
 */
static iclgd_status build_members(const iclgd_source *source,
                                  const iclgd_named_view *wanted,
                                  size_t n_wanted, json_t *own,
                                  iclgd_error *err) {
  iclgd_reader r = {.source = source, .err = err};
  iclgd_named_view views[ICLGD_VIEWS_MAX];
  const size_t count = iclgd_views(views);
  json_t *summary = json_object();
  for (size_t i = 0; i < count; ++i)
    read_view(&r, views[i].view, summary,
              is_among(views[i].view, wanted, n_wanted) ? own : NULL);
  json_decref(summary);
  iclgd_arena_free(&r.arena);
  return r.status ? r.status : iclgd_source_check_read(source, err);
}

iclgd_status iclgd_summary_build(const iclgd_source *source, json_t **out,
                                 iclgd_error *err) {
  iclgd_reader r = {.source = source, .err = err};
  iclgd_named_view views[ICLGD_VIEWS_MAX];
  const size_t count = iclgd_views(views);
  json_t *summary = json_object();
  if (!summary) return iclgd_fail_memory(err, "the summary");
  for (size_t i = 0; i < count; ++i) views[i].view->read(&r, summary);
  if (!r.status) r.status = iclgd_source_check_read(source, err);
  json_t *verdict = r.status ? NULL : iclgd_summary_verdict(summary);
  if (verdict) iclgd_reader_set(&r, summary, "verdict", verdict);
  iclgd_arena_free(&r.arena);
  if (r.status)
    json_decref(summary);
  else
    *out = summary;
  return r.status;
}

/* What one view has to say, as text. */
typedef void print_view(const iclgd_named_view *view,
                        const iclgd_blocks *blocks, FILE *out);

static void print_short(const iclgd_named_view *view,
                        const iclgd_blocks *blocks, FILE *out) {
  (void)view;
  iclgd_terminal_blocks(blocks, true, out);
}

/* The name in a column of `width`, on a line of its own where it is longer; how
 * far it reaches. */
static int print_name(const char *name, int width, FILE *out) {
  const int length = fprintf(out, "  %-*s", width - 3, name);
  if (length < width) return length;
  return fprintf(out, "\n%*s", width - 1, "") - 1;
}

enum { INDENT = 17 };

static void print_claim(const iclgd_named_view *view,
                        const iclgd_blocks *blocks, FILE *out) {
  for (const iclgd_block *b = blocks->first; b; b = b->next)
    if (b->kind == ICLGD_BLOCK_CLAIM)
      iclgd_text_hang(out, b->text, print_name(view->name, INDENT, out),
                      INDENT);
}

static void print_whole(const iclgd_named_view *view,
                        const iclgd_blocks *blocks, FILE *out) {
  if (!blocks->first) return;
  int width = fprintf(out, "\n%s (%s)\n", view->view->title, view->name) - 2;
  while (width-- > 0) fputc('-', out);
  fputc('\n', out);
  iclgd_terminal_blocks(blocks, false, out);
}

/* One that was asked for by its name. */
static void print_named(const iclgd_named_view *view,
                        const iclgd_blocks *blocks, FILE *out) {
  if (!blocks->first)
    fprintf(out, "\n%s: the file has nothing of it\n", view->name);
  print_whole(view, blocks, out);
}

/* Names of views, "a, b". */
typedef struct name_list {
  char text[1024];
  size_t length;
} name_list;

static void add_name(name_list *list, const char *name) {
  const size_t room = sizeof list->text - list->length;
  const int length = snprintf(list->text + list->length, room, "%s%s",
                              list->length ? ", " : "", name);
  assert((size_t)length < room);
  list->length += (size_t)length;
}

/* A view that has nothing to say, because its probe was not run, says why; or
 * its name goes into `not_run`. */
static iclgd_status tell(const json_t *summary, const iclgd_named_view *views,
                         size_t count, print_view *print, name_list *not_run,
                         FILE *out, iclgd_error *err) {
  bool lost = false;
  for (size_t i = 0; i < count; ++i) {
    iclgd_blocks blocks = {.first = NULL};
    const char *reason = iclgd_not_run(summary, views[i].name);
    views[i].view->tell(summary, &blocks);
    if (!blocks.first && reason && not_run)
      add_name(not_run, views[i].name);
    else if (!blocks.first && reason)
      iclgd_put_claim(&blocks, "Not run: %s.", reason);
    print(&views[i], &blocks, out);
    lost |= blocks.lost;
    iclgd_blocks_free(&blocks);
  }
  return lost ? iclgd_fail_memory(err, "the summary") : ICLGD_OK;
}

void iclgd_summary_head(const json_t *summary, FILE *out) {
  const char *title = iclgd_json_text(summary, "title");
  const char *verdict = iclgd_json_text(summary, "verdict");
  fprintf(out, "%s\n%s\n", *title ? title : "iclgd",
          iclgd_json_text(summary, "file"));
  if (*verdict) {
    fputs("\nVerdict\n", out);
    iclgd_text_wrap(out, verdict, 2);
  }
}

/* Of a file without trajectories: what it is good for. */
static void print_next(const json_t *summary, FILE *out) {
  const char *file = iclgd_json_text(summary, "file");
  const bool has_model = json_object_get(summary, "model");
  if (json_object_get(summary, "trajectory")) {
    if (!has_model) /* predictions that were brought */
      fprintf(out, "\nNext: iclgd probe --trajectories %s\n", file);
    return;
  }
  if (has_model)
    fprintf(out, "\nNext: iclgd probe %s\n", file);
  else if (json_object_get(summary, "prompts"))
    fprintf(out,
            "\nNext: iclgd probe MODEL.h5 --prompts %s\n"
            "  or: iclgd run key=value ... --prompts %s\n"
            "  or: iclgd probe --prompts %s --trajectories MINE.h5\n",
            file, file, file);
}

/* Those that have nothing to say, in a line. */
static void print_not_run(const name_list *names, FILE *out) {
  char text[sizeof names->text + 32];
  if (names->length == 0) return;
  snprintf(text, sizeof text, "%s (why: show FILE NAME)", names->text);
  iclgd_text_hang(out, text, print_name("not run", INDENT, out), INDENT);
}

/* Verdict, set-up, losses, and a line for each view that has a claim. */
static iclgd_status print_summary(const json_t *summary, FILE *out,
                                  iclgd_error *err) {
  iclgd_named_view views[ICLGD_VIEWS_MAX];
  const size_t count = iclgd_views(views);
  char *claims = NULL;
  size_t length;
  name_list not_run = {.length = 0};
  FILE *stream = open_memstream(&claims, &length);
  if (!stream) return iclgd_fail_memory(err, "the summary");
  iclgd_summary_head(summary, out);
  fputc('\n', out);
  iclgd_status status =
      tell(summary, views, count, print_short, NULL, out, err);
  if (!status)
    status = tell(summary, views, count, print_claim, &not_run, stream, err);
  print_not_run(&not_run, stream);
  if (fclose(stream) != 0 && !status)
    status = iclgd_fail_memory(err, "the summary");
  if (!status && length > 0)
    fprintf(out, "\nFurther (in full: iclgd show %s NAME, or --all)\n%s",
            iclgd_json_text(summary, "file"), claims);
  if (!status) print_next(summary, out);
  free(claims);
  return status;
}

/* The views of these names, in the order of the names; of none all. */
static iclgd_status choose(const char *const *names, size_t n_names,
                           iclgd_named_view out[ICLGD_VIEWS_MAX], size_t *count,
                           iclgd_error *err) {
  iclgd_named_view all[ICLGD_VIEWS_MAX];
  const size_t n_all = iclgd_views(n_names ? all : out);
  *count = n_names ? 0 : n_all;
  for (size_t k = 0; k < n_names && *count < ICLGD_VIEWS_MAX; ++k) {
    iclgd_nearest near = iclgd_nearest_to(names[k]);
    size_t i = 0;
    for (; i < n_all && strcmp(all[i].name, names[k]) != 0; ++i)
      iclgd_nearest_try(&near, all[i].name);
    if (i == n_all)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "no section '%s'%s (setup, losses, theory, training, "
                        "seeds, or a probe: see `iclgd probes`)",
                        names[k], iclgd_nearest_phrase(&near));
    bool again = false;
    for (size_t j = 0; j < *count; ++j) again |= out[j].view == all[i].view;
    if (!again) out[(*count)++] = all[i];
  }
  return ICLGD_OK;
}

static iclgd_status read_file(const char *path, json_t **summary,
                              iclgd_error *err) {
  iclgd_source *source;
  TRY(iclgd_source_open(path, &source, err));
  iclgd_status status = iclgd_summary_build(source, summary, err);
  iclgd_source_close(source);
  return status;
}

static iclgd_status flush(iclgd_status status, FILE *out, iclgd_error *err) {
  return status ? status : iclgd_check_written(out, "the summary", err);
}

iclgd_status iclgd_report_summary(const char *path, bool json, FILE *out,
                                  iclgd_error *err) {
  json_t *summary;
  TRY(read_file(path, &summary, err));
  iclgd_status status = json ? iclgd_json_print(summary, out, err)
                             : print_summary(summary, out, err);
  json_decref(summary);
  return flush(status, out, err);
}

iclgd_status iclgd_report_members(const char *path, const char *const *names,
                                  size_t n_names, FILE *out, iclgd_error *err) {
  iclgd_source *source;
  iclgd_named_view views[ICLGD_VIEWS_MAX];
  size_t count;
  TRY(choose(names, n_names, views, &count, err));
  TRY(iclgd_source_open(path, &source, err));
  json_t *own = json_object();
  iclgd_status status = build_members(source, views, count, own, err);
  if (!status) status = iclgd_json_print(own, out, err);
  json_decref(own);
  iclgd_source_close(source);
  return flush(status, out, err);
}

iclgd_status iclgd_report_sections(const char *path, const char *const *names,
                                   size_t n_names, FILE *out,
                                   iclgd_error *err) {
  json_t *summary;
  iclgd_named_view views[ICLGD_VIEWS_MAX];
  size_t count;
  TRY(choose(names, n_names, views, &count, err));
  TRY(read_file(path, &summary, err));
  iclgd_summary_head(summary, out);
  iclgd_status status =
      tell(summary, views, count, n_names ? print_named : print_whole, NULL,
           out, err);
  json_decref(summary);
  return flush(status, out, err);
}
