/* A second architecture, to prove the interface: every layer is a step of
 * gradient descent on functions, with the kernel k(u, v) = tanh(c u . v),
 *   f_{l+1}(x) = f_l(x) + (a_l / n) sum_i k(x_i, x) (y_i - f_l(x_i)),  f_0 = 0,
 * so that its prediction is not linear in the query. It has one array by layer
 * (a), one for all (c), tokens (x, f_l(x)), and no engine.
 *
 * Backward, with g_l(t) = dL/df_l(t) of the tokens t (context and queries) and
 * r_l(i) = y_i - f_l(x_i):
 *   da_l    = (1/n) sum_t sum_i k(i, t) r_l(i) g_{l+1}(t)
 *   dc      = sum_l (a_l / n) sum_t sum_i (1 - k^2) x_i . x_t r_l(i) g_{l+1}(t)
 *   dx_q    = sum_l (a_l / n) sum_i (1 - k^2) c x_i r_l(i) g_{l+1}(q)
 *   g_l(i)  = g_{l+1}(i) - (a_l / n) sum_t k(i, t) g_{l+1}(t) */
#ifndef ICLGD_TESTS_KERNEL_ARCHITECTURE_H
#define ICLGD_TESTS_KERNEL_ARCHITECTURE_H

#include <iclgd/architecture.h>
#include <math.h>
#include <string.h>

static const iclgd_dataset kernel_datasets[] = {
    DATA_PARAMETER("a", "layer,unit", "step size a", "f <- f + (a / n) k r"),
    DATA_PARAMETER("c", "unit", "width c", "k(u, v) = tanh(c u . v)"),
};
static const iclgd_schema kernel_schema = {NULL, 0, kernel_datasets, 6};

typedef struct kernel_scratch {
  double *f, *g, *next; /* (depth + 1, n + d), (n + d), (n + d) */
  double *Z;            /* (depth + 1, n + d, d + 1) */
} kernel_scratch;

static iclgd_status kernel_shape(const iclgd_settings *settings,
                                 iclgd_model *model, iclgd_error *err) {
  (void)settings, (void)err;
  const size_t one = 1;
  iclgd_array *a = iclgd_model_add_array(model, "a", true, 1, &one);
  a->centre = 0.5;
  iclgd_array *c = iclgd_model_add_array(model, "c", false, 1, &one);
  c->centre = 0.3;
  return ICLGD_OK;
}

static iclgd_status kernel_make(const iclgd_model *model, size_t n,
                                iclgd_arena *arena, void **out,
                                iclgd_error *err) {
  const size_t rows = iclgd_model_depth(model) + 1, N = n + model->d;
  kernel_scratch *s = iclgd_arena_take(arena, 1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "the kernel");
  s->f = iclgd_arena_reals(arena, rows, N, 1);
  s->g = iclgd_arena_reals(arena, N, 1, 1);
  s->next = iclgd_arena_reals(arena, N, 1, 1);
  s->Z = iclgd_arena_reals(arena, rows, N, model->d + 1);
  *out = s;
  return s->f && s->g && s->next && s->Z ? ICLGD_OK
                                         : iclgd_fail_memory(err, "the kernel");
}

/* Token t: a point of the context, then the queries. */
static const double *kernel_x(const iclgd_pass *pass, size_t t) {
  const iclgd_prompt *p = pass->prompt;
  return t < p->n ? p->x + t * p->d : pass->x + (t - p->n) * p->d;
}

static double kernel_dot(const iclgd_pass *pass, size_t i, size_t t) {
  const double *u = kernel_x(pass, i), *v = kernel_x(pass, t);
  double sum = 0;
  for (size_t j = 0; j < pass->prompt->d; ++j) sum += u[j] * v[j];
  return sum;
}

static double kernel_a(const iclgd_pass *pass, size_t l) {
  return pass->theta[l % pass->model->layers];
}
static double kernel_width(const iclgd_pass *pass) {
  return pass->theta[pass->model->layers];
}

