/* The oracles of the command line: which keys each reads, and what it puts
 * into its answer. */
#include "oracle_table.h"

#include <math.h>
#include <string.h>

typedef iclgd_oracle_request request;

const iclgd_key iclgd_oracle_keys[ICLGD_ORACLE_KEYS] = {
    KEY_INT("d", "5", 1, 1e6, "features of x"),
    KEY_INT("n", "20", 1, 1e6, "context points"),
    KEY_INT("L", "1", 1, 127, "layers, or gradient steps"),
    KEY_REAL("sigma2", "0", 0, 1e300, "variance of the label noise"),
    KEY_REALS("eta", "", -1e6, 1e6,
              "step sizes; one value serves all L layers"),
    KEY_REALS("gamma", "", -1e6, 1e6,
              "GD++ coefficients; one value serves all L layers"),
    KEY_INT("tied", "0", 0, 1, "1: one GD++ layer, L times"),
    KEY_REALS("lambda", "", 1e-9, 1e9,
              "eigenvalues of Cov(x), d of them; default all 1"),
    KEY_FORM("w", "normal", "normal|inverse-covariance",
             "law of the task vector, N(0, I) or N(0, Cov(x)^-1)"),
};

void iclgd_oracle_put(request *q, const char *name, json_t *value) {
  if (json_object_set_new(q->answer, name, value) != 0) q->incomplete = true;
}

/* The loss of iterates 0..L of these layers. */
static iclgd_status put_curve(request *q, const double *eta,
                              const double *gamma, size_t L, iclgd_error *err) {
  double loss;
  double *curve = iclgd_arena_reals(q->arena, L + 1, 1, 1);
  if (!curve) return iclgd_fail_memory(err, "the curve");
  const iclgd_status status =
      gamma ? iclgd_oracle_gdpp(q->setting, eta, gamma, L, &loss, curve, err)
            : iclgd_oracle_gd(q->setting, eta, L, &loss, curve, err);
  if (!status) iclgd_oracle_put(q, "curve", iclgd_json_list(curve, L + 1));
  return status;
}

/* (L) copies of one value. */
static double *repeat(request *q, double value) {
  double *copies = iclgd_arena_reals(q->arena, q->L, 1, 1);
  for (size_t l = 0; copies && l < q->L; ++l) copies[l] = value;
  return copies;
}

/* The list of a key, one value standing for L; *out is NULL when it is not
 * set. The last gamma changes nothing and may be left out. */
static iclgd_status steps(request *q, const char *key, double **out,
                          iclgd_error *err) {
  size_t count;
  const double *values = iclgd_get_reals(q->settings, key, &count);
  *out = NULL;
  if (count == 0) return ICLGD_OK;
  if (count > 1 && iclgd_get_int(q->settings, "tied") == 1)
    return iclgd_settings_reject(q->settings, key, err,
                                 "expected 1 value with tied = 1, found %zu",
                                 count);
  const bool idle = strcmp(key, "gamma") == 0 && count + 1 == q->L;
  if (count != 1 && count != q->L && !idle)
    return iclgd_settings_reject(q->settings, key, err,
                                 "expected 1 or L = %zu values, found %zu",
                                 q->L, count);
  *out = repeat(q, count == 1 ? values[0] : 0);
  if (!*out) return iclgd_fail_memory(err, key);
  if (count > 1) memcpy(*out, values, count * sizeof *values);
  return ICLGD_OK;
}

