/* The figures of a page: which there are, the group each needs, and a sentence
 * on how to read it. */
#include <string.h>

#include "report/figure.h"
#include "report/figure_svg.h"
#include "report/html.h"

static const struct row {
  const char *name, *group, *title, *caption;
  iclgd_status (*build)(const iclgd_source *, iclgd_arena *, iclgd_figure *,
                        iclgd_error *);
} figures[] = {
    {"loss", "trajectories_loss", "The model beside algorithms",
     "Layer k of the trained model (thick) stands beside step k of every "
     "algorithm, on the same prompts; lower is better. Bands are one standard "
     "error. A line that lies on it does, in the mean, what the "
     "model does.",
     iclgd_figure_loss},
    {"filter", "filter_match/between", "The spectral filter of the last layer",
     "What the last layer leaves of the error along an eigenvector of S, by "
     "its eigenvalue: 1 is nothing done, 0 is solved. Thick: the model, "
     "median and quartiles. In brackets: how far each algorithm's filter is "
     "from it.",
     iclgd_figure_filter},
    {"training", "training/loss_eval", "The loss over training",
     "The loss on held-out prompts after each training step. A level is the "
     "closed form of the best that weights of this kind can reach.",
     iclgd_figure_training},
    {"interpolation", "interpolation/loss",
     "From trained weights to constructed gradient descent",
     "The loss on the straight line between the trained weights (0) and "
     "weights that are exactly gradient descent (1). No barrier in between "
     "means that both are one solution.",
     iclgd_figure_interpolation},
    {"structure", "structure_training", "The learned matrix over training",
     "How the preconditioner A forms: a multiple of the identity is plain "
     "gradient descent; what is antisymmetric turns its steps.",
     iclgd_figure_structure},
    {"loops", "extrapolation/loops", "More loops than trained",
     "The median squared error when the trained stack is applied more often "
     "than it was trained for, as it is and damped, beside algorithms that go "
     "on. Lines that keep falling extrapolate.",
     iclgd_figure_loops},
    {"diversity", "diversity/tasks", "Seen and new tasks",
     "The loss on tasks of the training pool and on new ones, over the size of "
     "the pool. Where both meet, the model has learned regression rather than "
     "the pool.",
     iclgd_figure_diversity},
};

static const struct row *find(const char *name) {
  const struct row *row = figures;
  while (strcmp(row->name, name) != 0) ++row;
  return row;
}

iclgd_status iclgd_page_figure(iclgd_page *page, const char *name) {
  const struct row *row = find(name);
  if (!iclgd_source_has(page->source, row->group)) return ICLGD_OK;
  iclgd_figure *figure = iclgd_arena_take(page->arena, 1, sizeof *figure);
  if (!figure) return iclgd_fail_memory(page->err, "the figure");
  const iclgd_status status =
      row->build(page->source, page->arena, figure, page->err);
  if (status) return status;
  fprintf(page->out, "<figure id=\"figure-%s\">\n", name);
  iclgd_figure_svg(figure, page->out);
  fprintf(page->out, "<figcaption><strong>%s.</strong> %s</figcaption>\n",
          row->title, row->caption);
  fputs("</figure>\n", page->out);
  return ICLGD_OK;
}
