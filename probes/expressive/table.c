/* The variants, row by row, and what they are to show (the eight orderings of
 * Wang and E 2024; the tasks are ours, prompt.task = memory:..). L layers, H
 * heads, m hidden units of the mlp. */
#include "probes/expressive/expressive.h"

/* In the order of the forms of expressive.table. */
enum { NONE, SPARSE, TAILS, ADAPTIVE };

/* What all rows of a table have. */
#define LEARNS                                                           \
  "model.architecture=transformer model.tokens=joint model.mask=causal " \
  "model.init_law=fan-in model.init_scale=1 train.lr=0.01 "              \
  "train.beta2=0.99 train.schedule=cosine train.batch=256 "
static const char *const shared[] = {
    [NONE] = "",
    [SPARSE] = LEARNS
    "prompt.d=1 prompt.n=7 model.width=8 model.key=1 "
    "model.positions=relative-free train.steps=3000",
    [TAILS] =
        "model.architecture=transformer model.tokens=joint "
        "model.mask=causal model.output=false model.bias=false "
        "model.dot_product=false prompt.d=1 prompt.n=99 train.steps=0",
    [ADAPTIVE] = LEARNS "train.clip=1 train.warmup=100 train.steps=3000",
};

#define PARITY(H, m)                                             \
  {                                                              \
    SPARSE, "parity of 3 lags", "m = " #m,                       \
        "prompt.task=memory:parity:1,3,6 prompt.x=sphere "       \
        "model.dot_product=false model.mlp=relu model.heads=" #H \
        " "                                                      \
        "model.mlp_width=" #m,                                   \
        false                                                    \
  }
#define NETWORK(H, m)                                            \
  {                                                              \
    SPARSE, "64 relus of 3 lags", "m = " #m,                     \
        "prompt.task=memory:network:64,1,3,6 "                   \
        "model.dot_product=false model.mlp=relu model.heads=" #H \
        " "                                                      \
        "model.mlp_width=" #m,                                   \
        false                                                    \
  }
#define SIMPLE(words, dots)                            \
  {                                                    \
    SPARSE, "sum of 3 lags", words,                    \
        "prompt.task=memory:lags:1,3,6 model.heads=3 " \
        "model.dot_product=" dots,                     \
        false                                          \
  }
#define TAIL(words, task, kind, H)                                   \
  {                                                                  \
    TAILS, words, kind " positions",                                 \
        "prompt.task=memory:" task " model.positions=relative-" kind \
        " "                                                          \
        "model.heads=" #H,                                           \
        true                                                         \
  }
#define HEAVY(kind, H) TAIL("heavy tail", "power:0.5", kind, H)
#define LIGHT(kind, H) TAIL("light tail", "exponential:0.05", kind, H)
#define DEPTH(L, H)                                                       \
  {                                                                       \
    ADAPTIVE, "regression in context", "L x H = 4",                       \
        "prompt.d=5 prompt.n=20 model.attention=linear model.mask=query " \
        "model.scale=none model.bias=false model.key=6 "                  \
        "model.init_scale=0.3 model.layers=" #L " model.heads=" #H,       \
        false                                                             \
  }
#define REGRESS(words, dots, H)                                          \
  {                                                                      \
    ADAPTIVE, "regression in context", words,                            \
        "prompt.d=5 prompt.n=20 model.width=16 model.key=8 "             \
        "model.positions=relative-free model.mlp=relu "                  \
        "model.mlp_width=32 model.dot_product=" dots " model.heads=" #H, \
        false                                                            \
  }
#define MATCH(words, dots, H)                                      \
  {                                                                \
    ADAPTIVE, "the matching point", words,                         \
        "prompt.task=memory:adaptive prompt.d=4 prompt.n=15 "      \
        "model.width=8 model.key=4 model.positions=relative-free " \
        "model.dot_product=" dots " model.heads=" #H,              \
        false                                                      \
  }

/* Row by row, by task, line and heads. */
enum {
  PARITY_1_2,
  PARITY_3_2,
  PARITY_1_4,
  PARITY_3_4,
  PARITY_1_16,
  PARITY_3_16,
  NETWORK_1_4,
  NETWORK_2_4,
  NETWORK_3_4,
  NETWORK_6_4,
  NETWORK_1_32,
  NETWORK_2_32,
  NETWORK_3_32,
  NETWORK_6_32,
  SIMPLE_WITH,
  SIMPLE_WITHOUT,
  HEAVY_LOG_1,
  HEAVY_LOG_4,
  HEAVY_LOG_16,
  HEAVY_LINEAR_1,
  HEAVY_LINEAR_4,
  HEAVY_LINEAR_16,
  LIGHT_LOG_1,
  LIGHT_LOG_4,
  LIGHT_LOG_16,
  LIGHT_LINEAR_1,
  LIGHT_LINEAR_4,
  LIGHT_LINEAR_16,
  DEPTH_1_4,
  DEPTH_2_2,
  DEPTH_4_1,
  REGRESS_WITH_1,
  REGRESS_WITH_4,
  REGRESS_WITHOUT_1,
  REGRESS_WITHOUT_4,
  MATCH_WITH_1,
  MATCH_WITH_4,
  MATCH_WITHOUT_1,
  MATCH_WITHOUT_4,
  ROWS
};

