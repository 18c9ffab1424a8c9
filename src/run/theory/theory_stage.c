/* /entry/oracle: closed forms beside what was trained.
 *
 * A loss is compared exactly (the closed form at the learned weights) where the
 * theory allows it, else as a ratio paired on the same prompts: sampled means
 * are heavy-tailed (docs/theory.md, O1). */
#include <iclgd/comparisons.h>
#include <iclgd/oracle.h>
#include <iclgd/theory.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/theory/theory_rows.h"

static const iclgd_group groups[] = {
    GROUP("oracle", "theory beside measurement",
          "one row per comparison; kind `exact`: both sides from closed forms "
          "at the learned weights; `importance`: a ratio of mean risks, what "
          "has no closed form from prompts of a wider law, weighted; `paired`: "
          "ratio of the mean risks (of the mean squared errors where risks are "
          "not known), of their medians, or the median of the log ratio, on "
          "the same prompts; `unmeasurable`: tails too heavy for a mean, "
          "measured and error are NaN"),
};

static const iclgd_dataset datasets[] = {
    DATA_TEXT("oracle/name", "claim", "name", "of the comparison"),
    DATA_TEXT("oracle/statement", "claim", "statement",
              "what is compared, in one line"),
    DATA_TEXT("oracle/kind", "claim", "kind",
              "exact, importance, paired or unmeasurable"),
    DATA_REAL(
        "oracle/expected", "claim", "expected",
        "the closed form; for a ratio 1 (log ratio: 0), which means as good"),
    DATA_REAL("oracle/measured", "claim", "measured", "of the trained model"),
    DATA_REAL("oracle/standard_error", "claim", "standard error",
              "of `measured`; 0 when it is exact"),
};

const iclgd_schema iclgd_theory_schema = SCHEMA(groups, datasets);

/* The scalar step size that A_l stands for: tr(A) / d, or, for steps
 * preconditioned by Sigma^-1, tr(A Sigma) / d. */
static double scale_of(const iclgd_job *job, size_t l, bool preconditioned,
                       double *A) {
  const size_t d = job->d;
  double trace = 0;
  iclgd_linear_A(&job->model, job->theta, l, A, NULL);
  for (size_t i = 0; i < d; ++i)
    trace += preconditioned ? iclgd_dot(A + i * d, job->Sigma + i * d, d)
                            : A[i * d + i];
  return trace / (double)d;
}

/* The closed form that the training curve stands beside, and the algorithm that
 * it speaks of, or NULL. */
static void stand_beside(iclgd_theory_rows *r, double loss, const char *of,
                         const char *algorithm) {
  r->loss = loss;
  r->loss_of = of;
  r->algorithm = algorithm;
}

/* Whether the model can hold the best A of O1. */
static bool holds_one_layer_optimum(const iclgd_job *job) {
  const iclgd_distribution *dist = job->dist;
  const iclgd_linear *form = job->model.linear;
  if (form->diagonal)
    return (form->scalar ? dist->isotropic : dist->diagonal) &&
           dist->w_law != ICLGD_W_POOL;
  return !dist->rotate_per_prompt || dist->isotropic;
}

/* O1: the learned A of one layer and its exact loss beside the optimum. */
static iclgd_status one_layer(iclgd_job *job, iclgd_theory_rows *r,
                              iclgd_error *err) {
  const size_t d = job->d;
  if (iclgd_model_depth(&job->model) != 1 ||
      !iclgd_theory_one_layer(job->dist) || !holds_one_layer_optimum(job))
    return ICLGD_OK;
  double *A = iclgd_arena_reals(&job->arena, d, d, 1);
  double *best = iclgd_arena_reals(&job->arena, d, d, 1);
  double *Sigma = iclgd_arena_reals(&job->arena, d, d, 1);
  double *Omega = iclgd_arena_reals(&job->arena, d, d, 1);
  TRY(iclgd_arena_status(&job->arena, err, "the closed form"));
  const iclgd_setting setting = {d, job->n,
                                 job->dist->noise * job->dist->noise};
  double expected, measured;
  iclgd_error unreached;
  iclgd_distribution_covariance(job->dist, Sigma);
  iclgd_distribution_task_covariance(job->dist, Omega);
  iclgd_linear_A(&job->model, job->theta, 0, A, NULL);
  if (iclgd_oracle_one_layer(setting, Sigma, Omega, best, &expected,
                             &unreached) ||
      iclgd_oracle_one_layer_loss(setting, Sigma, Omega, A, &measured,
                                  &unreached))
    return ICLGD_OK;
  if (!job->model.linear->whole) /* there it depends on more than A */
    iclgd_theory_add(r, "loss", "exact", expected, measured, 0,
                     "loss of one layer beside the optimum (O1)");
  const double off = sqrt(iclgd_squared_distance(A, best, d * d));
  stand_beside(r, expected, "optimum of one layer (O1)", "one_layer");
  iclgd_theory_add(r, "distance_to_optimum", "exact", 0,
                   off / sqrt(iclgd_dot(best, best, d * d)), 0,
                   "|A - A*| / |A*| of one layer, A* from O1");
  return ICLGD_OK;
}

