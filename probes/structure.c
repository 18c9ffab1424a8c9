/* How far are the learned preconditioners A_l from eta I?
 *
 * For an anisotropic Sigma = v F F^T that is known, A is read in whitened
 * coordinates, A' = v F^T A F, in which A = eta Sigma^-1 becomes eta I (Ahn et
 * al. 2023 whiten by Sigma^(1/2), the same up to a rotation); else A' = A.
 *   scale                 tr(A') / d
 *   distance_to_identity  min_a |A' - a I|_F / |A'|_F
 *   antisymmetric_share   |(A' - A'^T) / 2|_F / |A'|_F     (theory: O8)
 */
#include <math.h>
#include <stdlib.h>

#include <iclgd/comparisons.h>
#include <iclgd/probe.h>

static const iclgd_group groups[] = {
    {"structure", "NXdata", "scale", "layer", "",
     "learned preconditioners beside eta I",
     "of A_l in coordinates in which Sigma = I (as learned where Sigma is not "
     "known)"},
};

static const iclgd_dataset datasets[] = {
    {"structure/layer", ICLGD_I64, "layer", "1", "layer",
     "distinct layer, from 1"},
    {"structure/scale", ICLGD_F64, "layer", "1", "scale tr(A) / d",
     "the step size that A_l stands for"},
    {"structure/distance_to_identity", ICLGD_F64, "layer", "1",
     "distance of A to a multiple of I",
     "min over a of |A - a I| / |A|, Frobenius norms"},
    {"structure/antisymmetric_share", ICLGD_F64, "layer", "1",
     "antisymmetric share of A", "|(A - A^T) / 2| / |A|, Frobenius norms"},
};

static const iclgd_schema schema = {groups, sizeof groups / sizeof *groups,
                                    datasets,
                                    sizeof datasets / sizeof *datasets};

typedef struct structure {
  iclgd_arena arena;
  const iclgd_probe_setup *setup;
  double *A, *whitened, *work; /* (d, d) */
  double *scale, *distance, *antisymmetric;
  int64_t *layer;
} structure;

static iclgd_status begin(const iclgd_probe_setup *setup, void **state,
                          iclgd_error *err) {
  const size_t d = setup->d, layers = setup->model->layers;
  structure *s = calloc(1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "structure");
  s->setup = setup;
  s->A = iclgd_arena_reals(&s->arena, d, d, 1);
  s->whitened = iclgd_arena_reals(&s->arena, d, d, 1);
  s->work = iclgd_arena_reals(&s->arena, d, d, 1);
  s->scale = iclgd_arena_reals(&s->arena, layers, 1, 1);
  s->distance = iclgd_arena_reals(&s->arena, layers, 1, 1);
  s->antisymmetric = iclgd_arena_reals(&s->arena, layers, 1, 1);
  s->layer = iclgd_arena_take(&s->arena, layers, sizeof *s->layer);
  if (!s->A || !s->whitened || !s->work || !s->scale || !s->distance ||
      !s->antisymmetric || !s->layer) {
    iclgd_arena_free(&s->arena);
    free(s);
    return iclgd_fail_memory(err, "structure");
  }
  *state = s;
  return ICLGD_OK;
}

/* out = v F^T A F */
static void whiten(const iclgd_distribution *dist, const double *A,
                   double *work, double *out) {
  const size_t d = dist->d;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      work[i * d + j] = 0;
      for (size_t k = 0; k < d; ++k)
        work[i * d + j] += A[i * d + k] * dist->F[k * d + j];
    }
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      out[i * d + j] = 0;
      for (size_t k = 0; k < d; ++k)
        out[i * d + j] +=
            dist->x_variance * dist->F[k * d + i] * work[k * d + j];
    }
}

static bool whitens(const iclgd_distribution *dist) {
  return dist && !dist->table && !dist->isotropic && !dist->rotate_per_prompt;
}

static void measure(structure *s, size_t l) {
  const size_t d = s->setup->d;
  iclgd_model_preconditioner(s->setup->model, l, s->A, NULL);
  const double *A = s->A;
  if (whitens(s->setup->dist)) {
    whiten(s->setup->dist, s->A, s->work, s->whitened);
    A = s->whitened;
  }
  const double norm = sqrt(iclgd_dot(A, A, d * d));
  double trace = 0, off = 0, skew = 0;
  for (size_t i = 0; i < d; ++i) trace += A[i * d + i];
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      const double rest = A[i * d + j] - (i == j ? trace / (double)d : 0);
      const double half = (A[i * d + j] - A[j * d + i]) / 2;
      off += rest * rest;
      skew += half * half;
    }
  s->layer[l] = (int64_t)l + 1;
  s->scale[l] = trace / (double)d;
  s->distance[l] = sqrt(off) / norm;
  s->antisymmetric[l] = sqrt(skew) / norm;
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  structure *s = state;
  const size_t layers = s->setup->model->layers;
  for (size_t l = 0; l < layers; ++l) measure(s, l);
  iclgd_status status =
      iclgd_record_write(record, "structure/layer", &layers, s->layer, err);
  if (!status)
    status =
        iclgd_record_write(record, "structure/scale", &layers, s->scale, err);
  if (!status)
    status = iclgd_record_write(record, "structure/distance_to_identity",
                                &layers, s->distance, err);
  if (!status)
    status = iclgd_record_write(record, "structure/antisymmetric_share",
                                &layers, s->antisymmetric, err);
  if (!status)
    status = iclgd_record_attr_text(
        record, "structure", "coordinates",
        whitens(s->setup->dist) ? "whitened by Sigma" : "as learned", err);
  return status;
}

static void end(void *state) {
  structure *s = state;
  iclgd_arena_free(&s->arena);
  free(s);
}

const iclgd_probe iclgd_probe_structure = {
    .name = "structure",
    .question = "how far are the learned preconditioners from eta I?",
    .schema = &schema,
    .begin = begin,
    .finish = finish,
    .end = end,
};
