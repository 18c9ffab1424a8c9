/* How far are the learned weights from gradient descent?
 *
 * For an anisotropic Sigma = v F F^T that is known, A is read in whitened
 * coordinates, A' = v F^T A F, in which A = eta Sigma^-1 becomes eta I (Ahn et
 * al. 2023 whiten by Sigma^(1/2), the same up to a rotation); else A' = A.
 *   scale                 tr(A') / d
 *   distance_to_identity  min_a |A' - a I|_F / |A'|_F
 *   antisymmetric_share   |(A' - A'^T) / 2|_F / |A'|_F     (docs/theory.md, O8)
 *   eigenvalues           of A', complex ones turn the steps
 *   distance_B            min_b |B - b I|_F / |B|_F, B as it is (Ahn et al.)
 *   distance_P, _Q        the same for all of P and Q beside the construction,
 *                         modulo P -> g P, Q -> Q / g, and without the entries
 *                         that no output depends on: of a layer that is only
 *                         ever the last B and the first d rows of P; of a
 *                         single layer also the last column of Q
 * for the trained model, over training, and for every training run. */
#include <jansson.h>
#include <math.h>

#include <iclgd/linear.h>
#include <iclgd/probe.h>

#include "probes/shared/whitening.h"
#include "probes/structure/measure.h"

#define DATASETS(group, dims)                                                  \
  DATA_REAL(group "/scale", dims, "scale tr(A) / d",                           \
            "the step size that A_l stands for"),                              \
      DATA_REAL(group "/distance_to_identity", dims,                           \
                "distance of A to a multiple of I",                            \
                "min over a of |A - a I| / |A|, Frobenius norms"),             \
      DATA_REAL(group "/antisymmetric_share", dims,                            \
                "antisymmetric share of A", "|(A - A^T) / 2| / |A|"),          \
      DATA_REAL(group "/eigenvalue_real", dims ",eigenvalue",                  \
                "real part of the eigenvalues of A", "in descending order"),   \
      DATA_REAL(group "/eigenvalue_imaginary", dims ",eigenvalue",             \
                "imaginary part of the eigenvalues of A",                      \
                "beside eigenvalue_real"),                                     \
      DATA_REAL(group "/distance_B", dims, "distance of B to a multiple of I", \
                "NaN in a layer that is only ever the last"),                  \
      DATA_REAL(group "/distance_P", dims,                                     \
                "distance of P to the construction",                           \
                "in the gauge P[d, d] = 1, without entries that no output "    \
                "depends on"),                                                 \
      DATA_REAL(group "/distance_Q", dims,                                     \
                "distance of Q to the construction",                           \
                "likewise, inputs whitened")

