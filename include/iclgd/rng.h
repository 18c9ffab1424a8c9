/* iclgd/rng.h - the one generator: every number is a function of (seed,
 * stream, index, position).
 *
 * Prompts come in groups of 16 lanes. Philox4x32-10 (Salmon et al. 2011, from
 * Random123) of key `seed` and counter (group, stream, lane) is the state of
 * one xoshiro128+ (Blackman and Vigna 2018) per lane; prompt i is lane i mod
 * 16 of group i / 16. So prompt i is the same whatever the batch size or the
 * thread count, and streams never overlap. Numbers are float32: reference and
 * engine see the same data.
 *
 * Normals: 1 sign bit and a 31-bit tail probability p in (0, 1/2]; z =
 * Phi^-1(1 - p) by one polynomial of degree 6 per octave of p. Absolute error
 * below 1.5e-6, |z| <= 6.23 (p >= 2^-32); evaluated by fma in a fixed order,
 * the bits are the same on every machine.
 */
#ifndef ICLGD_RNG_H
#define ICLGD_RNG_H

#include <stddef.h>
#include <stdint.h>

enum { ICLGD_LANES = 16 };

/* Purposes. Streams of one seed are disjoint. */
typedef enum iclgd_stream_id {
  ICLGD_STREAM_TRAIN = 1, /* training prompts */
  ICLGD_STREAM_EVAL,      /* held-out loss during training */
  ICLGD_STREAM_TUNE,      /* step sizes and other hyperparameters */
  ICLGD_STREAM_PROBE,     /* the prompts that are probed and stored */
  ICLGD_STREAM_POOL,      /* the tasks of a finite pool */
  ICLGD_STREAM_ROTATION,  /* a fixed rotation of the covariance */
  ICLGD_STREAM_INIT,      /* initial weights */
  ICLGD_STREAM_SPLIT,     /* rows of a table: training or probing */
  ICLGD_STREAM_BOOTSTRAP, /* resampled prompts */
  ICLGD_STREAM_SHIFT,     /* prompts of shifted laws */
  ICLGD_STREAM_WIDE,      /* prompts of which half are made wider */
  ICLGD_STREAM_SPIKE,     /* the directions in which they are */
  ICLGD_STREAM_QUERIES,   /* further queries of prompts; plus 256 times the
                             stream of the prompts */
  ICLGD_STREAM_ENERGY,    /* random tokens, of which energies are measured */
  ICLGD_STREAM_LABELS,    /* noise of the queries' labels; as QUERIES */
  ICLGD_STREAM_DIRECTIONS /* directions in theta, and layers of attention */
} iclgd_stream_id;

/* One lane: the scalar generator of one prompt. */
typedef struct iclgd_stream {
  uint32_t s[4];
} iclgd_stream;

void iclgd_stream_seed(iclgd_stream *stream, uint64_t seed, uint32_t id,
                       uint64_t index);
uint32_t iclgd_stream_bits(iclgd_stream *stream);
float iclgd_stream_normal(iclgd_stream *stream);
float iclgd_stream_uniform(iclgd_stream *stream); /* in (-1, 1), symmetric */
/* The next `count` of them, widened. */
void iclgd_stream_normals(double *out, iclgd_stream *stream, size_t count);
void iclgd_stream_uniforms(double *out, iclgd_stream *stream, size_t count);
/* Uniform on 0..bound-1, bound >= 1, without bias. */
uint32_t iclgd_stream_below(iclgd_stream *stream, uint32_t bound);

/* The 16 lanes of one group side by side; equal to 16 streams to the bit. */
typedef struct iclgd_lanes {
  uint32_t s[4][ICLGD_LANES];
} iclgd_lanes;

void iclgd_lanes_seed(iclgd_lanes *lanes, uint64_t seed, uint32_t id,
                      uint64_t group);
/* out (count, 16): the next `count` numbers of every lane. */
void iclgd_lanes_normals(float *out, iclgd_lanes *lanes, size_t count);
void iclgd_lanes_uniforms(float *out, iclgd_lanes *lanes, size_t count);

#endif /* ICLGD_RNG_H */
