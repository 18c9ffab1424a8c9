/* iclgd/verify.h - claims of theory and of papers: expected beside measured.
 *
 * A claim is one row of src/verify/table.c. `expected` is an oracle evaluated
 * for the setting of the row, or a published figure; `measured` is computed
 * apart from it: on drawn prompts with a standard error, from trained weights,
 * or by a second exact route (standard error 0).
 *
 * The rule, for every claim: with
 *   allowed = 4 standard_error + tolerance,
 * where tolerance is a stated rounding or systematic part (the digits of a
 * published figure, a truncated limit, the accuracy promised of training),
 *   EQUAL          holds when |measured - expected| <= allowed
 *   AT_LEAST       holds when measured >= expected - allowed
 *   FINDING_BELOW  the claim says `expected` and the numbers are lower: a
 *                  finding when measured < expected - allowed
 *   FINDING_ABOVE  likewise when measured > expected + allowed
 * and else it fails; so it does where a number is not finite.
 */
#ifndef ICLGD_VERIFY_H
#define ICLGD_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iclgd/parallel.h"
#include "iclgd/settings.h"
#include "iclgd/status.h"

typedef enum iclgd_verdict {
  ICLGD_HOLDS,
  ICLGD_FAILS,
  ICLGD_FINDING
} iclgd_verdict;

/* "holds", "fails", "finding" */
const char *iclgd_verdict_name(iclgd_verdict verdict);

typedef enum iclgd_relation {
  ICLGD_EQUAL,
  ICLGD_AT_LEAST,
  ICLGD_FINDING_BELOW,
  ICLGD_FINDING_ABOVE
} iclgd_relation;

/* What a check finds; of several numbers (the steps of L layers) those of the
 * worst one, which comes nearest to failing. */
typedef struct iclgd_evidence {
  double expected, measured, standard_error, tolerance;
} iclgd_evidence;

/* What a check works with; opaque outside of the library. */
typedef struct iclgd_trial iclgd_trial;

typedef struct iclgd_claim {
  const char *id;        /* "o4.loss.L3": group first */
  const char *statement; /* one line */
  const char *source;
  const char *setting; /* "d=5 n=20 L=3": what the check reads; may be "" */
  iclgd_relation relation;
  bool full; /* takes long: only when named or asked for */
  iclgd_status (*check)(iclgd_trial *trial, iclgd_evidence *out,
                        iclgd_error *err);
} iclgd_claim;

/* The table. */
const iclgd_claim *iclgd_claims(size_t *count);

typedef struct iclgd_verify_options {
  iclgd_pool *pool;      /* borrowed; how many threads changes no number */
  uint64_t seed;         /* of all that is drawn */
  const char *reference; /* folder of the published figures, data/reference */
} iclgd_verify_options;

typedef struct iclgd_claim_result {
  iclgd_evidence evidence;
  iclgd_verdict verdict;
  double seconds;
} iclgd_claim_result;

/* Check one claim, of the table or of the caller. A negative status says why
 * it could not be checked (a figure that is not in its table, memory). */
iclgd_status iclgd_claim_check(const iclgd_claim *claim,
                               const iclgd_verify_options *options,
                               iclgd_claim_result *out, iclgd_error *err);

/* The rule above. */
iclgd_verdict iclgd_claim_judge(iclgd_relation relation,
                                const iclgd_evidence *evidence);

#endif /* ICLGD_VERIFY_H */
