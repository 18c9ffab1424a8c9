/* The table of oracles on the command line (oracle_table.c). */
#ifndef ICLGD_CLI_ORACLE_TABLE_H
#define ICLGD_CLI_ORACLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include <iclgd/arena.h>
#include <iclgd/json.h>
#include <iclgd/oracle.h>
#include <iclgd/settings.h>
#include <jansson.h>

/* What an oracle reads and where it puts its answer: fields of a JSON object,
 * from which the text is printed too. */
typedef struct iclgd_oracle_request {
  const iclgd_settings *settings;
  iclgd_setting setting;
  size_t L;
  iclgd_arena *arena;
  json_t *answer;
  bool incomplete; /* memory ran out for a field */
} iclgd_oracle_request;

typedef struct iclgd_oracle_row {
  const char *name;
  const char *keys; /* those it reads, each behind a space */
  const char *meaning;
  iclgd_status (*compute)(iclgd_oracle_request *q, iclgd_error *err);
} iclgd_oracle_row;

enum { ICLGD_ORACLE_KEYS = 9, ICLGD_ORACLES = 7 };

extern const iclgd_key iclgd_oracle_keys[ICLGD_ORACLE_KEYS];
extern const iclgd_oracle_row iclgd_oracles[ICLGD_ORACLES];

/* A field of the answer; a NULL value marks the answer incomplete. */
void iclgd_oracle_put(iclgd_oracle_request *q, const char *name, json_t *value);

#endif /* ICLGD_CLI_ORACLE_TABLE_H */
