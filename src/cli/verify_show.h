/* How `iclgd verify` shows claims (verify_show.c). */
#ifndef ICLGD_CLI_VERIFY_SHOW_H
#define ICLGD_CLI_VERIFY_SHOW_H

#include <jansson.h>

#include "verify/claim.h"

/* A claim alone; with what was found; with why it was refused. The caller owns
 * them; NULL when memory is out. */
json_t *iclgd_claim_json(const iclgd_claim *claim);
json_t *iclgd_result_json(const iclgd_claim *claim,
                          const iclgd_claim_result *result);
json_t *iclgd_refusal_json(const iclgd_claim *claim, const char *why);

/* Rows of the table, and its head. What does not simply hold is explained. */
void iclgd_claim_head(void);
void iclgd_result_print(const iclgd_claim *claim,
                        const iclgd_claim_result *result);
void iclgd_refusal_print(const iclgd_claim *claim, const char *why);

/* Statement, source and setting, with a margin. */
void iclgd_claim_explain(const iclgd_claim *claim);

#endif /* ICLGD_CLI_VERIFY_SHOW_H */
