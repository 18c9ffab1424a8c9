/* iclgd/distribution.h - the law of a prompt.
 *
 *   x = F g, g with uncorrelated entries of variance v,
 *   Sigma = Cov(x) = v F F^T, F = U diag(sqrt(lambda)), U a rotation,
 *   w_star ~ N(0, w_scale^2 I) | N(0, w_scale^2 Sigma^-1) | sparse | a pool,
 *   y_i = w_star . x_i + noise_i, y_query = w_star . x_query (no noise),
 * or, where prompt.task is not linear, y_i = f(x_i) + noise_i, y_query =
 * f(x_query) with a function f that is drawn for each prompt
 * (src/prompt/function.c) and no w_star. Of memory:.. the prompt is a sequence,
 * y_query a fixed function of it, and y_i = 0 (src/prompt/memory.c).
 *
 * v = x_scale^2, but x_scale^2 / 3 for uniform inputs (half-width x_scale); the
 * sphere has radius x_scale sqrt(d). `diag:` lists the eigenvalues lambda of
 * Sigma at v = 1. The other laws of g at unit variance, exact functions of
 * standard normals z (src/prompt/prompt.c):
 *   exponential  (z_1^2 + z_2^2) / 2 - 1: exponential, shifted to mean zero
 *   laplace      (z_1^2 + z_2^2 - z_3^2 - z_4^2) / sqrt(8)
 *   student-t    z_0 sqrt((nu - 2) / (z_1^2 + .. + z_nu^2))
 * (the loss after L steps takes moments of order 4 L, which student-t has for
 * nu > 4 L alone)
 */
#ifndef ICLGD_DISTRIBUTION_H
#define ICLGD_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iclgd/arena.h"
#include "iclgd/settings.h"
#include "iclgd/status.h"

/* In the order of the forms of prompt.x and prompt.w; not known are those of
 * prompts that were made elsewhere. */
typedef enum iclgd_input_law {
  ICLGD_X_NORMAL,
  ICLGD_X_UNIFORM,
  ICLGD_X_SPHERE,
  ICLGD_X_EXPONENTIAL,
  ICLGD_X_LAPLACE,
  ICLGD_X_STUDENT_T,
  ICLGD_X_UNKNOWN
} iclgd_input_law;

typedef enum iclgd_task_law {
  ICLGD_W_NORMAL,
  ICLGD_W_INVERSE_COVARIANCE,
  ICLGD_W_SPARSE,
  ICLGD_W_POOL,
  ICLGD_W_UNKNOWN
} iclgd_task_law;

/* In the order of the forms of prompt.task: what labels are but for noise. */
typedef enum iclgd_function_law {
  ICLGD_F_LINEAR, /* w_star . x, as far as is known */
  ICLGD_F_PROCESS,
  ICLGD_F_QUADRATIC,
  ICLGD_F_NETWORK,
  ICLGD_F_TREE,
  ICLGD_F_SINE,
  ICLGD_F_CLASSES,
  ICLGD_F_PARITY,
  ICLGD_F_MEMORY
} iclgd_function_law;

/* Context points of a Gaussian process, at most; what its variances are longer
 * by, relatively, so that they have a Cholesky factor; levels of a tree. */
enum { ICLGD_KERNEL_TASK_POINTS = 255, ICLGD_TREE_DEPTH_MAX = 12 };
#define ICLGD_KERNEL_JITTER 1e-10

typedef enum iclgd_rotation {
  ICLGD_ROTATE_NONE,
  ICLGD_ROTATE_FIXED,
  ICLGD_ROTATE_PER_PROMPT
} iclgd_rotation;

/* How the context of a prompt is drawn: point by point, or as m = min(n, d')
 * pseudo-tokens with the same law of (1/n) sum e e^T, e = (x, y), which is all
 * that linear attention sees (src/prompt/factor.c). */
typedef enum iclgd_sampler { ICLGD_TOKENS, ICLGD_WISHART } iclgd_sampler;

struct iclgd_chi;
struct iclgd_kernel;
struct iclgd_memory;
struct iclgd_table;

/* Filled by iclgd_distribution_create; arrays belong to its arena. */
typedef struct iclgd_distribution {
  size_t d, n;
  bool given;        /* of prompts that are at hand: it draws none */
  uint64_t seed;     /* of the prompts */
  uint64_t law_seed; /* of what they share: pool, fixed rotation, split */
  iclgd_input_law x_law;
  double x_scale;
  size_t x_freedom;       /* nu of student-t */
  double x_variance;      /* v */
  const double *F;        /* (d, d) Sigma = v F F^T */
  const double *G;        /* (d, d) F^-T, so Sigma^-1 = G G^T / v */
  bool diagonal;          /* F and G are diagonal */
  bool isotropic;         /* Sigma is a multiple of I */
  bool rotate_per_prompt; /* x = U F g with U of its own for each prompt */
  iclgd_task_law w_law;
  size_t w_count; /* k of sparse and pool */
  double w_scale;
  const double *pool;                /* (k, d) tasks */
  iclgd_function_law f_law;          /* not linear: w_law is ICLGD_W_UNKNOWN */
  size_t f_count;                    /* h, depth or k of it */
  const struct iclgd_kernel *kernel; /* of ICLGD_F_PROCESS */
  const struct iclgd_memory *memory; /* of ICLGD_F_MEMORY */
  double noise; /* standard deviation sigma; NaN: not known */
  const struct iclgd_table *table; /* rows of a table instead; else NULL */
  iclgd_sampler sampler;
  const struct iclgd_chi *chi; /* (m) chi_n, chi_{n-1}, .. of ICLGD_WISHART */
} iclgd_distribution;

