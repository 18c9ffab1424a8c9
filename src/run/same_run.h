/* Whether a file is of this run: a checkpoint to go on from, or the output of
 * one that is over. */
#ifndef ICLGD_RUN_SAME_RUN_H
#define ICLGD_RUN_SAME_RUN_H

#include "run/stages.h"

enum { ICLGD_PROMPTS_SIZE = ICLGD_IDENTITY_SIZE + 32 };

/* What tells prompts from a file, or a table, from others; "" of a law. */
iclgd_status iclgd_identify_prompts(iclgd_job *job,
                                    char out[ICLGD_PROMPTS_SIZE],
                                    iclgd_error *err);

/* ICLGD_EUSAGE: a checkpoint of another version of the program, of other
 * settings, whose keys are named, or of other prompts. ICLGD_EINPUT: damaged.
 */
iclgd_status iclgd_check_checkpoint(iclgd_job *job, const iclgd_source *source,
                                    iclgd_error *err);

/* What stands at the output. Sets job->is_shown where that is the live file of
 * a run that was killed, which may be replaced, and job->is_complete where it
 * is what these settings give, with all that the stages write and from the same
 * files, and job->diverged. ICLGD_EUSAGE where the settings differ. */
iclgd_status iclgd_check_output(iclgd_job *job, unsigned stages,
                                iclgd_error *err);

#endif /* ICLGD_RUN_SAME_RUN_H */
