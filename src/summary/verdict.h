/* The verdict and its parts, each of which adds at most one sentence. */
#ifndef ICLGD_SUMMARY_VERDICT_H
#define ICLGD_SUMMARY_VERDICT_H

#include <iclgd/view.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The verdict of a summary whose other members are there: at most four
 * sentences that a newcomer understands, or NULL where the file has no probe
 * `identify`, nor says why not, and nothing went wrong. Sets `closest` to the
 * name of the algorithm that it is about, where the summary has that. */
json_t *iclgd_summary_verdict(json_t *summary);

/* Words so far; what does not fit is cut. */
typedef struct iclgd_saying {
  char text[2048];
  size_t length;
} iclgd_saying;

void iclgd_say(iclgd_saying *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "The trained model", or "The model" where nothing was trained. */
const char *iclgd_verdict_subject(const json_t *summary);
bool iclgd_verdict_was_trained(const json_t *summary);

/* A hypothesis of `identify` by its name, and the chosen one; NULL for none. */
const json_t *iclgd_hypothesis(const json_t *summary, const char *name);
const json_t *iclgd_hypothesis_chosen(const json_t *summary);

/* An algorithm of the summary by its name; NULL for none. */
const json_t *iclgd_verdict_path(const json_t *summary, const char *name);

/* A row of /entry/oracle by its name, "ratio_" and "gd"; NULL for none. */
const json_t *iclgd_verdict_row(const json_t *summary, const char *begin,
                                const char *who);

/* The step size of an algorithm of the summary, " with step size 0.663";
 * nothing where it has none or many. */
void iclgd_say_step_of(iclgd_saying *s, const json_t *path);

/* Before all else: what makes the rest meaningless (true: nothing more is to be
 * said), or a model that is worse than predicting zero (false). */
bool iclgd_verdict_say_first(iclgd_saying *s, const json_t *summary,
                             size_t depth);

/* What the model is; how sure that is; how its loss compares; what is left. */
void iclgd_verdict_say_what(iclgd_saying *s, const json_t *summary);
void iclgd_verdict_say_how_sure(iclgd_saying *s, const json_t *summary);
void iclgd_verdict_say_loss(iclgd_saying *s, const json_t *summary,
                            size_t depth);
void iclgd_verdict_say_rest(iclgd_saying *s, const json_t *summary);

#endif /* ICLGD_SUMMARY_VERDICT_H */