/* The keys prompt.*. */
extern const iclgd_key_set iclgd_prompt_keys;

/* Build the law from the keys prompt.* with the given seed, which makes what
 * the prompts share as well, unless prompt.seed does; contexts are drawn point
 * by point. ICLGD_EUSAGE or ICLGD_EINPUT with a message that names the key or
 * file. */
iclgd_status iclgd_distribution_create(const iclgd_settings *settings,
                                       uint64_t seed, iclgd_arena *arena,
                                       iclgd_distribution *out,
                                       iclgd_error *err);

/* The law of given prompts with n context points and d features, their
 * covariance Sigma (d, d) (in the fixed frame, where it rotates with the
 * prompt); the keys prompt.x, w, w_scale, noise and task of `law` say more of
 * it, NULL: nothing is known. *known is false where Sigma is not positive
 * definite, and *out is not to be used. */
iclgd_status iclgd_distribution_given(const iclgd_settings *law, size_t n,
                                      size_t d, const double *Sigma,
                                      bool rotates, iclgd_arena *arena,
                                      iclgd_distribution *out, bool *known,
                                      iclgd_error *err);

/* Whether prompts can be drawn from the laws of x and w (NULL: nothing is
 * known), and whether the law of the tasks and the noise are known. */
static inline bool iclgd_distribution_draws(const iclgd_distribution *dist) {
  return dist && !dist->table && !dist->given;
}
static inline bool iclgd_distribution_knows_tasks(
    const iclgd_distribution *dist) {
  return dist && !dist->table && dist->w_law != ICLGD_W_UNKNOWN;
}

/* Whether labels are w_star . x and noise, or nothing else is known of them
 * (NULL too); and what to say of a task that is something else. */
static inline bool iclgd_distribution_is_linear(
    const iclgd_distribution *dist) {
  return !dist || dist->f_law == ICLGD_F_LINEAR;
}
#define ICLGD_NOT_LINEAR "the task is not linear"

/* Whether the points of a context have labels (NULL: yes): all but those of a
 * memory do; and what to say where they have none. */
static inline bool iclgd_distribution_has_labels(
    const iclgd_distribution *dist) {
  return !dist || dist->f_law != ICLGD_F_MEMORY;
}
#define ICLGD_NO_LABELS "the points of a memory task have no labels"

/* The kernel rho (n + 1) of a linear memory, y_query = sum_s rho_s v_s, v_s the
 * first feature of the point s before the query (s = 0: the query's own).
 * False: the task is something else. */
bool iclgd_distribution_memory(const iclgd_distribution *dist, double *rho);

/* Settings with the keys prompt.* alone, at the values of `from`; to be freed
 * by the caller, on failure too. */
iclgd_status iclgd_law_copy(const iclgd_settings *from, iclgd_settings **out,
                            iclgd_error *err);

/* Whether prompts of these keys share something that prompt.seed makes: a pool
 * of tasks, a fixed rotation, the split of a table. */
bool iclgd_law_shares(const iclgd_settings *law);

/* Make `dist` draw as the key prompt.sampler says: for training alone, where
 * nothing but the Gram matrix of a context counts. Its new arrays belong to the
 * arena. NULL stands for given prompts. ICLGD_EUSAGE when `wishart` is asked
 * for and the law is not normal. */
iclgd_status iclgd_distribution_use_sampler(const iclgd_settings *settings,
                                            iclgd_arena *arena,
                                            iclgd_distribution *dist,
                                            iclgd_error *err);

/* d', the normals behind one point of the context: its inputs and, if there is
 * any, its noise. */
static inline size_t iclgd_distribution_rows(const iclgd_distribution *dist) {
  return dist->d + (dist->noise > 0);
}

/* Tokens of the context of a drawn prompt: n, or m of ICLGD_WISHART. */
static inline size_t iclgd_distribution_tokens(const iclgd_distribution *dist) {
  const size_t rows = iclgd_distribution_rows(dist);
  return dist->sampler == ICLGD_WISHART && rows < dist->n ? rows : dist->n;
}

/* Sigma (d, d) in the fixed frame: for a covariance rotated per prompt, the
 * one of rotation I. Not defined for tables. */
void iclgd_distribution_covariance(const iclgd_distribution *dist,
                                   double *Sigma);

/* Cov(w_star) = Omega (d, d) in the same frame; a pool gives its second
 * moment about zero. */
void iclgd_distribution_task_covariance(const iclgd_distribution *dist,
                                        double *Omega);

/* kappa with E[|g|^2 g g^T] = kappa I for the entries' law: (d+2) v^2 for
 * normal inputs (docs/theory.md, O1, isotropic non-Gaussian x). */
double iclgd_distribution_kappa(const iclgd_distribution *dist);

#endif /* ICLGD_DISTRIBUTION_H */
