/* What a summary says of the law of its prompts beside its keys. */
#ifndef ICLGD_REPORT_LAW_TEXT_H
#define ICLGD_REPORT_LAW_TEXT_H

#include <jansson.h>

/* The member `prompts` of a summary as a sentence, to be freed; NULL when there
 * is nothing to say, or no memory for it.
 *   changes   "probed under another law: prompt.noise = 1 (trained: 0)"
 *   features  "442 rows; features age, bmi; target progression" of a table */
char *iclgd_law_changes_text(const json_t *prompts);
char *iclgd_law_features_text(const json_t *prompts);

#endif /* ICLGD_REPORT_LAW_TEXT_H */
