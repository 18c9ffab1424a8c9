/* How the processes of mpirun find together, and part. */
#include "cluster/cluster.h"

#include <stdio.h>
#include <stdlib.h>

#include "cluster/wire.h"

/* What the launchers say to a process of how many there are, and which it is:
 * Open MPI, and the interface of MPICH, of Intel MPI and of srun --mpi=pmi2. */
static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
static const char *const places[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK"};
enum { LAUNCHERS = sizeof sizes / sizeof *sizes };

static long number_of(const char *variable) {
  const char *text = getenv(variable);
  return text ? strtol(text, NULL, 10) : 0;
}

/* The first one says it, by the launcher that started so many. */
static void say_alone(long ranks) {
  for (int i = 0; i < LAUNCHERS; ++i)
    if (number_of(sizes[i]) == ranks && number_of(places[i]) == 0)
      fprintf(stderr,
              "iclgd: started as one of %ld processes, but built without MPI "
              "(-DICLGD_MPI=ON): each of them does everything\n",
              ranks);
}

void iclgd_cluster_join(iclgd_team *memory, iclgd_team **out) {
  long ranks = 1;
  *out = NULL;
  for (int i = 0; i < LAUNCHERS; ++i)
    if (number_of(sizes[i]) > ranks) ranks = number_of(sizes[i]);
  if (ranks == 1) return;
  if (!iclgd_wire_is_built()) {
    say_alone(ranks);
    return;
  }
  *memory =
      (iclgd_team){.share = iclgd_wire_share, .gather = iclgd_wire_gather};
  iclgd_wire_begin(&memory->rank, &memory->ranks);
  /* The points of a sweep are processes of their own. */
  for (int i = 0; i < LAUNCHERS; ++i) unsetenv(sizes[i]);
  *out = memory;
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
