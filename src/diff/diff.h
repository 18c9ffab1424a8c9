/* What differs between two files, as one JSON object; text is rendered from
 * it. A section whose list is empty found no difference. */
#ifndef ICLGD_DIFF_DIFF_H
#define ICLGD_DIFF_DIFF_H

#include <iclgd/reader.h>
#include <jansson.h>

/* The two files; memory and messages are shared. */
typedef struct iclgd_pair {
  iclgd_reader a, b;
  bool equal;        /* so far */
  bool same_prompts; /* both were measured on the same ones */
  json_t *shapes;    /* arrays that one has not, or of other extents */
} iclgd_pair;

/* Losses of the model layer by layer and of the algorithms at its depth: the
 * exact means over the query where both files have them. Where both were
 * measured on the same prompts and hold all of them (member `paired` of a row),
 * the standard error is that of the mean difference. */
iclgd_status iclgd_diff_losses(iclgd_pair *pair, json_t *to);

/* Metrics between layer l and step l, and steps that match a layer best. */
iclgd_status iclgd_diff_alignment(iclgd_pair *pair, json_t *to);

/* The learned weights: relative Frobenius distance |A - B| / |A|. */
iclgd_status iclgd_diff_weights(iclgd_pair *pair, json_t *to);

/* Members a, b, difference (b - a), standard_error (combined), beyond (more
 * than two of it). NULL when the values are equal; two values within `rounding`
 * of zero are. */
json_t *iclgd_diff_numbers(iclgd_pair *pair, double a, double b, double error_a,
                           double error_b, double rounding);

/* A difference more: members `name` and those of `place` join the row. Both
 * are taken over. */
void iclgd_diff_append(iclgd_pair *pair, json_t *list, json_t *row,
                       const char *name, json_t *place);

/* GROUP/LEAF of both files, and the extents of each; NULL, with extents of 0,
 * where one has it not. Such an array, and one of other extents, is noted. */
iclgd_status iclgd_diff_read(iclgd_pair *pair, const char *group,
                             const char *leaf, size_t rank, size_t *extents_a,
                             size_t *extents_b, double **a, double **b);

/* The same of an array that must have the extents of another one of its file,
 * where it is there. */
iclgd_status iclgd_diff_column(iclgd_pair *pair, const char *group,
                               const char *leaf, size_t rank, size_t *extents_a,
                               size_t *extents_b, double **a, double **b);

bool iclgd_diff_is_in(char **names, size_t count, const char *name);

/* The children of a group, none when it is not there. */
iclgd_status iclgd_diff_children(iclgd_reader *r, const char *group,
                                 char ***names, size_t *count);

/* The children of a group that both files have, "" elsewhere. */
iclgd_status iclgd_diff_shared(iclgd_pair *pair, const char *group,
                               char ***names, size_t *count);

/* ICLGD_ENOMEM when memory was out. */
iclgd_status iclgd_diff_print(const json_t *diff, FILE *out, iclgd_error *err);

#endif /* ICLGD_DIFF_DIFF_H */
