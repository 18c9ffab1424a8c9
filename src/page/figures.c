/* The figures of a page: which there are, the group each needs, and a sentence
 * on how to read it. */
#include <string.h>

#include "drawing/svg.h"
#include "figures/figure.h"
#include "page/page.h"

static const struct row {
  const char *name, *group, *title, *caption;
} figures[] = {
    {"loss", "trajectories_loss", "The model beside algorithms",
     "Layer k of the trained model (thick) stands beside step k of every "
     "algorithm, on the same prompts; lower is better. Bands are one standard "
     "error. A line that lies on it does, in the mean, what the "
     "model does."},
    {"best-step", "alignment/gd/best_match", "The step that matches each layer",
     "For every layer the step of an algorithm whose predictions are closest "
     "to those of the layer, with 95% intervals. On the diagonal one layer "
     "does one step; above it, more than one."},
    {"alignment", "alignment/gd/prediction_difference",
     "Layers against steps of gradient descent",
     "The absolute difference between the predictions of every layer and those "
     "after every step, mean over prompts. If layers were steps, the lightest "
     "cells would stand on the diagonal."},
    {"filter", "filter_match/between", "The spectral filter of the last layer",
     "What the last layer leaves of the error along an eigenvector of S, by "
     "its eigenvalue: 1 is nothing done, 0 is solved. Thick: the model, "
     "median and quartiles. In brackets: how far each algorithm\u2019s filter "
     "is from it."},
    {"training", "training/loss_eval", "The loss over training",
     "The loss on held-out prompts after each training step, beside gradient "
     "descent, with as many steps as the model has layers, on the same "
     "prompts."},
    {"cosine", "alignment_training/gd", "The turn towards gradient descent",
     "One minus the cosine between the implied weights of a layer and those "
     "of the step of the same number, over training: lower is closer, 0 the "
     "same direction."},
    {"weights", "snapshots/step", "The learned weights over training",
     "Entries of the learned matrices after so many training steps, where "
     "inputs are anisotropic in coordinates in which their covariance is I. "
     "Gradient descent is a diagonal of one colour on white."},
    {"structure", "structure_training", "The learned matrix over training",
     "How the preconditioner A forms: a multiple of the identity is plain "
     "gradient descent; what is antisymmetric turns its steps."},
    {"interpolation", "interpolation/loss",
     "From trained weights to constructed gradient descent",
     "The loss on the straight line between the trained weights (0) and "
     "weights that are exactly gradient descent (1). No barrier in between "
     "means that both are one solution."},
    {"landscape", "landscape/ratio", "Gradient dominance over training",
     "The ratio that Gatmiry et al. (2024) bound from below by 1/16 while the "
     "loss is not tiny: above the level, the gradient is too large for "
     "training to stall. The band is two standard errors."},
    {"loops", "extrapolation/loops", "More loops than trained",
     "The median squared error when the trained stack is applied more often "
     "than it was trained for, as it is and damped, beside algorithms that go "
     "on. Lines that keep falling extrapolate."},
    {"shifts", "extrapolation/shifts", "Other laws than those of training",
     "The median squared error of the last layer when prompts are drawn from "
     "another law, beside algorithms with the step sizes of the training law; "
     "bars are quartiles over prompts."},
    {"decoding", "decoding/xty/r2_median", "What the tokens still hold",
     "How well weights can be read, linearly, from the second moments of the "
     "tokens after each layer, on other prompts: 1 is read perfectly, 0 not "
     "at all."},
    {"diversity", "diversity/tasks", "Seen and new tasks",
     "The loss on tasks of the training pool and on new ones, over the size of "
     "the pool. Where both meet, the model has learned regression rather than "
     "the pool."},
};

static const struct row *find(const char *name) {
  const struct row *row = figures;
  while (strcmp(row->name, name) != 0) ++row;
  return row;
}

bool iclgd_page_has_figure(const iclgd_page *page, const char *name) {
  return iclgd_source_has(page->source, find(name)->group);
}

iclgd_status iclgd_page_figure(const iclgd_page *page, const char *name) {
  const struct row *row = find(name);
  iclgd_figure *figure;
  if (!iclgd_page_has_figure(page, name)) return ICLGD_OK;
  const iclgd_status status = iclgd_figure_build(
      name, NULL, page->source, page->arena, &figure, page->err);
  if (status) return status;
  iclgd_figure_finish(figure, page->arena);
  fprintf(page->out, "<figure id=\"figure-%s\">\n", name);
  iclgd_figure_svg(figure, page->out);
  fprintf(page->out, "<figcaption><strong>%s.</strong> %s</figcaption>\n",
          row->title, row->caption);
  fputs("</figure>\n", page->out);
  return ICLGD_OK;
}
