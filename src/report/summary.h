/* The summary of a file as one JSON object; text is rendered from it, so that
 * both say the same. */
#ifndef ICLGD_REPORT_SUMMARY_H
#define ICLGD_REPORT_SUMMARY_H

#include <iclgd/record.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "report/json.h"

/* Build the object; the caller releases it with json_decref. */
iclgd_status iclgd_summary_build(const iclgd_source *source, json_t **out,
                                 iclgd_error *err);

/* The verdict of a summary whose other members are there: at most four
 * sentences that a newcomer understands, or NULL where the file has no probe
 * `identify` and nothing went wrong. Sets `closest` to the name of the
 * algorithm that it is about, where the summary has that. */
json_t *iclgd_summary_verdict(json_t *summary);

/* Render it as text. */
void iclgd_summary_print(const json_t *summary, FILE *out);

/* The depth of the model, layers x loops, as far as its losses reach; 0 without
 * a model. */
size_t iclgd_summary_depth(const json_t *summary);

/* Mean losses of a path by index, and their standard errors: risks, exact over
 * queries, where they are known. */
const json_t *iclgd_mean_losses(const json_t *path);
const json_t *iclgd_mean_errors(const json_t *path);

/* Whether rare prompts carry the mean loss of a path at index k. */
bool iclgd_loss_is_hidden(const json_t *path, size_t k);
/* The same of the model's last layer: then no sampled mean beside it, nor a
 * ratio of such means, has an error that holds. */
bool iclgd_final_is_hidden(const json_t *summary);

/* The mean loss of a path at index k: over the prompts that were probed or, for
 * itself or what stands beside it being hidden, over all prompts of the law,
 * where that is known. note, where the error is no number: "exact", or
 * "unknown" for a mean over the probed prompts that rare ones carry. */
typedef struct iclgd_shown_loss {
  double value, error;
  const char *note; /* or NULL */
} iclgd_shown_loss;
iclgd_shown_loss iclgd_loss_to_show(const json_t *path, size_t k, bool hidden);

/* Whether the step that matches layer l best is the last one that was computed,
 * so that a later one may match better. */
bool iclgd_is_cut(const json_t *path, size_t l);

#endif /* ICLGD_REPORT_SUMMARY_H */
