/* Ahn et al. 2023 (arXiv:2306.00297), d = 5, n = 20, three untied layers: what
 * they learned beside the optimum. For A_l = a_l Sigma^-1 whitening makes their
 * rotated inputs those of O4 and O9; B_l = c_l / a_l I. */
#include <iclgd/comparisons.h>
#include <math.h>
#include <stdio.h>

#include "verify.h"

enum { LAYERS = 3, PARTS = 16, NODES = 16 };
static const char file[] = "ahn2023.csv";

static iclgd_status figure_of(const iclgd_trial *t, const char *name, size_t l,
                              iclgd_published *out, iclgd_error *err) {
  char text[32];
  snprintf(text, sizeof text, "%s%zu", name, l);
  return iclgd_trial_published(t, file, text, out, err);
}

/* The best a (and c) on all parts but `without`, whose rules stand one behind
 * the other. */
static iclgd_status best_without(const iclgd_spectrum *parts, size_t without,
                                 double *a, double *c, iclgd_error *err) {
  double s[PARTS * NODES], weight[PARTS * NODES], loss;
  iclgd_spectrum rest = {.s = s, .weight = weight};
  const size_t used = without < PARTS ? PARTS - 1 : PARTS;
  for (size_t i = 0; i < PARTS; ++i)
    for (size_t k = 0; i != without && k < parts[i].count; ++k) {
      s[rest.count] = parts[i].s[k];
      weight[rest.count++] = parts[i].weight[k] / (double)used;
    }
  return iclgd_trial_best_layers(&rest, (iclgd_sought){LAYERS, false, a, c},
                                 &loss, err);
}

/* a_l, or c_l / a_l where c is given, with errors by the jackknife over parts
 * of the drawn prompts; a, c: where the search begins, the optimum of all. */
static iclgd_status learned(iclgd_trial *t, double *a, double *c,
                            iclgd_estimate *out, iclgd_error *err) {
  double *lambda, part[PARTS + 1][LAYERS];
  iclgd_spectrum parts[PARTS];
  const size_t d = t->dist.d, count = t->prompts / PARTS;
  TRY(iclgd_trial_eigenvalues(t, ICLGD_STREAM_TUNE, &lambda, err));
  for (size_t i = 0; i < PARTS; ++i)
    TRY(iclgd_trial_spectrum(t, lambda + i * count * d, count, NODES, &parts[i],
                             err));
  TRY(best_without(parts, PARTS, a, c, err));
  for (size_t i = 0; i <= PARTS; ++i) {
    double a_i[LAYERS], c_i[LAYERS];
    for (size_t l = 0; l < LAYERS; ++l) {
      a_i[l] = a[l];
      c_i[l] = c ? c[l] : 0;
    }
    TRY(best_without(parts, i, a_i, c ? c_i : NULL, err));
    for (size_t l = 0; l < LAYERS; ++l)
      part[i][l] = c ? c_i[l] / a_i[l] : a_i[l];
  }
  for (size_t l = 0; l < LAYERS; ++l) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < PARTS; ++i) mean += part[i][l] / PARTS;
    for (size_t i = 0; i < PARTS; ++i)
      squares += (part[i][l] - mean) * (part[i][l] - mean);
    out[l] =
        (iclgd_estimate){part[PARTS][l], sqrt((PARTS - 1.0) / PARTS * squares)};
  }
  return ICLGD_OK;
}

CHECK(ahn_steps) {
  double a[LAYERS], loss, bound;
  iclgd_estimate steps[LAYERS];
  TRY(iclgd_oracle_untied(t->setting, LAYERS, a, &loss, &bound, err));
  TRY(learned(t, a, NULL, steps, err));
  for (size_t l = 0; l < LAYERS; ++l) {
    iclgd_published figure;
    TRY(figure_of(t, "A", l, &figure, err));
    iclgd_evidence_worst(out, iclgd_evidence_published(figure, steps[l]));
  }
  return ICLGD_OK;
}

