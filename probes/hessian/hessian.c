/* How flat, how ill-conditioned and how heterogeneous is the landscape in which
 * the model learned? (Ormaniec, Dangel and Singh 2024, arXiv:2410.10986.)
 *
 *   H = d^2 loss / dtheta^2 = Ho + Hf,  means over prompts of
 *   Ho:  sum_l c_l rho'' J_l J_l^T,  J_l = dyhat_l / dtheta
 *   Hf:  sum_l c_l rho' d^2 yhat_l / dtheta^2
 *
 * of the loss that training minimises, in all parameters of the trained model:
 * the whole matrix up to `hessian.exact` parameters, else, where that is asked
 * for, products with it (estimate.c). By blocks of parameters (blocks.c), over
 * training (training.c), and in the paper's own setting, where sigmas are given
 * (scales.c). */
#include "probes/hessian/parts.h"
#include "probes/views.h"

static const iclgd_key keys[] = {
    KEY_INT("hessian.prompts", "200", 2, 1e6,
            "prompts of the mean loss whose Hessian is taken"),
    KEY_INT("hessian.exact", "128", 0, 4000,
            "parameters up to which the whole matrix is computed"),
    KEY_FORM("hessian.estimate", "no", "no|yes",
             "with more parameters: estimates from products with the matrix"),
    KEY_FORM_IN("hessian.snapshots", "auto", "auto|int", 1, 10000,
                "snapshots of training at which sharpness is measured; auto: "
                "6, the last alone beyond 100 parameters"),
    KEY_INT("hessian.steps", "30", 2, 1000, "steps of Lanczos' iteration"),
    KEY_INT("hessian.starts", "1", 1, 100,
            "its random starts, of an estimated spectrum"),
    KEY_INT("hessian.samples", "4", 2, 1000,
            "of estimated traces: a third of the products of Hutch++ and of "
            "Hutchinson each"),
    KEY_INT("hessian.blocks", "0", 0, 1000,
            "random vectors for each block whose norms are estimated; 0: "
            "blocks only of the whole matrix"),
    KEY_INT("hessian.map", "64", 0, 2000,
            "parameters up to which the entries are stored"),
    KEY_REALS("hessian.scales", "", 1e-4, 100,
              "scales of the tokens at which one layer of attention has its "
              "Hessian taken in closed form; empty for none"),
    KEY_INT("hessian.draws", "20", 1, 1000, "random layers behind its norms"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

typedef struct hessian {
  const iclgd_probe_setup *setup;
  mean_loss loss;
  hessian_blocks blocks;
  hessian_found found;
  bool exact;
} hessian;

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  hessian *s = state;
  const size_t size = setup->model->size;
  s->setup = setup;
  s->exact = size <= iclgd_get_size(setup->settings, "hessian.exact");
  if (!s->exact &&
      iclgd_get_form(setup->settings, "hessian.estimate").choice == 0)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "%zu parameters take a while: hessian.exact=%zu for the "
                      "whole matrix, hessian.estimate=yes for products",
                      size, size);
  TRY(mean_loss_create(setup, &s->loss, err));
  return hessian_blocks_of(setup->model, setup->arena, &s->blocks, err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  hessian *s = state;
  mean_loss *m = &s->loss;
  if (mean_loss_at(m, s->setup->theta)) {
    if (s->exact)
      TRY(hessian_measure_exactly(m, &s->blocks, &s->found, err));
    else
      TRY(hessian_estimate(m, &s->blocks, &s->found, err));
    TRY(hessian_write_found(m, &s->blocks, &s->found, record, err));
  }
  TRY(hessian_write_training(m, s->exact, record, err));
  return hessian_write_scales(s->setup, record, err);
}

const iclgd_probe iclgd_probe_hessian = {
    .name = "hessian",
    .question = "how flat, ill-conditioned and heterogeneous is the loss?",
    .needs = ICLGD_NEEDS_PARAMETERS,
    .keys = &key_set,
    .schema = &iclgd_hessian_schema,
    .view = &iclgd_view_hessian,
    .state_size = sizeof(hessian),
    .begin = begin,
    .finish = finish,
};
