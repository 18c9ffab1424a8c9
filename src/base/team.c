/* Calls of the leader of a team of processes (iclgd/team.h). */
#include <iclgd/team.h>

#include <assert.h>
#include <stdint.h>

bool iclgd_team_follows(const iclgd_team *team) {
  return team && team->rank > 0;
}

size_t iclgd_team_ranks(const iclgd_team *team) {
  return team ? team->ranks : 1;
}

void iclgd_team_announce(iclgd_team *team, iclgd_team_work work,
                         size_t number) {
  uint64_t words[] = {(uint64_t)work, number};
  if (!team || team->rank > 0) return;
  assert(!team->is_over);
  team->share(team->context, words, sizeof words);
  team->is_over = work == ICLGD_TEAM_END;
}

iclgd_team_call iclgd_team_await(iclgd_team *team) {
  uint64_t words[2];
  assert(team->rank > 0 && !team->is_over);
  team->share(team->context, words, sizeof words);
  const iclgd_team_call call = {(iclgd_team_work)words[0], (size_t)words[1]};
  team->is_over = call.work == ICLGD_TEAM_END;
  return call;
}

void iclgd_team_share(iclgd_team *team, double *numbers, size_t count) {
  if (team) team->share(team->context, numbers, count * sizeof *numbers);
}
