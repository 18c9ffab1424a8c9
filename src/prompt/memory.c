/* Sequences and what is to be remembered of them (the task types of Wang and E
 * 2024, NeurIPS; the functions are ours). The points of a prompt are a
 * sequence, the query its last element: lag s is the point s before it, lag 0
 * the query. With v_s the first feature at lag s, and lags s_1, .., s_M:
 *   power:p            sum_s (1 + s)^-p v_s,   s = 0..n     heavy-tailed
 *   exponential:a      sum_s exp(-a s) v_s                  light-tailed
 *   lags:s_1,..        v_{s_1} + .. + v_{s_M}               sparse
 *   squares:s_1,..     sum_j (v_{s_j}^2 - 1) / sqrt 2
 *   parity:s_1,..      product of the signs of v_{s_j} (0 counts as +)
 *   network:h,s_1,..   sqrt(2 / h) sum_k a_k relu(w_k . v), v = (v_{s_j}),
 *                      a_k, w_k standard normal, the same for all prompts
 *   adaptive           v_s at the lag s >= 1 whose other features have the
 *                      largest dot product with those of the query
 * All of it is a fixed function of the inputs: the query has a label, points of
 * the context have none, and 0 stands there. */
#include "prompt/memory.h"

#include <math.h>

#include "base/key.h"
#include "prompt/matrices.h"

static const iclgd_key key = KEY_FORM_IN(
    "memory", "power:1", ICLGD_MEMORY_FORMS, 0, 1e5, "what is remembered");

/* --- from text ----------------------------------------------------------- */

static iclgd_status read_lags(const iclgd_settings *s, const double *values,
                              size_t count, const iclgd_distribution *law,
                              iclgd_memory *out, iclgd_error *err) {
  if (count < 1 || count > ICLGD_MEMORY_LAGS_MAX)
    return iclgd_settings_reject(s, "prompt.task", err,
                                 "expected 1 to %d lags, found %zu",
                                 ICLGD_MEMORY_LAGS_MAX, count);
  for (size_t j = 0; j < count; ++j) {
    if (values[j] != floor(values[j]) || values[j] > (double)law->n)
      return iclgd_settings_reject(
          s, "prompt.task", err,
          "expected lags that are whole numbers from 0 to prompt.n = %zu, "
          "found %g",
          law->n, values[j]);
    out->lag[j] = (size_t)values[j];
    for (size_t i = 0; i < j; ++i)
      if (out->lag[i] == out->lag[j])
        return iclgd_settings_reject(s, "prompt.task", err,
                                     "the lag %zu stands there twice",
                                     out->lag[j]);
  }
  out->count = count;
  return ICLGD_OK;
}

static iclgd_status set_kernel(double value, size_t n, iclgd_arena *arena,
                               iclgd_memory *out, iclgd_error *err) {
  double *rho = iclgd_arena_reals(arena, n + 1, 1, 1);
  if (!rho) return iclgd_fail_memory(err, "a memory");
  for (size_t s = 0; s <= n; ++s) {
    if (out->form == ICLGD_MEMORY_POWER) rho[s] = pow(1 + (double)s, -value);
    if (out->form == ICLGD_MEMORY_EXPONENTIAL) rho[s] = exp(-value * (double)s);
  }
  for (size_t j = 0; j < out->count; ++j) rho[out->lag[j]] = 1;
  out->rho = rho;
  return ICLGD_OK;
}

static iclgd_status draw_network(uint64_t seed, iclgd_arena *arena,
                                 iclgd_memory *out, iclgd_error *err) {
  double *w = iclgd_arena_reals(arena, out->hidden, out->count + 1, 1);
  if (!w) return iclgd_fail_memory(err, "a memory");
  iclgd_stream stream;
  iclgd_stream_seed(&stream, seed, ICLGD_STREAM_POOL, 0);
  iclgd_stream_normals(w, &stream, out->hidden * (out->count + 1));
  out->w = w;
  out->a = w + out->hidden * out->count;
  return ICLGD_OK;
}

static iclgd_status set_network(const iclgd_settings *s, const iclgd_form *form,
                                iclgd_arena *arena,
                                const iclgd_distribution *law,
                                iclgd_memory *out, iclgd_error *err) {
  const double h = form->values[0];
  if (h < 1 || h > 10000 || h != floor(h))
    return iclgd_settings_reject(s, "prompt.task", err,
                                 "expected 1 to 10000 hidden units before the "
                                 "lags of a network, found %g",
                                 h);
  TRY(read_lags(s, form->values + 1, form->count - 1, law, out, err));
  out->hidden = (size_t)h;
  return draw_network(law->law_seed, arena, out, err);
}