/* The row's figure: B0 or B1. */
CHECK(ahn_B) {
  double a[LAYERS], c[LAYERS], loss;
  iclgd_estimate B[LAYERS];
  iclgd_published figure;
  const char *name = iclgd_get_text(t->settings, "figure");
  TRY(iclgd_trial_published(t, file, name, &figure, err));
  TRY(iclgd_oracle_gdpp_best(t->setting, LAYERS, 0, a, c, &loss, err));
  TRY(learned(t, a, c, B, err));
  *out = iclgd_evidence_published(figure, B[name[1] == '1']);
  return ICLGD_OK;
}

/* Their experiment: tr(Sigma A_l) / d of three trained layers, sorted. */
CHECK(ahn_trained) {
  double a[LAYERS], loss, bound, steps[LAYERS];
  iclgd_subject model;
  const size_t d = t->dist.d;
  iclgd_matrices m;
  TRY(iclgd_trial_matrices(t, &m, err));
  TRY(iclgd_oracle_untied(t->setting, LAYERS, a, &loss, &bound, err));
  TRY(iclgd_trial_train(t, &model, err));
  for (size_t l = 0; l < LAYERS; ++l) {
    iclgd_linear_A(&model.model, model.theta, l, m.A, NULL);
    steps[l] = iclgd_mean_trace(m.Sigma, m.A, d);
  }
  iclgd_sort(steps, LAYERS);
  for (size_t l = 0; l < LAYERS; ++l)
    iclgd_evidence_worst(out, iclgd_evidence_near(a[l], steps[l], 0.03 * a[l]));
  return ICLGD_OK;
}

/* Below: L-BFGS on one batch, from several starts. */
enum { STARTS = 8 };

typedef struct ending {
  double loss, B[LAYERS - 1]; /* on the batch; tr B_l / d */
} ending;

static iclgd_status keep_loss(void *context, const iclgd_train_report *report) {
  *(double *)context = report->loss;
  return ICLGD_OK;
}

/* All starts have the batch of the row's seed; the initial weights of start i
 * are those of seed + i. */
static iclgd_status descend(iclgd_trial *t, size_t start, ending *out,
                            iclgd_error *err) {
  const size_t d = t->dist.d;
  const iclgd_prompt_source batch = {.dist = &t->dist,
                                     .stream = ICLGD_STREAM_TRAIN};
  const iclgd_training how = {iclgd_train_options_from(t->settings), &batch,
                              keep_loss, &out->loss};
  iclgd_subject model;
  double *A = iclgd_arena_reals(&t->arena, 2, d, d);
  if (!A) return iclgd_fail_memory(err, "a start");
  TRY(iclgd_trial_start(t, start, &model, err));
  TRY(iclgd_trial_run(t, &how, &model, err));
  for (size_t l = 0; l + 1 < LAYERS; ++l) {
    iclgd_linear_A(&model.model, model.theta, l, A, A + d * d);
    out->B[l] = 0;
    for (size_t i = 0; i < d; ++i)
      out->B[l] += A[d * d + i * d + i] / (double)d;
  }
  return ICLGD_OK;
}

/* The lowest valley of all starts: B_0 and B_1, with the spread that a batch of
 * this size has. */
CHECK(ahn_lbfgs) {
  double a[LAYERS], c[LAYERS], loss;
  iclgd_estimate spread[LAYERS];
  ending best = {.loss = INFINITY};
  TRY(iclgd_oracle_gdpp_best(t->setting, LAYERS, 0, a, c, &loss, err));
  t->prompts = iclgd_get_size(t->settings, "train.batch");
  TRY(learned(t, a, c, spread, err));
  for (size_t i = 0; i < STARTS; ++i) {
    ending now = {.loss = NAN};
    TRY(descend(t, i, &now, err));
    if (now.loss < best.loss) best = now;
  }
  for (size_t l = 0; l + 1 < LAYERS; ++l) {
    iclgd_published figure;
    TRY(figure_of(t, "B", l, &figure, err));
    iclgd_evidence_worst(
        out, iclgd_evidence_published(
                 figure, (iclgd_estimate){best.B[l], spread[l].error}));
  }
  return ICLGD_OK;
}
