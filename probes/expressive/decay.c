/* One layer of attention by position alone, without mlp: its loss is known
 * exactly (iclgd_oracle_memory), and so is the best readout; the decays are
 * sought downhill. The start is spread evenly in log p, from 1 / T to 1, with
 * a jitter of the variant's own seed. */
#include <math.h>

#include <iclgd/transformer.h>

#include "probes/expressive/expressive.h"

static void start(const iclgd_workpiece *piece, size_t H, size_t T, double *p) {
  iclgd_stream stream;
  iclgd_stream_seed(&stream, piece->dist.seed, ICLGD_STREAM_INIT, 1);
  for (size_t h = 0; h < H; ++h) {
    const double share = ((double)h + 0.5) / (double)H;
    p[h] = exp(-share * log((double)T) +
               0.3 * (double)iclgd_stream_normal(&stream));
  }
}

/* Of joint tokens (x, y) a head's value is (0, sign c_h x): what is read is
 * sign times the query's last coordinate. */
static void put(const iclgd_workpiece *piece, const double *p,
                const double *c) {
  const iclgd_transformer *t = &piece->model.transformer;
  for (size_t h = 0; h < t->heads; ++h) {
    double *W_V = piece->theta + t->offset[ICLGD_W_V] + h * t->value * t->width;
    for (size_t i = 0; i < t->value * t->width; ++i) W_V[i] = 0;
    W_V[(t->value - 1) * t->width] = piece->model.sign * c[h];
    piece->theta[t->offset[ICLGD_RELATIVE] + h] = p[h];
  }
}

iclgd_status iclgd_workpiece_decay(iclgd_workpiece *piece, iclgd_variant *out,
                                   iclgd_error *err) {
  const iclgd_transformer *t = &piece->model.transformer;
  const size_t T = piece->dist.n + 1, H = t->heads;
  double *rho = iclgd_arena_reals(piece->arena, T, 1, 1);
  double *p = iclgd_arena_reals(piece->arena, H, 2, 1);
  TRY(iclgd_arena_status(piece->arena, err, "the decays"));
  const iclgd_memory_setting setting = {
      T, H,
      t->positions == ICLGD_POSITION_RELATIVE_LOG ? ICLGD_DECAY_LOG
                                                  : ICLGD_DECAY_LINEAR,
      rho};
  if (!iclgd_distribution_memory(&piece->dist, rho))
    return iclgd_fail(err, ICLGD_EUSAGE, "expected a linear memory");
  start(piece, H, T, p);
  TRY(iclgd_oracle_memory(setting, p, p + H, &out->loss, err));
  put(piece, p, p + H);
  out->parameters = 2 * H;
  for (size_t s = 0; s < T; ++s) out->variance += rho[s] * rho[s];
  return ICLGD_OK;
}
