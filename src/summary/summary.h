/* The summary of a file as one JSON object, from which everything is told. */
#ifndef ICLGD_SUMMARY_SUMMARY_H
#define ICLGD_SUMMARY_SUMMARY_H

#include <iclgd/record.h>
#include <iclgd/view.h>

/* Build the object; the caller releases it with json_decref. */
iclgd_status iclgd_summary_build(const iclgd_source *source, json_t **out,
                                 iclgd_error *err);

/* The verdict of a summary whose other members are there: at most four
 * sentences that a newcomer understands, or NULL where the file has no probe
 * `identify` and nothing went wrong. Sets `closest` to the name of the
 * algorithm that it is about, where the summary has that. */
json_t *iclgd_summary_verdict(json_t *summary);

#endif /* ICLGD_SUMMARY_SUMMARY_H */
