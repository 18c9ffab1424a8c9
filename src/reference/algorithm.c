/* The table of reference algorithms and the keys that several read. */
#include <iclgd/algorithm.h>
#include <string.h>

#include "reference/rows.h"

static const iclgd_algorithm *const rows[] = {
    &iclgd_algorithm_gd,
    &iclgd_algorithm_line_search,
    &iclgd_algorithm_gd_per_step,
    &iclgd_algorithm_pgd,
    &iclgd_algorithm_pgd_per_step,
    &iclgd_algorithm_pgd_learned,
    &iclgd_algorithm_heavy_ball,
    &iclgd_algorithm_nesterov,
    &iclgd_algorithm_chebyshev,
    &iclgd_algorithm_conjugate_gradient,
    &iclgd_algorithm_gdpp,
    &iclgd_algorithm_gdpp_per_step,
    &iclgd_algorithm_newton,
    &iclgd_algorithm_online_gd,
    &iclgd_algorithm_one_layer,
    &iclgd_algorithm_ridge,
    &iclgd_algorithm_ridge_fixed,
    &iclgd_algorithm_dmmse,
    &iclgd_algorithm_lasso,
    &iclgd_algorithm_knn,
    &iclgd_algorithm_averaging,
    &iclgd_algorithm_zero,
    &iclgd_algorithm_least_squares,
    &iclgd_algorithm_kernel_gd,
    &iclgd_algorithm_kernel_ridge,
    &iclgd_algorithm_nadaraya_watson,
};

static const iclgd_key keys[] = {
    KEY_FORM_IN("reference.eta", "auto", "auto|search|real", 1e-9, 1e9,
                "step size of gd and pgd: the closed form or else a line "
                "search, always the line search, or given"),
    KEY_INT("reference.tune_prompts", "2000", 2, 1e7,
            "held-out prompts for choosing hyperparameters"),
    KEY_FORM_IN("reference.kernel", "auto",
                "auto|softmax|softmax:real|linear|exp|exp:real|rbf:real|relu|"
                "quadratic",
                1e-6, 1e6,
                "kernel of the methods that have one; auto: the covariance of "
                "the task, rbf where that is not one of these; not for tasks "
                "that are linear"),
    KEY_TEXT("reference.list", "all", "algorithms to run, separated by commas"),
};

const iclgd_key_set iclgd_reference_keys = KEY_SET(keys);

const iclgd_algorithm *const *iclgd_algorithms(size_t *count) {
  *count = sizeof rows / sizeof *rows;
  return rows;
}

const iclgd_algorithm *iclgd_algorithm_named(const char *name) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    if (strcmp(rows[i]->name, name) == 0) return rows[i];
  return NULL;
}

iclgd_status iclgd_algorithm_choose(const iclgd_algorithm *algorithm,
                                    const iclgd_choice *choice,
                                    iclgd_hyper *out, iclgd_error *err) {
  iclgd_choice own = *choice;
  own.algorithm = algorithm;
  *out = (iclgd_hyper){.how = algorithm->how};
  return algorithm->choose ? algorithm->choose(&own, out, err) : ICLGD_OK;
}

const iclgd_algorithm *iclgd_algorithm_descent(void) {
  size_t i = 0;
  while (!rows[i]->plain_descent) ++i;
  return rows[i];
}

const iclgd_algorithm *iclgd_algorithm_nothing(void) {
  size_t i = 0;
  while (!rows[i]->nothing) ++i;
  return rows[i];
}

size_t iclgd_algorithm_steps(const iclgd_algorithm *algorithm,
                             const iclgd_hyper *hyper, size_t wanted) {
  if (algorithm->one_shot) return 1;
  return hyper->n_eta > 1 && hyper->n_eta < wanted ? hyper->n_eta : wanted;
}
