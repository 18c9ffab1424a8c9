/* The recursion of the descent families in lanes (src/model/descent.c has it
 * for one prompt):
 *   r_l = b - S w_l,  w_{l+1} = w_l + A_l r_l
 *   dA_l += u r_l^T,  u <- u - S A_l^T u
 * A row of a product is accumulated over its columns in order, in every lane.
 */
#include <string.h>

#include "base/isa.h"
#include "engine/descent.h"
#include "engine/vector.h"

static void scale(double *x, const double *factor, const float *g, size_t d) {
  for (size_t i = 0; i < d; ++i) EACH_CHUNK(c) {
      const size_t at = i * LANES + c * WIDTH;
      store(x + at, multiply(load(factor + c * WIDTH), widen(g + at)));
    }
}

/* acc = acc + row . x, row (d) the same in all lanes */
static inline void add_row(vec acc[CHUNKS], const double *row, const double *x,
                           size_t d) {
  for (size_t j = 0; j < d; ++j) {
    const vec a = broadcast(row[j]);
    EACH_CHUNK(c)
    acc[c] = fma_(a, load(x + j * LANES + c * WIDTH), acc[c]);
  }
}

static inline void load_all(vec acc[CHUNKS], const double *p) {
  EACH_CHUNK(c) acc[c] = load(p + c * WIDTH);
}

static inline void store_all(double *p, const vec acc[CHUNKS]) {
  EACH_CHUNK(c) store(p + c * WIDTH, acc[c]);
}

static void transform(double *y, const double *M, const double *x, size_t d) {
  for (size_t i = 0; i < d; ++i) {
    vec acc[CHUNKS];
    EACH_CHUNK(c) acc[c] = broadcast(0);
    add_row(acc, M + i * d, x, d);
    store_all(y + i * LANES, acc);
  }
}

static void add_outer(double *S, const double *x, size_t d) {
  for (size_t i = 0; i < d; ++i) {
    vec xi[CHUNKS];
    load_all(xi, x + i * LANES);
    for (size_t j = 0; j <= i; ++j) EACH_CHUNK(c) {
        double *at = S + (i * d + j) * LANES + c * WIDTH;
        store(at, fma_(xi[c], load(x + j * LANES + c * WIDTH), load(at)));
      }
  }
}

static void finish(double *S, double factor, size_t d) {
  const vec f = broadcast(factor);
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j <= i; ++j) EACH_CHUNK(c) {
        double *at = S + (i * d + j) * LANES + c * WIDTH;
        const vec value = multiply(f, load(at));
        store(at, value);
        store(S + (j * d + i) * LANES + c * WIDTH, value);
      }
}

static void add_scaled(double *b, const double *a, const double *x, size_t d) {
  for (size_t i = 0; i < d; ++i) EACH_CHUNK(c) {
      double *at = b + i * LANES + c * WIDTH;
      store(at, fma_(load(a + c * WIDTH), load(x + i * LANES + c * WIDTH),
                     load(at)));
    }
}

static void dot(double *out, const double *a, const double *b, size_t d) {
  vec acc[CHUNKS];
  EACH_CHUNK(c) acc[c] = broadcast(0);
  for (size_t i = 0; i < d; ++i) EACH_CHUNK(c) {
      const size_t at = i * LANES + c * WIDTH;
      acc[c] = fma_(load(a + at), load(b + at), acc[c]);
    }
  store_all(out, acc);
}

/* acc = acc - (row i of S) . x */
static inline void subtract_row(vec acc[CHUNKS], const double *S,
                                const double *x, size_t d) {
  for (size_t j = 0; j < d; ++j) EACH_CHUNK(c) {
      const size_t at = j * LANES + c * WIDTH;
      acc[c] = fnma_(load(S + at), load(x + at), acc[c]);
    }
}

static void multiply_lanes(double *y, const double *S, const double *x,
                           size_t d) {
  for (size_t i = 0; i < d; ++i) dot(y + i * LANES, S + i * d * LANES, x, d);
}

static void forward(double *w_next, double *r, const double *w, const double *A,
                    const double *S, const double *b, size_t d) {
  vec acc[CHUNKS];
  for (size_t i = 0; i < d; ++i) {
    load_all(acc, b + i * LANES);
    subtract_row(acc, S + i * d * LANES, w, d);
    store_all(r + i * LANES, acc);
  }
  for (size_t i = 0; i < d; ++i) {
    load_all(acc, w + i * LANES);
    add_row(acc, A + i * d, r, d);
    store_all(w_next + i * LANES, acc);
  }
}

static void backward(double *u, double *dA, double *v, const double *r,
                     const double *A, const double *S, size_t d) {
  vec acc[CHUNKS];
  memset(v, 0, d * LANES * sizeof *v);
  for (size_t i = 0; i < d; ++i) {
    load_all(acc, u + i * LANES);
    for (size_t j = 0; j < d; ++j) {
      const vec a = broadcast(A[i * d + j]);
      EACH_CHUNK(c) {
        double *slot = dA + (i * d + j) * LANES + c * WIDTH;
        double *vj = v + j * LANES + c * WIDTH;
        const vec rj = load(r + j * LANES + c * WIDTH);
        store(slot, fma_(acc[c], rj, load(slot)));
        store(vj, fma_(a, acc[c], load(vj)));
      }
    }
  }
  for (size_t i = 0; i < d; ++i) {
    load_all(acc, u + i * LANES);
    subtract_row(acc, S + i * d * LANES, v, d);
    store_all(u + i * LANES, acc);
  }
}

const iclgd_descent_kernels ICLGD_KERNEL(iclgd_descent) = {
    .scale = scale,
    .transform = transform,
    .add_outer = add_outer,
    .finish = finish,
    .add_scaled = add_scaled,
    .dot = dot,
    .multiply = multiply_lanes,
    .forward = forward,
    .backward = backward,
};