static const iclgd_variant_row rows[ROWS] = {
    [PARITY_1_2] = PARITY(1, 2),
    [PARITY_3_2] = PARITY(3, 2),
    [PARITY_1_4] = PARITY(1, 4),
    [PARITY_3_4] = PARITY(3, 4),
    [PARITY_1_16] = PARITY(1, 16),
    [PARITY_3_16] = PARITY(3, 16),
    [NETWORK_1_4] = NETWORK(1, 4),
    [NETWORK_2_4] = NETWORK(2, 4),
    [NETWORK_3_4] = NETWORK(3, 4),
    [NETWORK_6_4] = NETWORK(6, 4),
    [NETWORK_1_32] = NETWORK(1, 32),
    [NETWORK_2_32] = NETWORK(2, 32),
    [NETWORK_3_32] = NETWORK(3, 32),
    [NETWORK_6_32] = NETWORK(6, 32),
    [SIMPLE_WITH] = SIMPLE("with q.k", "true"),
    [SIMPLE_WITHOUT] = SIMPLE("without q.k", "false"),
    [HEAVY_LOG_1] = HEAVY("log", 1),
    [HEAVY_LOG_4] = HEAVY("log", 4),
    [HEAVY_LOG_16] = HEAVY("log", 16),
    [HEAVY_LINEAR_1] = HEAVY("linear", 1),
    [HEAVY_LINEAR_4] = HEAVY("linear", 4),
    [HEAVY_LINEAR_16] = HEAVY("linear", 16),
    [LIGHT_LOG_1] = LIGHT("log", 1),
    [LIGHT_LOG_4] = LIGHT("log", 4),
    [LIGHT_LOG_16] = LIGHT("log", 16),
    [LIGHT_LINEAR_1] = LIGHT("linear", 1),
    [LIGHT_LINEAR_4] = LIGHT("linear", 4),
    [LIGHT_LINEAR_16] = LIGHT("linear", 16),
    [DEPTH_1_4] = DEPTH(1, 4),
    [DEPTH_2_2] = DEPTH(2, 2),
    [DEPTH_4_1] = DEPTH(4, 1),
    [REGRESS_WITH_1] = REGRESS("with q.k, m = 32", "true", 1),
    [REGRESS_WITH_4] = REGRESS("with q.k, m = 32", "true", 4),
    [REGRESS_WITHOUT_1] = REGRESS("without q.k, m = 32", "false", 1),
    [REGRESS_WITHOUT_4] = REGRESS("without q.k, m = 32", "false", 4),
    [MATCH_WITH_1] = MATCH("with q.k", "true", 1),
    [MATCH_WITH_4] = MATCH("with q.k", "true", 4),
    [MATCH_WITHOUT_1] = MATCH("without q.k", "false", 1),
    [MATCH_WITHOUT_4] = MATCH("without q.k", "false", 4),
};

static const iclgd_ordering orderings[] = {
    {SPARSE, "Boolean, m = 16: 3 heads err less than 1 head", PARITY_3_16,
     PARITY_1_16, false},
    {SPARSE, "Boolean, 3 heads: 16 hidden units err less than 2 units",
     PARITY_3_16, PARITY_3_2, false},
    {SPARSE, "Complex readout: H = 3, m = 32 errs less than H = 6, m = 4",
     NETWORK_3_32, NETWORK_6_4, false},
    {SPARSE, "Simple memory: q.k changes little", SIMPLE_WITH, SIMPLE_WITHOUT,
     true},
    {TAILS, "Heavy tail, 1 head: log positions err less than linear ones",
     HEAVY_LOG_1, HEAVY_LINEAR_1, false},
    {TAILS, "Light tail, 1 head: linear positions err less than log ones",
     LIGHT_LINEAR_1, LIGHT_LOG_1, false},
    {ADAPTIVE, "As many parameters: 4 layers err less than 4 heads", DEPTH_4_1,
     DEPTH_1_4, false},
    {ADAPTIVE, "Regression in context, 1 head: with q.k errs less than without",
     REGRESS_WITH_1, REGRESS_WITHOUT_1, false},
    {ADAPTIVE, "Adaptive memory: with q.k errs less than without", MATCH_WITH_1,
     MATCH_WITHOUT_1, false},
};

const iclgd_variant_row *iclgd_variant_rows(size_t *count) {
  *count = ROWS;
  return rows;
}

const iclgd_ordering *iclgd_orderings(size_t *count) {
  *count = sizeof orderings / sizeof *orderings;
  return orderings;
}

const char *iclgd_table_keys(size_t table) {
  return shared[table];
}