/* One step of GD on isotropic inputs of any law. */
static void one_step(const iclgd_job *job, iclgd_theory_rows *r, double *A) {
  double eta, loss;
  if (iclgd_model_depth(&job->model) != 1 ||
      !iclgd_theory_one_step(job->dist, &eta, &loss))
    return;
  stand_beside(r, loss, "best step of GD (O1)",
               iclgd_algorithm_descent()->name);
  iclgd_theory_add(r, "eta", "exact", eta, scale_of(job, 0, false, A), 0,
                   "mean diagonal of A beside the best step size (loss %.6g)",
                   loss);
}

/* O5: a looped scalar model, or the best scalar GD beside another form. */
static void looped(iclgd_job *job, const iclgd_theory *theory,
                   bool preconditioned, iclgd_theory_rows *r, double *A) {
  const size_t L = iclgd_model_depth(&job->model);
  double eta, loss, measured;
  iclgd_error unreached;
  if (job->model.layers != 1 || L == 1 ||
      iclgd_oracle_tied(theory->setting, L, &eta, &loss, &unreached))
    return;
  const double learned = scale_of(job, 0, preconditioned, A);
  double *steps = iclgd_arena_reals(&job->arena, L, 1, 1);
  if (!steps) return;
  for (size_t l = 0; l < L; ++l) steps[l] = learned / theory->step_unit;
  stand_beside(r, loss * theory->loss_unit,
               preconditioned ? "best pgd (O5)" : "best scalar GD (O5)",
               preconditioned ? "pgd" : iclgd_algorithm_descent()->name);
  const bool scalar = job->model.linear->scalar && !preconditioned;
  if (scalar &&
      !iclgd_oracle_gd(theory->setting, steps, L, &measured, NULL, &unreached))
    iclgd_theory_add(r, "loss", "exact", loss * theory->loss_unit,
                     measured * theory->loss_unit, 0,
                     "loss of %zu tied scalar steps beside the optimum (O5)",
                     L);
  iclgd_theory_add(r, "eta", "exact", eta * theory->step_unit, learned, 0,
                   "%s (O5, loss %.6g)",
                   scalar ? "tied step size beside the optimum"
                   : preconditioned
                       ? "mean diagonal of A Sigma beside the best pgd"
                       : "mean diagonal of A beside the best scalar GD",
                   loss * theory->loss_unit);
}

/* O4: distinct layers; the learned scales, sorted, beside the best steps. */
static void untied(iclgd_job *job, const iclgd_theory *theory,
                   bool preconditioned, iclgd_theory_rows *r, double *A) {
  const size_t L = job->model.layers;
  if (L < 2 || job->model.loops != 1) return;
  double *eta = iclgd_arena_reals(&job->arena, L, 1, 1);
  double *learned = iclgd_arena_reals(&job->arena, L, 1, 1);
  double loss, bound, measured;
  iclgd_error unreached;
  if (!eta || !learned ||
      iclgd_oracle_untied(theory->setting, L, eta, &loss, &bound, &unreached))
    return;
  stand_beside(
      r, loss * theory->loss_unit,
      preconditioned ? "best pgd steps (O4)" : "best scalar steps (O4)",
      preconditioned ? "pgd_per_step" : "gd_per_step");
  for (size_t l = 0; l < L; ++l)
    learned[l] = scale_of(job, l, preconditioned, A) / theory->step_unit;
  iclgd_sort(learned, L);
  if (job->model.linear->scalar && !preconditioned &&
      !iclgd_oracle_gd(theory->setting, learned, L, &measured, NULL,
                       &unreached))
    iclgd_theory_add(r, "loss", "exact", loss * theory->loss_unit,
                     measured * theory->loss_unit, 0,
                     "loss of %zu untied scalar steps beside the optimum (O4)",
                     L);
  if (!iclgd_model_descends(&job->model)) return; /* these do more than steps */
  for (size_t l = 0; l < L; ++l) {
    char name[32];
    snprintf(name, sizeof name, "eta_%zu", l + 1);
    iclgd_theory_add(r, name, "exact", eta[l] * theory->step_unit,
                     learned[l] * theory->step_unit, 0,
                     "step size %zu of %zu in ascending order (O4, loss %.6g)",
                     l + 1, L, loss * theory->loss_unit);
  }
}

