/* The claims: one row each (see claim.h and CONTRIBUTING.md).
 * A setting gives the keys of check.c, and those of prompt.*, model.* and
 * train.*; "prompt." may be left out. */
#include "verify.h"

/* Sources. */
#define OURS "derived for this project"
#define AHN "Ahn et al. 2023, arXiv:2306.00297"
#define AKYUREK "Akyurek et al. 2022, arXiv:2211.15661"
#define FU "Fu et al. 2023, arXiv:2310.17086"
#define GATMIRY "Gatmiry et al. 2024, arXiv:2410.08292"
#define MAHANKALI "Mahankali et al. 2023, arXiv:2307.03576"
#define ORMANIEC "Ormaniec et al. 2024, arXiv:2410.10986"
#define VONOSWALD "von Oswald et al. 2022, arXiv:2212.07677"
#define YANG "Yang et al. 2023, arXiv:2311.12424"
#define ZHANG "Zhang et al. 2023, arXiv:2306.09927"

/* Settings. */
#define UNEVEN "d=5 n=20 covariance=diag:1,1,.25,.0625,1 rotate=fixed "
#define TRAIN "train.steps=800 train.batch=1024 train.lr=0.02 "
#define UNIFORM "d=10 x=uniform x_scale=0.5 prompts=20000 "
#define POOL "d=5 n=20 noise=0.5 w=pool:8 prompts=200000"

/* Rows: kinds and relations in claim.h; LONG ones only with --full. */
#define EQUAL(kind, id, statement, source, setting, check) \
  ROW(id, statement, source, setting, kind, ICLGD_EQUAL, false, check)
#define IDENTITY(id, statement, source, setting, check) \
  EQUAL(ICLGD_IDENTITY, id, statement, source, setting, check)
#define DRAWN(id, statement, source, setting, check) \
  EQUAL(ICLGD_STATISTICAL, id, statement, source, setting, check)
#define LONG_DRAWN(id, statement, source, setting, check)                   \
  ROW(id, statement, source, setting, ICLGD_STATISTICAL, ICLGD_EQUAL, true, \
      check)
#define TRAINED(id, statement, source, setting, check) \
  EQUAL(ICLGD_TRAINING, id, statement, source, setting, check)
#define LONG_TRAINED(id, statement, source, setting, check) \
  ROW(id, statement, source, setting, ICLGD_TRAINING, ICLGD_EQUAL, true, check)
#define PUBLISHED(id, statement, source, setting, check) \
  EQUAL(ICLGD_PUBLISHED, id, statement, source, setting, check)
#define LONG_PUBLISHED(id, statement, source, setting, check) \
  ROW(id, statement, source, setting, ICLGD_PUBLISHED, ICLGD_EQUAL, true, check)
#define REGRESSION(id, statement, source, setting, check) \
  EQUAL(ICLGD_REGRESSION, id, statement, source, setting, check)
#define AT_LEAST(id, statement, source, setting, check)                       \
  ROW(id, statement, source, setting, ICLGD_ONE_SIDED, ICLGD_AT_LEAST, false, \
      check)
#define AT_MOST(id, statement, source, setting, check)                       \
  ROW(id, statement, source, setting, ICLGD_ONE_SIDED, ICLGD_AT_MOST, false, \
      check)
#define LONG_AT_MOST(id, statement, source, setting, check)                 \
  ROW(id, statement, source, setting, ICLGD_ONE_SIDED, ICLGD_AT_MOST, true, \
      check)
#define LOWER(id, statement, source, setting, check)                          \
  ROW(id, statement, source, setting, ICLGD_REGRESSION, ICLGD_AT_MOST, false, \
      check)
/* A paper prints `expected`, and the numbers are lower, or higher. */
#define BELOW(id, statement, source, setting, check)                        \
  ROW(id, statement, source, setting, ICLGD_PUBLISHED, ICLGD_FINDING_BELOW, \
      false, check)
#define ABOVE(id, statement, source, setting, check)                        \
  ROW(id, statement, source, setting, ICLGD_PUBLISHED, ICLGD_FINDING_ABOVE, \
      false, check)

/* A row declares its check, */
#define ROW(id, statement, source, setting, kind, relation, full, check) \
  CHECK(check);
#include "theory.inc"

#include "papers.inc"
#undef ROW

/* and stands in the table. */
#define ROW(id, statement, source, setting, kind, relation, full, check) \
  {id, statement, source, setting, kind, relation, full, iclgd_check_##check},

static const iclgd_claim claims[] = {
#include "theory.inc"

#include "papers.inc"
};

const iclgd_claim *iclgd_claims(size_t *count) {
  *count = sizeof claims / sizeof *claims;
  return claims;
}