static iclgd_status check_others(const iclgd_settings *s,
                                 const iclgd_memory *memory,
                                 const iclgd_distribution *law,
                                 iclgd_error *err) {
  if (law->noise > 0)
    return iclgd_settings_reject(s, "prompt.noise", err,
                                 "a context without labels has no noise "
                                 "(prompt.task)");
  if (memory->form == ICLGD_MEMORY_ADAPTIVE && law->d < 2)
    return iclgd_settings_reject(s, "prompt.d", err,
                                 "expected at least 2: the first feature is "
                                 "remembered, the others say where");
  return ICLGD_OK;
}

iclgd_status iclgd_memory_set(const iclgd_settings *s, const char *text,
                              iclgd_arena *arena, iclgd_distribution *out,
                              iclgd_error *err) {
  iclgd_memory *memory = iclgd_arena_take(arena, 1, sizeof *memory);
  iclgd_value value;
  iclgd_error why;
  if (!memory) return iclgd_fail_memory(err, "a memory");
  const iclgd_status status = iclgd_key_parse(&key, text, arena, &value, &why);
  if (status == ICLGD_ENOMEM) return iclgd_fail_memory(err, "a memory");
  if (status)
    return iclgd_settings_reject(s, "prompt.task", err, "memory: %s", why.text);
  const iclgd_form *form = &value.form;
  memory->form = (iclgd_memory_form)form->choice;
  TRY(check_others(s, memory, out, err));
  out->memory = memory;
  if (memory->form == ICLGD_MEMORY_ADAPTIVE) return ICLGD_OK;
  if (memory->form == ICLGD_MEMORY_NETWORK)
    return set_network(s, form, arena, out, memory, err);
  if (memory->form >= ICLGD_MEMORY_LAGS)
    TRY(read_lags(s, form->values, form->count, out, memory, err));
  if (memory->form > ICLGD_MEMORY_LAGS) return ICLGD_OK;
  return set_kernel(form->values[0], out->n, arena, memory, err);
}

/* --- labels -------------------------------------------------------------- */

/* The input at lag s. */
static const double *at_lag(const iclgd_function_points *p, size_t s) {
  return s == 0 ? p->x_query : p->x + (p->n - s) * p->d;
}

static double convolve(const iclgd_memory *m, const iclgd_function_points *p) {
  double sum = 0;
  for (size_t s = 0; s <= p->n; ++s) sum += m->rho[s] * *at_lag(p, s);
  return sum;
}

static double sum_squares(const iclgd_memory *m,
                          const iclgd_function_points *p) {
  double sum = 0;
  for (size_t j = 0; j < m->count; ++j) {
    const double v = *at_lag(p, m->lag[j]);
    sum += v * v - 1;
  }
  return sum / sqrt(2);
}

static double parity(const iclgd_memory *m, const iclgd_function_points *p) {
  double sign = 1;
  for (size_t j = 0; j < m->count; ++j)
    if (*at_lag(p, m->lag[j]) < 0) sign = -sign;
  return sign;
}

static double read_network(const iclgd_memory *m,
                           const iclgd_function_points *p) {
  double v[ICLGD_MEMORY_LAGS_MAX], sum = 0;
  for (size_t j = 0; j < m->count; ++j) v[j] = *at_lag(p, m->lag[j]);
  for (size_t k = 0; k < m->hidden; ++k) {
    const double at = dot(m->w + k * m->count, v, m->count);
    if (at > 0) sum += m->a[k] * at;
  }
  return sqrt(2 / (double)m->hidden) * sum;
}

static double find(const iclgd_function_points *p) {
  const size_t others = p->d - 1;
  double most = -INFINITY, found = 0;
  for (size_t s = 1; s <= p->n; ++s) {
    const double *x = at_lag(p, s);
    const double match = dot(x + 1, p->x_query + 1, others);
    if (match > most) {
      most = match;
      found = x[0];
    }
  }
  return found;
}

void iclgd_memory_label(const iclgd_memory *m, const iclgd_function_points *p) {
  for (size_t i = 0; i < p->n; ++i) p->y[i] = 0;
  switch (m->form) {
    case ICLGD_MEMORY_POWER:
    case ICLGD_MEMORY_EXPONENTIAL:
    case ICLGD_MEMORY_LAGS:
      *p->y_query = convolve(m, p);
      break;
    case ICLGD_MEMORY_SQUARES:
      *p->y_query = sum_squares(m, p);
      break;
    case ICLGD_MEMORY_PARITY:
      *p->y_query = parity(m, p);
      break;
    case ICLGD_MEMORY_NETWORK:
      *p->y_query = read_network(m, p);
      break;
    case ICLGD_MEMORY_ADAPTIVE:
      *p->y_query = find(p);
      break;
  }
}

bool iclgd_distribution_memory(const iclgd_distribution *dist, double *rho) {
  if (dist->f_law != ICLGD_F_MEMORY || !dist->memory->rho) return false;
  for (size_t s = 0; s <= dist->n; ++s)
    rho[s] = dist->w_scale * dist->memory->rho[s];
  return true;
}
