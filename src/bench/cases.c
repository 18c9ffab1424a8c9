/* The cases: five shapes of the literature with all of P and Q (a: von Oswald
 * et al., one layer; b1: Ahn et al., three layers; b2: ten loops of one; c:
 * twelve loops, d = 20; d: four layers, d = 64), five transformers (s1: linear
 * attention, one layer; s2 and s5: small and larger models after Garg et al.;
 * s3: after Yang et al., looped; s4: softmax of joint tokens), the families,
 * and the cost against n, d and loops. */
#include "bench/bench.h"

#define B1 \
  "prompt.d=5 prompt.n=20 model.weights=full model.layers=3 train.batch=2048"
#define B2 \
  "prompt.d=5 prompt.n=20 model.weights=full model.loops=10 train.batch=2048"
#define C \
  "prompt.d=20 prompt.n=40 model.weights=full model.loops=12 train.batch=64"
#define D \
  "prompt.d=64 prompt.n=256 model.weights=full model.layers=4 train.batch=64"
#define TOKENS " prompt.sampler=tokens"
#define LOOPED \
  "prompt.d=10 prompt.n=40 model.loops=10 train.batch=512 model.weights="
#define LAYERS \
  "prompt.d=10 model.weights=full model.layers=3 train.batch=512 prompt.n="
#define WIDE \
  "model.weights=full model.layers=3 train.batch=256 prompt.n=100 prompt.d="
#define DEEP \
  "prompt.d=10 prompt.n=40 model.weights=full train.batch=256 model.loops="

#define TRANSFORMER "model.architecture=transformer "
#define GARG                                                        \
  TRANSFORMER                                                       \
  "prompt.d=20 prompt.n=40 train.batch=64 train.loss=prefixes "     \
  "model.tokens=alternating model.heads=4 model.positions=learned " \
  "model.norm=pre model.mlp=gelu-tanh "

static const iclgd_bench_case cases[] = {
    {"shapes", "a",
     "prompt.d=10 prompt.n=10 prompt.x=uniform prompt.x_scale=0.5 "
     "model.weights=full train.batch=2048"},
    {"shapes", "b1", B1 TOKENS},
    {"shapes", "b1", B1},
    {"shapes", "b2", B2 TOKENS},
    {"shapes", "b2", B2},
    {"shapes", "c", C TOKENS},
    {"shapes", "c", C},
    {"shapes", "d", D TOKENS},
    {"shapes", "d", D},
    {"transformers", "s1",
     TRANSFORMER "prompt.d=10 prompt.n=10 model.attention=linear "
                 "model.scale=none model.bias=false train.batch=2048"},
    {"transformers", "s2", GARG "model.width=64 model.layers=3"},
    {"transformers", "s3",
     GARG "model.width=64 model.loops=12 model.inject=input "
          "train.loss_window=12"},
    {"transformers", "s4",
     TRANSFORMER "prompt.d=5 prompt.n=20 model.width=32 model.layers=2 "
                 "model.heads=2 model.readout=linear model.bias=false "
                 "train.batch=256"},
    {"transformers", "s5", GARG "model.width=128 model.layers=6"},
    {"families", "scalar", LOOPED "scalar"},
    {"families", "diagonal", LOOPED "diagonal"},
    {"families", "gd", LOOPED "gd"},
    {"families", "gdpp", LOOPED "gdpp"},
    {"families", "full", LOOPED "full"},
    {"families", "gd-double", LOOPED "gd train.precision=double"},
    {"families", "full-double", LOOPED "full train.precision=double"},
    {"by-n", "n-10", LAYERS "10" TOKENS},
    {"by-n", "n-100", LAYERS "100" TOKENS},
    {"by-n", "n-1000", LAYERS "1000" TOKENS},
    {"by-n", "n-10000", LAYERS "10000" TOKENS},
    {"by-n", "n-10", LAYERS "10"},
    {"by-n", "n-100", LAYERS "100"},
    {"by-n", "n-1000", LAYERS "1000"},
    {"by-n", "n-10000", LAYERS "10000"},
    {"by-d", "d-5", WIDE "5"},
    {"by-d", "d-10", WIDE "10"},
    {"by-d", "d-20", WIDE "20"},
    {"by-d", "d-40", WIDE "40"},
    {"by-d", "d-80", WIDE "80"},
    {"by-loops", "loops-1", DEEP "1"},
    {"by-loops", "loops-2", DEEP "2"},
    {"by-loops", "loops-5", DEEP "5"},
    {"by-loops", "loops-10", DEEP "10"},
    {"by-loops", "loops-20", DEEP "20"},
};

const iclgd_bench_case *iclgd_bench_cases(size_t *count) {
  *count = sizeof cases / sizeof *cases;
  return cases;
}
