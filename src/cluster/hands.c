/* The hands of all processes as those of the leader: hand h is the slot
 * h / ranks of process h mod ranks. What the leader tells the hand of another
 * process, and that a point there has ended, are letters; whoever waits looks
 * for them now and then, as at child processes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cluster/cluster.h"
#include "cluster/wire.h"

/* What a letter says. */
enum {
  START, /* a slot, the identifier of its point */
  STOP,  /* a slot */
  GO,    /* home */
  ENDED  /* to the leader: a slot, how it ended */
};

enum { RUNS = -1, EXIT_1 = 1 << 8 /* as wait() says it */ };

static void tell(size_t rank, int what, size_t slot, int64_t number) {
  const iclgd_letter letter = {what, (int32_t)slot, number};
  iclgd_wire_send(rank, &letter);
}

/* --- the leader ---------------------------------------------------------- */

static iclgd_status start(void *context, size_t hand, const iclgd_point *point,
                          iclgd_error *err) {
  const iclgd_cluster_hands *all = context;
  const size_t rank = hand % all->ranks, slot = hand / all->ranks;
  if (rank == 0) return all->own->start(all->own->context, slot, point, err);
  all->ended[hand] = RUNS;
  tell(rank, START, slot, (int64_t)strtoull(point->id, NULL, 16));
  return ICLGD_OK;
}

static void read_letters(const iclgd_cluster_hands *all) {
  iclgd_letter letter;
  size_t rank;
  while (iclgd_wire_receive(&rank, &letter))
    all->ended[(size_t)letter.slot * all->ranks + rank] = (int)letter.number;
}

static bool ended(void *context, size_t hand, int *how) {
  const iclgd_cluster_hands *all = context;
  const size_t rank = hand % all->ranks, slot = hand / all->ranks;
  if (rank == 0) return all->own->ended(all->own->context, slot, how);
  read_letters(all);
  *how = all->ended[hand];
  return *how != RUNS;
}

static void stop(void *context, size_t hand) {
  const iclgd_cluster_hands *all = context;
  const size_t rank = hand % all->ranks, slot = hand / all->ranks;
  if (rank == 0)
    all->own->stop(all->own->context, slot);
  else
    tell(rank, STOP, slot, 0);
}

iclgd_hands iclgd_cluster_lead(iclgd_team *team, const iclgd_hands *own,
                               int *ended_by_hand,
                               iclgd_cluster_hands *context) {
  *context = (iclgd_cluster_hands){own, team->ranks, ended_by_hand};
  iclgd_team_announce(team, ICLGD_TEAM_RUN, 0);
  return (iclgd_hands){own->count * team->ranks, context, start, ended, stop};
}

void iclgd_cluster_dismiss(iclgd_team *team) {
  for (size_t rank = 1; rank < team->ranks; ++rank) tell(rank, GO, 0, 0);
}

/* --- the others ---------------------------------------------------------- */

/* That no process can be had is a point that failed. */
static void begin(const iclgd_hands *own, const iclgd_letter *letter) {
  const size_t slot = (size_t)letter->slot;
  iclgd_point point = {.state = ICLGD_POINT_WAITING};
  iclgd_error unused;
  snprintf(point.id, sizeof point.id, "%016" PRIx64, (uint64_t)letter->number);
  if (own->start(own->context, slot, &point, &unused))
    tell(0, ENDED, slot, EXIT_1);
}

/* Whether to go on. */
static bool obey(const iclgd_hands *own, const iclgd_letter *letter) {
  if (letter->what == STOP) own->stop(own->context, (size_t)letter->slot);
  if (letter->what == START) begin(own, letter);
  return letter->what != GO;
}

static void report(const iclgd_hands *own) {
  int how;
  for (size_t slot = 0; slot < own->count; ++slot)
    if (own->ended(own->context, slot, &how)) tell(0, ENDED, slot, how);
}

void iclgd_cluster_serve(iclgd_team *team, const iclgd_hands *own) {
  const struct timespec brief = {.tv_nsec = 10000000};
  iclgd_letter letter;
  size_t rank;
  if (iclgd_team_await(team).work == ICLGD_TEAM_END) return;
  for (;;) {
    while (iclgd_wire_receive(&rank, &letter))
      if (!obey(own, &letter)) return;
    report(own);
    nanosleep(&brief, NULL);
  }
}