/* O9: the best scalar GD++ that many starts find, for models that can
 * transform the inputs as well; of inputs that are whitened first where Sigma
 * is no multiple of I. */
static void plus_plus(iclgd_job *job, const iclgd_theory *theory,
                      bool preconditioned, iclgd_theory_rows *r) {
  const iclgd_model *model = &job->model;
  const size_t L = iclgd_model_depth(model);
  const bool tied = model->layers == 1;
  if (L < 2 || (!tied && model->loops != 1) || iclgd_model_descends(model))
    return;
  double *eta = iclgd_arena_reals(&job->arena, L, 1, 1);
  double *gamma = iclgd_arena_reals(&job->arena, L, 1, 1);
  double loss;
  iclgd_error unreached;
  if (!eta || !gamma ||
      iclgd_oracle_gdpp_best(theory->setting, L, tied, eta, gamma, &loss,
                             &unreached))
    return;
  stand_beside(
      r, loss * theory->loss_unit,
      preconditioned ? "best GD++, whitened (O9)" : "best scalar GD++ (O9)",
      preconditioned ? NULL
      : tied         ? "gdpp"
                     : "gdpp_per_step");
}

static iclgd_status write_rows(iclgd_record *record, const iclgd_theory_rows *r,
                               iclgd_error *err) {
  const char *names[ICLGD_ROWS_MAX], *statements[ICLGD_ROWS_MAX];
  for (size_t i = 0; i < r->count; ++i) {
    names[i] = r->name[i];
    statements[i] = r->statement[i];
  }
  const iclgd_member columns[] = {
      {"name", &r->count, names},
      {"statement", &r->count, statements},
      {"kind", &r->count, r->kind},
      {"expected", &r->count, r->expected},
      {"measured", &r->count, r->measured},
      {"standard_error", &r->count, r->standard_error}};
  if (!r->count) return ICLGD_OK;
  iclgd_record_put_all(record, "oracle", columns, 6, err);
  if (r->loss_of) {
    iclgd_record_attr_real(record, "oracle", "closed_form_loss", r->loss, err);
    iclgd_record_attr_text(record, "oracle", "closed_form_of", r->loss_of, err);
  }
  if (r->loss_of && r->algorithm)
    iclgd_record_attr_text(record, "oracle", "closed_form_algorithm",
                           r->algorithm, err);
  return iclgd_record_status(record, err);
}

iclgd_status iclgd_write_theory(iclgd_job *job, const iclgd_outcome *outcome,
                                const struct iclgd_expected *expected,
                                iclgd_error *err) {
  iclgd_theory_rows *r = iclgd_arena_take(&job->arena, 1, sizeof *r);
  double *A = iclgd_arena_reals(&job->arena, job->d, job->d, 1);
  double *work = iclgd_arena_reals(&job->arena, outcome->kept, 1, 1);
  TRY(iclgd_arena_status(&job->arena, err, "the closed forms"));
  if (job->dist && !job->dist->table && job->model.linear) {
    iclgd_theory theory;
    TRY(one_layer(job, r, err));
    one_step(job, r, A);
    const bool preconditioned = !job->dist->isotropic;
    if (iclgd_theory_of(job->dist, preconditioned, &theory)) {
      looped(job, &theory, preconditioned, r, A);
      untied(job, &theory, preconditioned, r, A);
      plus_plus(job, &theory, preconditioned, r);
    }
  }
  iclgd_theory_ratios(outcome, expected, work, r);
  TRY(iclgd_arena_status(&job->arena, err, "the closed forms"));
  return write_rows(job->record, r, err);
}
