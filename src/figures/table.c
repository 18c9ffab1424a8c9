/* The table of figures, and finding one by its name. */
#include <iclgd/report.h>
#include <math.h>
#include <string.h>

#include "base/line.h"
#include "base/nearest.h"
#include "figures/figure.h"

extern const iclgd_figure_row iclgd_figure_loss, iclgd_figure_median,
    iclgd_figure_training, iclgd_figure_alignment, iclgd_figure_best_step,
    iclgd_figure_cosine, iclgd_figure_weights, iclgd_figure_structure,
    iclgd_figure_filter, iclgd_figure_loops, iclgd_figure_shifts,
    iclgd_figure_interpolation, iclgd_figure_landscape, iclgd_figure_decoding,
    iclgd_figure_diversity, iclgd_figure_symmetry, iclgd_figure_by_context,
    iclgd_figure_energy, iclgd_figure_attention, iclgd_figure_ablation,
    iclgd_figure_relevance, iclgd_figure_relevance_map, iclgd_figure_expressive,
    iclgd_figure_fusion, iclgd_figure_features, iclgd_figure_benign,
    iclgd_figure_hessian, iclgd_figure_hessian_entries, iclgd_figure_sharpness,
    iclgd_figure_hessian_scales, iclgd_figure_sweep;

static const iclgd_figure_row *const figures[] = {
    &iclgd_figure_loss,          &iclgd_figure_median,
    &iclgd_figure_by_context,    &iclgd_figure_training,
    &iclgd_figure_alignment,     &iclgd_figure_best_step,
    &iclgd_figure_cosine,        &iclgd_figure_weights,
    &iclgd_figure_structure,     &iclgd_figure_filter,
    &iclgd_figure_loops,         &iclgd_figure_shifts,
    &iclgd_figure_interpolation, &iclgd_figure_landscape,
    &iclgd_figure_decoding,      &iclgd_figure_diversity,
    &iclgd_figure_energy,        &iclgd_figure_symmetry,
    &iclgd_figure_attention,     &iclgd_figure_ablation,
    &iclgd_figure_relevance,     &iclgd_figure_relevance_map,
    &iclgd_figure_expressive,    &iclgd_figure_fusion,
    &iclgd_figure_features,      &iclgd_figure_benign,
    &iclgd_figure_hessian,       &iclgd_figure_hessian_entries,
    &iclgd_figure_sharpness,     &iclgd_figure_hessian_scales,
    &iclgd_figure_sweep,
};

enum { FIGURES = sizeof figures / sizeof *figures };

/* Whether `what` names a figure, which may go on with /CHOICE. */
static bool is_named(const iclgd_figure_row *row, const char *what,
                     const char **choice) {
  const size_t length = strlen(row->name);
  *choice = NULL;
  if (strncmp(row->name, what, length) != 0) return false;
  if (row->takes == ICLGD_FIGURE_CHOOSES && what[length] == '/')
    *choice = what + length + 1;
  return what[length] == '\0' || *choice;
}

const iclgd_figure_row *iclgd_figure_named(const char *name) {
  for (size_t i = 0; i < FIGURES; ++i)
    if (strcmp(figures[i]->name, name) == 0) return figures[i];
  return NULL;
}

static iclgd_status find_figure(const char *what, const iclgd_figure_row **out,
                                const char **choice, iclgd_error *err) {
  iclgd_nearest near = iclgd_nearest_to(what);
  for (size_t i = 0; i < FIGURES; ++i) {
    *out = figures[i];
    if (is_named(figures[i], what, choice)) return ICLGD_OK;
    iclgd_nearest_try(&near, figures[i]->name);
  }
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "no figure '%s'%s (`iclgd plot --help` "
                    "lists them)",
                    what, iclgd_nearest_phrase(&near));
}

/* Losses of a run that diverged may leave no room for a margin. */
static void keep_finite(iclgd_figure *f) {
  static const double most = 1e300;
  f->x_min = fmax(f->x_min, -most);
  f->y_min = fmax(f->y_min, f->linear_y ? -most : 1 / most);
  f->x_max = fmin(f->x_max, most);
  f->y_max = fmin(f->y_max, most);
}