static void kernel_forward(const iclgd_pass *pass, double *prediction) {
  const kernel_scratch *s = pass->scratch;
  const size_t n = pass->prompt->n, N = n + pass->count;
  const double mean = 1 / (double)pass->prompt->mean_n;
  memset(s->f, 0, N * sizeof *s->f);
  for (size_t l = 0; l < iclgd_model_depth(pass->model); ++l)
    for (size_t t = 0; t < N; ++t) {
      double sum = 0;
      for (size_t i = 0; i < n; ++i)
        sum += tanh(kernel_width(pass) * kernel_dot(pass, i, t)) *
               (pass->prompt->y[i] - s->f[l * N + i]);
      s->f[(l + 1) * N + t] = s->f[l * N + t] + kernel_a(pass, l) * mean * sum;
    }
  for (size_t l = 0; l <= iclgd_model_depth(pass->model); ++l)
    memcpy(prediction + l * pass->count, s->f + l * N + n,
           pass->count * sizeof *prediction);
}

static void kernel_backward(const iclgd_pass *pass, const double *slope,
                            double *dtheta, double *dx) {
  kernel_scratch *s = pass->scratch;
  const size_t n = pass->prompt->n, N = n + pass->count, d = pass->prompt->d;
  const size_t layers = pass->model->layers;
  const double mean = 1 / (double)pass->prompt->mean_n, c = kernel_width(pass);
  memset(s->g, 0, N * sizeof *s->g);
  if (dx) memset(dx, 0, pass->count * d * sizeof *dx);
  for (size_t l = iclgd_model_depth(pass->model); l-- > 0;) {
    for (size_t q = 0; q < pass->count; ++q)
      s->g[n + q] += slope[(l + 1) * pass->count + q];
    memcpy(s->next, s->g, N * sizeof *s->g);
    for (size_t t = 0; t < N; ++t)
      for (size_t i = 0; i < n; ++i) {
        const double u = kernel_dot(pass, i, t), k = tanh(c * u);
        const double r = pass->prompt->y[i] - s->f[l * N + i];
        const double step = kernel_a(pass, l) * mean * s->g[t];
        s->next[i] -= step * k;
        if (dtheta) dtheta[l % layers] += mean * k * r * s->g[t];
        if (dtheta) dtheta[layers] += step * (1 - k * k) * u * r;
        for (size_t j = 0; dx && t >= n && j < d; ++j)
          dx[(t - n) * d + j] +=
              step * (1 - k * k) * c * kernel_x(pass, i)[j] * r;
      }
    double *swap = s->g;
    s->g = s->next;
    s->next = swap;
  }
}

static const double *kernel_tokens(const iclgd_pass *pass) {
  const kernel_scratch *s = pass->scratch;
  const size_t d = pass->prompt->d, N = pass->prompt->n + pass->count;
  double prediction[256];
  kernel_forward(pass, prediction);
  for (size_t l = 0; l <= iclgd_model_depth(pass->model); ++l)
    for (size_t t = 0; t < N; ++t) {
      double *z = s->Z + (l * N + t) * (d + 1);
      memcpy(z, kernel_x(pass, t), d * sizeof *z);
      z[d] = s->f[l * N + t];
    }
  return s->Z;
}

static size_t kernel_token_width(const iclgd_model *model) {
  return model->d + 1;
}

static bool kernel_damp(const iclgd_model *model, double factor,
                        double *theta) {
  for (size_t l = 0; l < model->layers; ++l) theta[l] *= factor;
  return true;
}

static const iclgd_architecture kernel_architecture = {
    .name = "kernel",
    .description = "gradient descent on functions, kernel tanh(c u . v)",
    .schema = &kernel_schema,
    .shape = kernel_shape,
    .scratch = kernel_make,
    .forward = kernel_forward,
    .backward = kernel_backward,
    .tokens = kernel_tokens,
    .token_width = kernel_token_width,
    .damp = kernel_damp,
};

#endif /* ICLGD_TESTS_KERNEL_ARCHITECTURE_H */
