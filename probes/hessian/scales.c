/* The paper's own setting, where `hessian.scales` gives sigmas: how the norms
 * of the blocks of one layer's Hessian grow with the scale of its tokens,
 * beside the exponents of theory (iclgd/attention_hessian.h). */
#include <iclgd/attention_hessian.h>
#include <math.h>

#include "probes/hessian/parts.h"

/* Slopes are those of theory for small tokens. */
static const double small = 0.1000001;

typedef struct scales {
  const iclgd_probe_setup *setup;
  const iclgd_attention_row *rows;
  size_t n_rows, count, draws;
  const double *sigma; /* (count) */
  double *norm;        /* (n_rows, count) log10, then the norm */
  double *slope, *exponent;
  const char **name;
} scales;

static void sweep_row(void *context, size_t k, size_t thread) {
  const scales *s = context;
  const uint64_t seed = (uint64_t)iclgd_get_int(s->setup->settings, "seed");
  double *norm = s->norm + k * s->count;
  iclgd_error err;
  (void)thread;
  s->name[k] = s->rows[k].name;
  s->exponent[k] = s->rows[k].exponent;
  s->slope[k] = NAN;
  if (!iclgd_attention_sweep(&s->rows[k], seed, s->draws, s->sigma, s->count,
                             norm, &err))
    s->slope[k] = iclgd_attention_slope(s->sigma, norm, s->count, small);
  for (size_t i = 0; i < s->count; ++i) norm[i] = pow(10, norm[i]);
}

static iclgd_status write(const scales *s, iclgd_record *record,
                          iclgd_error *err) {
  static const char group[] = "hessian/scales";
  const size_t extents[] = {s->n_rows, s->count};
  const iclgd_member members[] = {{"name", &s->n_rows, s->name},
                                  {"sigma", &s->count, s->sigma},
                                  {"norm", extents, s->norm},
                                  {"slope", &s->n_rows, s->slope},
                                  {"exponent", &s->n_rows, s->exponent}};
  iclgd_record_put_all(record, group, MEMBERS(members), err);
  iclgd_record_attr_real(record, group, "slope_up_to", 0.1, err);
  return iclgd_record_attr_int(record, group, "draws", (int64_t)s->draws, err);
}

iclgd_status hessian_write_scales(const iclgd_probe_setup *setup,
                                  iclgd_record *record, iclgd_error *err) {
  scales s = {.setup = setup,
              .draws = iclgd_get_size(setup->settings, "hessian.draws")};
  s.sigma = iclgd_get_reals(setup->settings, "hessian.scales", &s.count);
  s.rows = iclgd_attention_rows(&s.n_rows);
  if (s.count == 0) return ICLGD_OK;
  s.norm = iclgd_arena_reals(setup->arena, s.n_rows, s.count, 1);
  s.slope = iclgd_arena_reals(setup->arena, s.n_rows, 1, 1);
  s.exponent = iclgd_arena_reals(setup->arena, s.n_rows, 1, 1);
  s.name = iclgd_arena_take(setup->arena, s.n_rows, sizeof *s.name);
  TRY(iclgd_arena_status(setup->arena, err, "hessian"));
  iclgd_pool_for(setup->pool, s.n_rows, sweep_row, &s);
  return write(&s, record, err);
}
