/* How fast training is here: a table of cases, each measured as a user trains,
 * beside the peak of the processor. */
#ifndef ICLGD_BENCH_BENCH_H
#define ICLGD_BENCH_BENCH_H

#include <iclgd/train.h>

typedef struct iclgd_bench_case {
  const char *part; /* "shapes", "transformers", "families", "by-n", .. */
  const char *name;
  const char *settings; /* "key=value key=value ..." */
} iclgd_bench_case;

const iclgd_bench_case *iclgd_bench_cases(size_t *count);

/* One case on some threads. */
typedef struct iclgd_bench_result {
  const iclgd_bench_case *what;
  size_t d, n, depth, batch, threads;
  const char *family, *sampler, *precision;
  double ms_per_step; /* median of the rounds: data, forward, backward, Adam */
  double cpu_ms_per_step; /* likewise, of all threads together */
  double prompts_per_s;
  double flops_per_prompt; /* useful ones, iclgd_bench_flops */
  double gflops, peak_gflops, peak_fraction;
} iclgd_bench_result;

/* Five rounds of `seconds` / 5; the peak is measured just before. */
iclgd_status iclgd_bench_measure(const iclgd_bench_case *what, size_t threads,
                                 double seconds, iclgd_bench_result *out,
                                 iclgd_error *err);

/* Two for each multiply-add that a step needs for a prompt with t tokens, D =
 * d + 1, L = depth:
 *   the Gram matrix of the context   t d (d + 1) / 2
 *   scalar, diagonal, gd             5 d^2 L
 *   gdpp, full                       (10 (L - k) - 1.5) D^3 + c D^2,
 * where k layers at the end go by vectors (engine/last_layers.h), c = 4, 28,
 * 100, 316 for L = k = 1, 2, 3, 4; with layers before them, which alone have
 * cubes, c = 33, 114, 357 for k = 2, 3, 4. One layer alone takes 4 t d + 2 D^2
 * where that is less, its context included. Of a transformer three times its
 * forward pass: products of tokens with arrays, and of queries, keys and values
 * that see each other; of the last block only what is read. Random numbers and
 * what is done entry by entry are not counted. */
double iclgd_bench_flops(const iclgd_model *model,
                         const iclgd_distribution *dist, bool prefixes);

/* Multiply-adds in a register loop on `threads` threads, flops per second. */
iclgd_status iclgd_bench_peak(iclgd_precision precision, size_t threads,
                              double *out, iclgd_error *err);

/* Normals in lanes per second on one thread. */
double iclgd_bench_normals(void);

/* Seconds of a clock that never goes back. */
double iclgd_bench_clock(void);

#endif /* ICLGD_BENCH_BENCH_H */
