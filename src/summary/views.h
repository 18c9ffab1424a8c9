/* The views of a file, in the order in which they are read and told. */
#ifndef ICLGD_SUMMARY_VIEWS_H
#define ICLGD_SUMMARY_VIEWS_H

#include <iclgd/view.h>

/* `iclgd show FILE NAME`, and the part of the page. */
typedef struct iclgd_named_view {
  const char *name;
  const char *question; /* or NULL */
  const iclgd_view *view;
} iclgd_named_view;

enum { ICLGD_VIEWS_MAX = 64 };

/* The stages and the probes that have a view; their number. */
size_t iclgd_views(iclgd_named_view out[ICLGD_VIEWS_MAX]);

extern const iclgd_view iclgd_view_setup, iclgd_view_losses,
    iclgd_view_causality, iclgd_view_theory, iclgd_view_training,
    iclgd_view_seeds, iclgd_view_sweep;

/* Of predictions that were brought: where they and their weights come from, and
 * how far weights tell what they do. `model` is the member `trajectory`. */
void iclgd_put_linearity(iclgd_blocks *out, const json_t *model, size_t depth);

/* Whether what was brought shows a model that sees the labels that it is to
 * predict. */
bool iclgd_sees_labels(const json_t *summary);

/* Below the layers of the model beside those of a path: what the means leave
 * out, and which a few prompts carry. */
void iclgd_put_comparison_caution(iclgd_blocks *out, const json_t *summary,
                                  const json_t *path, size_t depth);
/* The notes of what was not run, folded. */
void iclgd_put_not_run(iclgd_blocks *out, const json_t *notes);

/* How the model was trained and what came of it, as terms of the set-up. */
void iclgd_put_training_terms(iclgd_blocks *out, const json_t *summary);

/* Whether the labels of the prompts are w_star . x and noise, as far as the
 * file says. */
bool iclgd_has_linear_task(const json_t *summary);

#endif /* ICLGD_SUMMARY_VIEWS_H */
