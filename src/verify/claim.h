/* verify/claim.h - claims of theory and of papers: expected beside measured.
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
 *   AT_MOST        holds when measured <= expected + allowed
 * and else it fails; so it does where a number is not finite.
 *
 * What a verdict is worth depends on the kind of the claim:
 *   identity     two routes without chance agree to rounding, or a limit is
 *                approached as fast as it must be
 *   one-sided    a bound: it says nothing of the other side
 *   statistical  a closed form beside a mean over drawn prompts, with its
 *                standard error: one in many thousands misses by chance
 *   training     training reaches what theory gives, to a stated accuracy
 *   published    a number that a paper prints
 *   regression   a number of our own from another program: that it is found
 *                again says that nothing has changed, not that it is right
 *
 * A claim is checked at other settings too: see iclgd_claim_takes.
 */
#ifndef ICLGD_VERIFY_CLAIM_H
#define ICLGD_VERIFY_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <iclgd/parallel.h>
#include <iclgd/settings.h>
#include <iclgd/status.h>

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
  ICLGD_AT_MOST,
  ICLGD_FINDING_BELOW,
  ICLGD_FINDING_ABOVE
} iclgd_relation;

typedef enum iclgd_claim_kind {
  ICLGD_IDENTITY,
  ICLGD_ONE_SIDED,
  ICLGD_STATISTICAL,
  ICLGD_TRAINING,
  ICLGD_PUBLISHED,
  ICLGD_REGRESSION
} iclgd_claim_kind;

/* The words above: "identity", "one-sided", .. */
const char *iclgd_claim_kind_name(iclgd_claim_kind kind);

/* What a check finds; of several numbers (the steps of L layers) those of the
 * worst one, which comes nearest to failing. */
typedef struct iclgd_evidence {
  double expected, measured, standard_error, tolerance;
} iclgd_evidence;

/* What a check works with; opaque outside of src/verify. */
typedef struct iclgd_trial iclgd_trial;

typedef struct iclgd_claim {
  const char *id;        /* "o4.loss.L3": group first */
  const char *statement; /* one line */
  const char *source;
  const char *setting; /* "d=5 n=20 L=3": what the check reads; may be "" */
  iclgd_claim_kind kind;
  iclgd_relation relation;
  bool full; /* takes long: only when named or asked for */
  iclgd_status (*check)(iclgd_trial *trial, iclgd_evidence *out,
                        iclgd_error *err);
} iclgd_claim;

/* The table. */
const iclgd_claim *iclgd_claims(size_t *count);

/* Whether the claim can be checked with `change`, key=value, behind its
 * setting: its keys are those that the setting gives, without the words that
 * say what it is about (x, w, rotate, model.*). Numbers that a paper or we have
 * printed, and a training that was chosen, hold where they were found: of such
 * a claim only `prompts` changes. Else ICLGD_EUSAGE, with the claim, the key
 * and what it takes. */
iclgd_status iclgd_claim_takes(const iclgd_claim *claim, const char *change,
                               iclgd_error *err);

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
 * it could not be checked: ICLGD_ERANGE or ICLGD_EUSAGE where the claim does
 * not reach to this setting, in words that name the key; else a figure that is
 * not in its table, memory. */
iclgd_status iclgd_claim_check(const iclgd_claim *claim,
                               const iclgd_verify_options *options,
                               iclgd_claim_result *out, iclgd_error *err);

/* The rule above. */
iclgd_verdict iclgd_claim_judge(iclgd_relation relation,
                                const iclgd_evidence *evidence);

#endif /* ICLGD_VERIFY_CLAIM_H */
