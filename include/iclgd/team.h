/* iclgd/team.h - processes that share the work of one training.
 *
 * The first of them leads: it runs all there is to run. The others follow: they
 * wait for a call, do their share of the blocks at the leader's parameters, and
 * hand it the sums. Bytes travel as whoever makes the team decides (the program
 * over MPI); that a process is lost is for that layer to notice, which ends all
 * of them.
 */
#ifndef ICLGD_TEAM_H
#define ICLGD_TEAM_H

#include <stdbool.h>
#include <stddef.h>

/* What the leader calls for, and its number. */
typedef enum iclgd_team_work {
  ICLGD_TEAM_END,     /* nothing any more */
  ICLGD_TEAM_RUN,     /* to make ready for this training run, from 0 */
  ICLGD_TEAM_STEP,    /* a share of the batch of this step */
  ICLGD_TEAM_HELD_OUT /* a share of the held-out prompts */
} iclgd_team_work;

typedef struct iclgd_team_call {
  iclgd_team_work work;
  size_t number;
} iclgd_team_call;

typedef struct iclgd_team {
  size_t rank, ranks; /* this process among so many; 0 leads */
  bool is_over;       /* the end was called */
  void *context;      /* of both functions, which all ranks call alike */
  /* `size` bytes of the leader to all. */
  void (*share)(void *context, void *bytes, size_t size);
  /* rows (first[ranks], width): each rank has its rows first[rank] ..
   * first[rank + 1] - 1, and then the leader has all. */
  void (*gather)(void *context, double *rows, const size_t *first,
                 size_t width);
} iclgd_team;

/* In all that follows the team may be NULL: this process alone. */

bool iclgd_team_follows(const iclgd_team *team);
size_t iclgd_team_ranks(const iclgd_team *team);

/* Of the leader: call for work. In a follower nothing. */
void iclgd_team_announce(iclgd_team *team, iclgd_team_work work, size_t number);

/* Of a follower: the next call. */
iclgd_team_call iclgd_team_await(iclgd_team *team);

/* `count` numbers of the leader to all. */
void iclgd_team_share(iclgd_team *team, double *numbers, size_t count);

#endif /* ICLGD_TEAM_H */
