/* The summary of a file as one JSON object, from which everything is told. */
#ifndef ICLGD_SUMMARY_SUMMARY_H
#define ICLGD_SUMMARY_SUMMARY_H

#include <iclgd/record.h>
#include <iclgd/view.h>

/* Build the object; the caller releases it with json_decref. */
iclgd_status iclgd_summary_build(const iclgd_source *source, json_t **out,
                                 iclgd_error *err);

#endif /* ICLGD_SUMMARY_SUMMARY_H */