/* O1 for a covariance with these eigenvalues: A* shares its eigenvectors. */
static iclgd_status anisotropic(request *q, const double *lambda,
                                iclgd_error *err) {
  const size_t d = q->setting.d;
  const bool inverse = iclgd_get_form(q->settings, "w").choice == 1;
  double *Sigma = iclgd_arena_reals(q->arena, 3, d, d), loss;
  if (!Sigma) return iclgd_fail_memory(err, "the covariance");
  double *Omega = Sigma + d * d, *A = Omega + d * d;
  for (size_t i = 0; i < d; ++i) {
    Sigma[i * d + i] = lambda[i];
    Omega[i * d + i] = inverse ? 1 / lambda[i] : 1;
  }
  const iclgd_status status =
      iclgd_oracle_one_layer(q->setting, Sigma, Omega, A, &loss, err);
  if (status) return status;
  for (size_t i = 0; i < d; ++i) A[i] = A[i * d + i];
  iclgd_oracle_put(q, "lambda", iclgd_json_list(lambda, d));
  iclgd_oracle_put(q, "w", json_string(iclgd_get_form(q->settings, "w").text));
  iclgd_oracle_put(q, "loss", iclgd_json_number(loss));
  if (inverse) iclgd_oracle_put(q, "eta", iclgd_json_number(A[0] * lambda[0]));
  iclgd_oracle_put(q, "A", iclgd_json_list(A, d));
  return ICLGD_OK;
}

static iclgd_status one_step(request *q, iclgd_error *err) {
  size_t count;
  const double *lambda = iclgd_get_reals(q->settings, "lambda", &count);
  if (q->L != 1)
    return iclgd_settings_reject(q->settings, "L", err,
                                 "one-step has L = 1; try untied or tied");
  if (count > 0) return anisotropic(q, lambda, err);
  double eta, loss;
  const double kappa = (double)q->setting.d + 2;
  TRY(iclgd_oracle_one_step_isotropic(q->setting, 1, kappa, 1, &eta, &loss,
                                      err));
  iclgd_oracle_put(q, "loss", iclgd_json_number(loss));
  iclgd_oracle_put(q, "eta", iclgd_json_number(eta));
  return ICLGD_OK;
}

static iclgd_status tied(request *q, iclgd_error *err) {
  double eta, loss;
  TRY(iclgd_oracle_tied(q->setting, q->L, &eta, &loss, err));
  iclgd_oracle_put(q, "loss", iclgd_json_number(loss));
  iclgd_oracle_put(q, "eta", iclgd_json_number(eta));
  const double *all = repeat(q, eta);
  if (!all) return iclgd_fail_memory(err, "the steps");
  return put_curve(q, all, NULL, q->L, err);
}

static iclgd_status untied(request *q, iclgd_error *err) {
  double *eta = repeat(q, 0), loss, bound;
  if (!eta) return iclgd_fail_memory(err, "the steps");
  const iclgd_status status =
      iclgd_oracle_untied(q->setting, q->L, eta, &loss, &bound, err);
  if (status) return status;
  iclgd_oracle_put(q, "loss", iclgd_json_number(loss));
  iclgd_oracle_put(q, "eta", iclgd_json_list(eta, q->L));
  iclgd_oracle_put(q, "bound", iclgd_json_number(bound));
  return put_curve(q, eta, NULL, q->L, err);
}

static iclgd_status gd(request *q, iclgd_error *err) {
  double *eta, loss;
  iclgd_status status = steps(q, "eta", &eta, err);
  if (!status && !eta)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "gd: expected eta=..., the step sizes; found none");
  if (!status)
    status = iclgd_oracle_gd(q->setting, eta, q->L, &loss, NULL, err);
  if (status) return status;
  iclgd_oracle_put(q, "loss", iclgd_json_number(loss));
  iclgd_oracle_put(q, "eta", iclgd_json_list(eta, q->L));
  return put_curve(q, eta, NULL, q->L, err);
}

/* The best GD++; the curve follows its layers, repeated when tied. */
static iclgd_status gdpp_best(request *q, iclgd_error *err) {
  const bool one = iclgd_get_int(q->settings, "tied") == 1;
  double *eta = repeat(q, 0), *gamma = repeat(q, 0), loss;
  if (!eta || !gamma) return iclgd_fail_memory(err, "the steps");
  iclgd_status status =
      iclgd_oracle_gdpp_best(q->setting, q->L, one, eta, gamma, &loss, err);
  if (status) return status;
  iclgd_oracle_put(q, "loss", iclgd_json_number(loss));
  iclgd_oracle_put(q, "eta", iclgd_json_list(eta, one ? 1 : q->L));
  iclgd_oracle_put(q, "gamma", iclgd_json_list(gamma, one ? 1 : q->L));
  for (size_t l = 1; one && l < q->L; ++l) {
    eta[l] = eta[0];
    gamma[l] = gamma[0];
  }
  return put_curve(q, eta, gamma, q->L, err);
}

