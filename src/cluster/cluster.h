/* Processes that mpirun started together, as one program: the first of them
 * leads, the others follow (iclgd/team.h) until it calls the end. */
#ifndef ICLGD_CLUSTER_CLUSTER_H
#define ICLGD_CLUSTER_CLUSTER_H

#include <iclgd/status.h>
#include <iclgd/team.h>
#include <stdbool.h>

#include "sweep/hands.h"

/* Join those that were started with this process; the team in *out, which stays
 * with the caller, is NULL where there are none. ICLGD_EUSAGE: there are, but
 * the program is built without MPI; is_first says whether this is the one to
 * say so. */
iclgd_status iclgd_cluster_join(iclgd_team *memory, iclgd_team **out,
                                bool *is_first, iclgd_error *err);

/* In the place of joining: this process and its children work each on their
 * own, however many were started. */
void iclgd_cluster_stay_apart(void);

/* Leave, with the outcome of this process. The leader calls the end, unless it
 * was called; a follower awaits it. A follower that failed before, while the
 * leader goes on, ends all of them, with its message. */
void iclgd_cluster_leave(iclgd_team *team, iclgd_status status,
                         const iclgd_error *err);

/* Of the leader: its own hands and those of the others, in turn; context and
 * hands stay with the caller. Every follower serves with as many. */
typedef struct iclgd_cluster_hands {
  const iclgd_hands *own;
  size_t ranks;
  int *ended; /* (count) how the child of a hand ended, -1: it has not */
} iclgd_cluster_hands;
iclgd_hands iclgd_cluster_lead(iclgd_team *team, const iclgd_hands *own,
                               int *ended, iclgd_cluster_hands *context);
/* Let the others go; those that have work were asked to stop before. */
void iclgd_cluster_dismiss(iclgd_team *team);

/* Of a follower: what the leader's hands are told, until it lets go. */
void iclgd_cluster_serve(iclgd_team *team, const iclgd_hands *own);

#endif /* ICLGD_CLUSTER_CLUSTER_H */
