/* What the probe `diversity` says: losses on seen and on new tasks by the size
 * of the pool. */
#include <math.h>

#include "report/section.h"
#include "report/text.h"

static const char *const columns[] = {
    "tasks",      "model_seen", "model_new",  "model_seen_errors",
    "dmmse_seen", "dmmse_new",  "ridge_new",  "model_new_errors",
    "best_seen",  "best_new",   "exact_seen", "exact_new"};
enum { COLUMNS = sizeof columns / sizeof *columns };

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  if (!iclgd_source_has(r->source, "diversity/tasks")) return ICLGD_OK;
  size_t count = 0;
  json_t *out = iclgd_reader_set(r, summary, "diversity", json_object());
  const iclgd_status status =
      iclgd_reader_copy_lists(r, "diversity", columns, COLUMNS, &count, out);
  return status;
}

static double at(const json_t *diversity, const char *column, size_t i) {
  return iclgd_json_element(json_object_get(diversity, column), i);
}

static void print(const json_t *summary, FILE *out) {
  static const char *const shown[] = {"model_seen", "model_new", "best_seen",
                                      "best_new",   "dmmse_new", "ridge_new"};
  const json_t *d = json_object_get(summary, "diversity");
  if (!d) return;
  const size_t count = json_array_size(json_object_get(d, "tasks"));
  const bool theory = isfinite(at(d, "best_seen", 0));
  fprintf(out, "\nTrained on a pool of tasks: loss on seen and on new ones\n");
  fprintf(out, "  %7s %10s %10s", "tasks", "model seen", "new");
  if (theory) fprintf(out, " %10s %10s", "best seen", "new (O1)");
  fprintf(out, " %10s %10s\n", "dMMSE new", "ridge new");
  for (size_t i = 0; i < count; ++i) {
    iclgd_text_cell(out, 8, 8, at(d, "tasks", i));
    for (size_t k = 0; k < sizeof shown / sizeof *shown; ++k)
      if (theory || (k != 2 && k != 3))
        iclgd_text_cell(out, 10, 4, at(d, shown[k], i));
    fputc('\n', out);
  }
}

const iclgd_section iclgd_section_diversity = {build, print};