static iclgd_status gdpp(request *q, iclgd_error *err) {
  double *eta, *gamma, loss;
  TRY(steps(q, "eta", &eta, err));
  TRY(steps(q, "gamma", &gamma, err));
  iclgd_oracle_put(q, "tied", json_integer(iclgd_get_int(q->settings, "tied")));
  if (!eta && !gamma) return gdpp_best(q, err);
  if (!eta || !gamma)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "gdpp: expected both eta=... and gamma=..., or neither "
                      "for the best; found only %s",
                      eta ? "eta" : "gamma");
  TRY(iclgd_oracle_gdpp(q->setting, eta, gamma, q->L, &loss, NULL, err));
  const bool one = iclgd_get_int(q->settings, "tied") == 1;
  if (!one) gamma[q->L - 1] = 0; /* it changes nothing */
  const size_t shown = one ? 1 : q->L;
  iclgd_oracle_put(q, "loss", iclgd_json_number(loss));
  iclgd_oracle_put(q, "eta", iclgd_json_list(eta, shown));
  iclgd_oracle_put(q, "gamma", iclgd_json_list(gamma, shown));
  return put_curve(q, eta, gamma, q->L, err);
}

static iclgd_status bayes(request *q, iclgd_error *err) {
  double loss;
  TRY(iclgd_oracle_bayes(q->setting, &loss, err));
  iclgd_oracle_put(q, "loss", iclgd_json_number(loss));
  return ICLGD_OK;
}

/* Limits of n^L loss, with the turn and without; from_n: where it sets in at
 * this d; curvature of the loss at eta I, which is for this n. */
static iclgd_status antisymmetric(request *q, iclgd_error *err) {
  iclgd_antisymmetric best;
  const size_t d = q->setting.d, n = q->setting.n;
  double curvature;
  size_t threshold;
  TRY(iclgd_oracle_antisymmetric(d, q->L, &best, err));
  iclgd_oracle_put(q, "planes", json_integer((json_int_t)best.planes));
  iclgd_oracle_put(q, "kappa", iclgd_json_number(best.kappa));
  iclgd_oracle_put(q, "limit", iclgd_json_number(best.loss));
  iclgd_oracle_put(q, "scalar", iclgd_json_number(best.scalar));
  iclgd_oracle_put(q, "ratio", iclgd_json_number(best.loss / best.scalar));
  if (best.planes == 0) return ICLGD_OK;
  TRY(iclgd_oracle_antisymmetric_threshold(d, q->L, &threshold, err));
  TRY(iclgd_oracle_antisymmetric_curvature(d, n, q->L, &curvature, err));
  iclgd_oracle_put(q, "from_n", json_integer((json_int_t)threshold));
  iclgd_oracle_put(q, "curvature", iclgd_json_number(curvature));
  return ICLGD_OK;
}

const iclgd_oracle_row iclgd_oracles[ICLGD_ORACLES] = {
    {"one-step", " d n L sigma2 lambda w ", "the best single layer", one_step},
    {"tied", " d n L sigma2 ", "the best L equal gradient steps", tied},
    {"untied", " d n L sigma2 ", "the best L gradient steps", untied},
    {"gd", " d n L sigma2 eta ", "the loss of gradient steps eta", gd},
    {"gdpp", " d n L sigma2 eta gamma tied ",
     "the loss of GD++ layers eta and gamma; without them, the best", gdpp},
    {"bayes", " d n L sigma2 ", "ridge, the floor for any number of layers",
     bayes},
    {"antisymmetric", " d n L ",
     "the best a I + (kappa / sqrt n) J, L times, as n grows", antisymmetric},
};
