/* How the processes of mpirun find together, and part. */
#include "cluster/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cluster/wire.h"

/* What a launcher says to each process: of how many it is one, and which. Both
 * must be there, and the first launcher holds: mpirun within srun is mpirun. A
 * batch script of SLURM has neither of the last two. */
static const struct launcher {
  const char *size, *place;
} launchers[] = {
    {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"}, /* Open MPI */
    {"PMI_SIZE", "PMI_RANK"}, /* MPICH, Intel MPI, srun --mpi=pmi2 */
    {"SLURM_STEP_NUM_TASKS", "PMIX_RANK"}, /* srun --mpi=pmix */
};
enum { LAUNCHERS = sizeof launchers / sizeof *launchers };

static const struct launcher *find_launcher(void) {
  for (size_t i = 0; i < LAUNCHERS; ++i)
    if (getenv(launchers[i].size) && getenv(launchers[i].place))
      return &launchers[i];
  return NULL;
}

static long number_of(const char *variable) {
  return strtol(getenv(variable), NULL, 10);
}

void iclgd_cluster_stay_apart(void) {
  for (size_t i = 0; i < LAUNCHERS; ++i) unsetenv(launchers[i].size);
}

/* The launcher may end all others as soon as one has ended: the first process
 * is to have said why. */
static iclgd_status refuse(long ranks, bool is_first, iclgd_error *err) {
  const struct timespec while_it_speaks = {.tv_nsec = 500000000};
  const iclgd_status status = iclgd_fail(
      err, ICLGD_EUSAGE,
      "started as %ld processes, but built without MPI: expected one process, "
      "or an iclgd of `cmake --preset mpi && cmake --build --preset mpi`",
      ranks);
  if (!is_first) nanosleep(&while_it_speaks, NULL);
  return status;
}

iclgd_status iclgd_cluster_join(iclgd_team *memory, iclgd_team **out,
                                bool *is_first, iclgd_error *err) {
  const struct launcher *launcher = find_launcher();
  *out = NULL;
  *is_first = true;
  if (!launcher || number_of(launcher->size) <= 1) return ICLGD_OK;
  *is_first = number_of(launcher->place) == 0;
  if (!iclgd_wire_is_built())
    return refuse(number_of(launcher->size), *is_first, err);
  *memory =
      (iclgd_team){.share = iclgd_wire_share, .gather = iclgd_wire_gather};
  iclgd_wire_begin(&memory->rank, &memory->ranks);
  iclgd_cluster_stay_apart(); /* the points of a sweep */
  *out = memory;
  return ICLGD_OK;
}

void iclgd_cluster_leave(iclgd_team *team, iclgd_status status,
                         const iclgd_error *err) {
  if (!team) return;
  if (!team->is_over) {
    iclgd_team_announce(team, ICLGD_TEAM_END, 0);
    if (team->rank > 0 && iclgd_team_await(team).work != ICLGD_TEAM_END) {
      fprintf(stderr, "iclgd: process %zu of %zu: %s\n", team->rank + 1,
              team->ranks, err->text);
      iclgd_wire_abort(iclgd_status_exit_code(status));
    }
  }
  iclgd_wire_end();
}