static const iclgd_group groups[] = {
    GROUP_PLOT("structure", "scale", "layer",
               "learned preconditioners beside eta I",
               "of A_l in coordinates in which Sigma = I (as learned where "
               "Sigma is not known)"),
    GROUP_PLOT("structure_training", "antisymmetric_share", "update,layer",
               "learned preconditioners over training",
               "as /entry/structure, at every snapshot"),
    GROUP_PLOT("structure_seeds", "antisymmetric_share", "seed,layer",
               "learned preconditioners of every training run",
               "as /entry/structure, for the trained model of every seed"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("structure/layer", "layer", "layer", "distinct layer, from 1"),
    DATASETS("structure", "layer"),
    DATA_INT("structure_training/update", "update", "training step",
             "updates done before the snapshot"),
    DATA_INT("structure_training/layer", "layer", "layer",
             "distinct layer, from 1"),
    DATASETS("structure_training", "update,layer"),
    DATA_REAL("structure_training/A", "update,layer,row,column",
              "A over training, inputs whitened",
              "v F^T A F, Sigma = v F F^T: where A = eta Sigma^-1 it is eta I"),
    DATA_REAL("structure_training/Q", "update,layer,token_row,token_column",
              "Q over training, inputs whitened",
              "likewise, of the first d rows and columns"),
    DATA_INT("structure_seeds/seed", "seed", "seed", "of the training run"),
    DATA_INT("structure_seeds/layer", "layer", "layer",
             "distinct layer, from 1"),
    DATASETS("structure_seeds", "seed,layer"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

typedef struct structure {
  const iclgd_probe_setup *setup;
} structure;

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  (void)err;
  structure *s = state;
  s->setup = setup;
  return ICLGD_OK;
}

/* Models of one shape: `theta` (count, size), along an axis or, without one,
 * the trained model alone. */
typedef struct series {
  const char *group, *axis;
  size_t count;
  const int64_t *label; /* (count) */
  const double *theta;
} series;

static iclgd_status measure(const iclgd_probe_setup *setup, const series *of,
                            iclgd_structure *out, iclgd_error *err) {
  const iclgd_model *model = setup->model;
  const size_t layers = model->layers, d = setup->d;
  iclgd_arena *arena = setup->arena;
  double *work = iclgd_arena_reals(arena, iclgd_structure_work(d), 1, 1);
  iclgd_structure_take(of->count * layers, d, arena, out);
  if (iclgd_arena_status(arena, err, of->group)) return ICLGD_ENOMEM;
  for (size_t i = 0; i < of->count; ++i)
    for (size_t l = 0; l < layers; ++l)
      iclgd_structure_measure(model, of->theta + i * model->size, setup->dist,
                              l, i * layers + l, work, out);
  return ICLGD_OK;
}

/* A, and Q of a full head, over training as they are compared: where inputs are
 * not whitened, snapshots has them. */
static void write_whitened(const iclgd_probe_setup *setup, const series *of,
                           const iclgd_structure *m, iclgd_record *record,
                           iclgd_error *err) {
  const size_t layers = setup->model->layers, d = setup->d;
  const size_t A[] = {of->count, layers, d, d};
  const size_t Q[] = {of->count, layers, d + 1, d + 1};
  iclgd_record_put(record, of->group, "A", A, m->A, err);
  if (setup->model->linear->whole)
    iclgd_record_put(record, of->group, "Q", Q, m->Q, err);
}

static iclgd_status write(const iclgd_probe_setup *setup, const series *of,
                          bool whitened, iclgd_record *record,
                          iclgd_error *err) {
  iclgd_structure m;
  const size_t all[] = {of->count, setup->model->layers, setup->d};
  const size_t *extents = of->axis ? all : all + 1;
  const iclgd_linear *form = setup->model->linear;
  const bool full = form->whole;
  TRY(measure(setup, of, &m, err));
  iclgd_record_put_axis(record, of->group, "layer", 1, all[1], err);
  if (of->axis)
    iclgd_record_put(record, of->group, of->axis, &of->count, of->label, err);
  const iclgd_member members[] = {
      {"scale", extents, m.scale},
      {"distance_to_identity", extents, m.distance_A},
      {"antisymmetric_share", extents, m.antisymmetric},
      {"eigenvalue_real", extents, m.re},
      {"eigenvalue_imaginary", extents, m.im},
      {"distance_B", extents, form->has_B ? m.distance_B : NULL},
      {"distance_P", extents, full ? m.distance_P : NULL},
      {"distance_Q", extents, full ? m.distance_Q : NULL}};
  iclgd_record_put_all(record, of->group, MEMBERS(members), err);
  if (whitened) write_whitened(setup, of, &m, record, err);
  return iclgd_record_attr_text(
      record, of->group, "coordinates",
      iclgd_whitens(setup->dist) ? "whitened by Sigma" : "as learned", err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  const structure *s = state;
  const iclgd_probe_setup *setup = s->setup;
  const iclgd_history *h = setup->history;
  const series trained = {"structure", NULL, 1, NULL, setup->theta};
  const series training = {"structure_training", "update", h->snapshots,
                           h->step, h->theta};
  const series seeds = {"structure_seeds", "seed", h->runs, h->seed, h->finals};
  const bool whitened = iclgd_whitens(setup->dist);
  TRY(write(setup, &trained, false, record, err));
  if (training.count > 0) TRY(write(setup, &training, whitened, record, err));
  if (seeds.count > 1) TRY(write(setup, &seeds, false, record, err));
  return ICLGD_OK;
}

/* --- what it says -------------------------------------------------------- */

static void read(iclgd_reader *r, json_t *summary) {
  iclgd_reader_part(
      r, "structure", "scale",
      "@coordinates scale distance_to_identity antisymmetric_share", summary,
      "structure");
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const iclgd_column columns[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"scale tr(A)/d", .digits = 6, .list = "scale"},
      {"distance to a multiple of I", .digits = 3,
       .list = "distance_to_identity"},
      {"antisymmetric share", .digits = 3, .list = "antisymmetric_share"}};
  const json_t *m = json_object_get(summary, "structure");
  const size_t layers = iclgd_json_length(m, "distance_to_identity");
  size_t far = 0;
  if (!m) return;
  for (size_t l = 1; l < layers; ++l)
    if (iclgd_json_at(m, "distance_to_identity", l) >
        iclgd_json_at(m, "distance_to_identity", far))
      far = l;
  char where[32] = "";
  if (layers > 1) snprintf(where, sizeof where, "In layer %zu ", far + 1);
  const double off = iclgd_json_at(m, "distance_to_identity", far);
  const double skew = iclgd_json_at(m, "antisymmetric_share", far);
  if (isfinite(off) && isfinite(skew))
    iclgd_put_claim(
        out, "%s%.3g%% of A is off a multiple of I, %.3g%% antisymmetric.",
        where, 100 * off, 100 * skew);
  else
    iclgd_put_claim(out, "A is zero or not finite: it has no shape.");
  iclgd_put_lists(out, m, columns, sizeof columns / sizeof *columns, 1, layers,
                  "The learned preconditioner A of each layer (%s). The scale "
                  "is the step size it stands for; both shares are of the norm "
                  "of A, and 0 is plain gradient descent.",
                  iclgd_json_text(m, "coordinates"));
  iclgd_put_figure(out, "structure");
}

static const iclgd_view view = {
    .title = "The learned matrix", .read = read, .tell = tell};

const iclgd_probe iclgd_probe_structure = {
    .name = "structure",
    .question = "how far are the learned weights from gradient descent?",
    .needs = ICLGD_NEEDS_LINEAR | ICLGD_NEEDS_PARAMETERS,
    .schema = &schema,
    .view = &view,
    .state_size = sizeof(structure),
    .begin = begin,
    .finish = finish,
};
