/* The claims: one row each (see claim.h and CONTRIBUTING.md).
 * A setting gives the keys of check.c, and those of prompt.*, model.* and
 * train.*; "prompt." may be left out. */
#include "verify.h"

/* Sources. */
#define OURS "derived for this project"
#define AHN "Ahn et al. 2023, arXiv:2306.00297"
#define ALI "Ali et al. 2022, arXiv:2202.07304"
#define AKYUREK "Akyurek et al. 2022, arXiv:2211.15661"
#define CHENG "Cheng et al. 2024, arXiv:2312.06528"
#define FU "Fu et al. 2023, arXiv:2310.17086"
#define GARG "Garg et al. 2022, arXiv:2208.01066"
#define GATMIRY "Gatmiry et al. 2024, arXiv:2410.08292"
#define IMFELD "Imfeld et al. 2023, arXiv:2310.05719"
#define MAHANKALI "Mahankali et al. 2023, arXiv:2307.03576"
#define ORMANIEC "Ormaniec et al. 2024, arXiv:2410.10986"
#define RAVENTOS "Raventos et al. 2023, arXiv:2306.15063"
#define TANG "Tang et al. 2021, arXiv:2106.15941"
#define VONOSWALD "von Oswald et al. 2022, arXiv:2212.07677"
#define WANG "the setting of Wang and E 2024 (NeurIPS)"
#define YANG "Yang et al. 2023, arXiv:2311.12424"
#define YANG2022 "Yang, Huang, Wipf 2022, NeurIPS"
#define ZHANG "Zhang et al. 2023, arXiv:2306.09927"

/* Settings. */
#define UNEVEN "d=5 n=20 covariance=diag:1,1,.25,.0625,1 rotate=fixed "
#define TRAIN "train.steps=800 train.batch=1024 train.lr=0.02 "
#define TRANSFORMER "d=3 n=6 prompts=1000 model.architecture=transformer "
#define UNIFORM "d=10 x=uniform x_scale=0.5 prompts=20000 "
#define STEPS                                    \
  "d=5 n=14 x_scale=0.5 noise=0.2 prompts=1000 " \
  "model.architecture=transformer "
#define PROCESS "d=5 n=14 x=sphere x_scale=0.4472135955 noise=0.2 "
#define POOL "d=5 n=20 noise=0.5 w=pool:8 prompts=200000"
#define POSITIONS                                                           \
  "model.architecture=transformer model.mask=causal model.init_law=fan-in " \
  "model.init_scale=1 model.width=8 model.key=1 "                           \
  "model.positions=relative-free model.dot_product=false model.mlp=relu "   \
  "model.mlp_width=32 "

/* As the presets of these papers. */
#define CAUSAL                                                             \
  "model.architecture=transformer model.tokens=alternating model.heads=4 " \
  "model.positions=learned model.mlp=gelu-tanh model.norm=pre "            \
  "model.init_law=fan-in model.init_scale=1 train.loss=prefixes "          \
  "train.batch=64 train.warmup=100 train.clip=1 "

#define WHOLE                                                                 \
  "d=3 n=8 noise=0.5 model.architecture=transformer model.attention=softmax " \
  "model.width=12 model.heads=2 model.mlp=gelu model.norm=pre "               \
  "model.layers=2 model.init_law=fan-in model.init_scale=1 "

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
#define LONG_AT_LEAST(id, statement, source, setting, check)                 \
  ROW(id, statement, source, setting, ICLGD_ONE_SIDED, ICLGD_AT_LEAST, true, \
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
