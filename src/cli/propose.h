/* What the shell may propose for a word that is typed so far (propose.c). */
#ifndef ICLGD_CLI_PROPOSE_H
#define ICLGD_CLI_PROPOSE_H

#include "cli/command.h"

/* Print head + word + end if it continues what was typed. */
void iclgd_propose(const char *typed, const char *head, const char *word,
                   const char *end);

void iclgd_propose_presets(const char *typed);

/* Keys with `end` behind them, sections first ("prompt."); behind key= its
 * forms, or the names of a list. */
void iclgd_propose_keys(const char *typed, const char *end);

/* Names behind `head`. */
void iclgd_propose_probes(const char *typed, const char *head);
void iclgd_propose_algorithms(const char *typed, const char *head);

#endif /* ICLGD_CLI_PROPOSE_H */
