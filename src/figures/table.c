/* The table of figures, and finding one by its name. */
#include <iclgd/report.h>
#include <math.h>
#include <string.h>

#include "base/nearest.h"
#include "figures/figure.h"

static const struct row {
  const char *name, *shows;
  iclgd_status (*build)(const iclgd_source *, iclgd_arena *, iclgd_figure *,
                        iclgd_error *);
  /* NAME/CHOICE, a list of algorithms, no file */
  enum { ALONE = 0, CHOOSES = 1, COMPARES = 2, THEORY = 3 } takes;
} figures[] = {
    {"loss", "the loss by layer beside every algorithm", iclgd_figure_loss,
     COMPARES},
    {"median", "the same for the median over prompts", iclgd_figure_median,
     COMPARES},
    {"training", "the held-out loss over training, all seeds",
     iclgd_figure_training, ALONE},
    {"alignment", "layers against steps, alignment[/ALGORITHM[/METRIC]]",
     iclgd_figure_alignment, CHOOSES},
    {"best-step", "the step that matches each layer best, per algorithm",
     iclgd_figure_best_step, COMPARES},
    {"cosine", "the cosine of layers with steps over training",
     iclgd_figure_cosine, ALONE},
    {"weights", "the learned matrices over training", iclgd_figure_weights,
     ALONE},
    {"structure", "how the learned A is built, over training",
     iclgd_figure_structure, ALONE},
    {"filter", "what the last layer leaves by eigenvalue, beside algorithms",
     iclgd_figure_filter, COMPARES},
    {"loops", "the median with more loops than trained", iclgd_figure_loops,
     COMPARES},
    {"shifts", "the median error under shifted laws of prompts",
     iclgd_figure_shifts, COMPARES},
    {"interpolation", "the loss from trained to constructed weights",
     iclgd_figure_interpolation, ALONE},
    {"landscape", "gradient dominance of the looped loss over training",
     iclgd_figure_landscape, ALONE},
    {"decoding", "what can be read from hidden tokens, by layer",
     iclgd_figure_decoding, ALONE},
    {"diversity", "the loss on seen and new tasks by the size of the pool",
     iclgd_figure_diversity, ALONE},
    {"symmetry", "what an antisymmetric part gains: theory, without a file",
     iclgd_figure_symmetry, THEORY},
};

enum { FIGURES = sizeof figures / sizeof *figures };

/* Whether `what` names a figure, which may go on with /CHOICE. */
static bool is_named(const struct row *row, const char *what,
                     const char **choice) {
  const size_t length = strlen(row->name);
  *choice = NULL;
  if (strncmp(row->name, what, length) != 0) return false;
  if (row->takes == CHOOSES && what[length] == '/') *choice = what + length + 1;
  return what[length] == '\0' || *choice;
}

static iclgd_status find_figure(const char *what, const struct row **out,
                                const char **choice, iclgd_error *err) {
  iclgd_nearest near = iclgd_nearest_to(what);
  for (size_t i = 0; i < FIGURES; ++i) {
    *out = &figures[i];
    if (is_named(&figures[i], what, choice)) return ICLGD_OK;
    iclgd_nearest_try(&near, figures[i].name);
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
static iclgd_status check_list(const struct row *row, const char *list,
                               const iclgd_source *source, iclgd_arena *arena,
                               iclgd_error *err) {
  if (row->takes != COMPARES)
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
static iclgd_status check_source(const struct row *row,
                                 const iclgd_source *source, iclgd_error *err) {
  if (!source == (row->takes == THEORY)) return ICLGD_OK;
  if (!source)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "the figure '%s' needs a file: iclgd plot RUN.h5 --what "
                      "%s",
                      row->name, row->name);
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "the figure '%s' is theory and takes no file, found %s",
                    row->name, iclgd_source_path(source));
}

iclgd_status iclgd_figure_build(const char *what, const char *algorithms,
                                const iclgd_source *source, iclgd_arena *arena,
                                iclgd_figure **out, iclgd_error *err) {
  const struct row *row;
  const char *choice;
  iclgd_status status = find_figure(what, &row, &choice, err);
  if (!status) status = check_source(row, source, err);
  if (!status && algorithms)
    status = check_list(row, algorithms, source, arena, err);
  if (status) return status;
  *out = iclgd_arena_take(arena, 1, sizeof **out);
  if (!*out) return iclgd_fail_memory(err, "the figure");
  (*out)->choice = choice;
  (*out)->algorithms = algorithms;
  status = row->build(source, arena, *out, err);
  keep_finite(*out);
  return status;
}

void iclgd_report_figures(FILE *out) {
  for (size_t i = 0; i < FIGURES; ++i)
    fprintf(out, "  %-14s %s\n", figures[i].name, figures[i].shows);
}
