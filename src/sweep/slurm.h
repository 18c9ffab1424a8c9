/* A sweep as an array job of SLURM. */
#ifndef ICLGD_SWEEP_SLURM_H
#define ICLGD_SWEEP_SLURM_H

#include <iclgd/status.h>
#include <stddef.h>

typedef struct iclgd_slurm_job {
  const char *folder;  /* of the sweep; the script is its job.sh */
  const char *program; /* an absolute path */
  const char *options; /* of sbatch, with blanks between them; or "" */
  char *const *words;  /* (count) arguments of `iclgd sweep` */
  size_t count, points;
} iclgd_slurm_job;

/* Write the script. Its tasks, at most 1000, run every so many-th point each,
 * with `iclgd sweep ... --point I`, so that it can be submitted again. */
iclgd_status iclgd_slurm_write(const iclgd_slurm_job *job, iclgd_error *err);

/* Give the script to sbatch; what that says, the number of the job, stands in
 * FOLDER/job-id. ICLGD_EIO: there is no sbatch, or it failed. */
iclgd_status iclgd_slurm_submit(const char *folder, iclgd_error *err);

#endif /* ICLGD_SWEEP_SLURM_H */