static iclgd_status unknown_algorithm(const iclgd_source *source,
                                      const char *name, iclgd_arena *arena,
                                      iclgd_error *err) {
  iclgd_nearest near = iclgd_nearest_to(name);
  char **names;
  size_t count;
  const iclgd_status status =
      iclgd_source_children(source, "trajectories", arena, &names, &count, err);
  if (status) return status;
  for (size_t i = 0; i < count; ++i)
    if (strcmp(names[i], "model") != 0) iclgd_nearest_try(&near, names[i]);
  return iclgd_fail(err, ICLGD_EUSAGE, "--algorithms: %s has no '%s'%s",
                    iclgd_source_path(source), name,
                    iclgd_nearest_phrase(&near));
}

/* Every word of a list is an algorithm of the file. */
static iclgd_status check_list(const iclgd_figure_row *row, const char *list,
                               const iclgd_source *source, iclgd_arena *arena,
                               iclgd_error *err) {
  if (row->takes != ICLGD_FIGURE_COMPARES)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "--algorithms: the figure '%s' has no choice of them",
                      row->name);
  for (list += strspn(list, ", "); *list; list += strspn(list, ", ")) {
    char path[128];
    const size_t word = strcspn(list, ", ");
    const int start = snprintf(path, sizeof path, "trajectories/");
    snprintf(path + start, sizeof path - (size_t)start, "%.*s", (int)word,
             list);
    if (!iclgd_source_has(source, path))
      return unknown_algorithm(source, path + start, arena, err);
    list += word;
  }
  return ICLGD_OK;
}

/* Theory is drawn without a file, all else with one. */
static iclgd_status check_source(const iclgd_figure_row *row,
                                 const iclgd_source *source, iclgd_error *err) {
  if (!source == (row->takes == ICLGD_FIGURE_THEORY)) return ICLGD_OK;
  if (!source)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "the figure '%s' needs a file: iclgd plot RUN.h5 --what "
                      "%s",
                      row->name, row->name);
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "the figure '%s' is theory and takes no file, found %s",
                    row->name, iclgd_source_path(source));
}

/* That of the file, in one line. */
static void read_title(iclgd_figure_builder *b) {
  char **text;
  size_t count = 1;
  b->figure->title = "";
  if (!iclgd_figure_has(b, "title")) return;
  b->status = iclgd_source_texts(b->source, "title", 0, &count, b->arena, &text,
                                 b->err);
  if (b->status) return;
  iclgd_one_line(text[0]);
  b->figure->title = text[0];
}

/* What the figure needs is not there; why, where the file says that its probe
 * was not run. */
static void refuse_file(iclgd_figure_builder *b, const iclgd_figure_row *row) {
  static const char group[] = "trajectories", list[] = "not_run";
  const size_t length = row->probe ? strlen(row->probe) : 0;
  char **notes = NULL;
  size_t count = 0;
  iclgd_figure_lacks(b, row->needs, row->maker);
  if (!row->probe || !iclgd_source_has_attr(b->source, group, list)) return;
  iclgd_error unused;
  if (iclgd_source_attr_texts(b->source, group, list, b->arena, &notes, &count,
                              &unused))
    return;
  for (size_t i = 0; i < count; ++i)
    if (strncmp(notes[i], row->probe, length) == 0 && notes[i][length] == ':')
      b->status = iclgd_fail(b->err, ICLGD_EINPUT,
                             "%s: nothing to plot: the probe %s was not run:%s",
                             iclgd_source_path(b->source), row->probe,
                             notes[i] + length + 1);
}

iclgd_status iclgd_figure_build(const char *what, const char *algorithms,
                                const iclgd_source *source, iclgd_arena *arena,
                                iclgd_figure **out, iclgd_error *err) {
  const iclgd_figure_row *row;
  const char *choice;
  iclgd_figure_builder b = {.source = source, .arena = arena, .err = err};
  TRY(find_figure(what, &row, &choice, err));
  TRY(check_source(row, source, err));
  if (algorithms) TRY(check_list(row, algorithms, source, arena, err));
  if (row->needs && !iclgd_source_has(source, row->needs)) {
    refuse_file(&b, row);
    return b.status;
  }
  b.figure = *out = iclgd_arena_take(arena, 1, sizeof **out);
  if (!*out) return iclgd_fail_memory(err, "the figure");
  (*out)->choice = choice;
  (*out)->algorithms = algorithms;
  if (source) read_title(&b);
  if (!b.status) row->build(&b);
  if (!b.status && source) b.status = iclgd_source_check_read(source, err);
  keep_finite(*out);
  return b.status;
}

void iclgd_report_figures(FILE *out) {
  for (size_t i = 0; i < FIGURES; ++i)
    fprintf(out, "  %-14s %s\n", figures[i]->name, figures[i]->shows);
}
