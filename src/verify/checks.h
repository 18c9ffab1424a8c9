/* The checks behind the rows of table.c, a file for each source. */
#ifndef ICLGD_VERIFY_CHECKS_H
#define ICLGD_VERIFY_CHECKS_H

#include "verify.h"

/* A check as iclgd_claim wants it. */
#define CHECK(name)                                                    \
  iclgd_status iclgd_check_##name(iclgd_trial *t, iclgd_evidence *out, \
                                  iclgd_error *err)

CHECK(o1_loss);
CHECK(o1_minimiser);
CHECK(o1_isotropic);
CHECK(o1_transfer);
CHECK(o1_seen);
CHECK(o1_new);
CHECK(o1_trained);
CHECK(o1_rotated);
CHECK(o1_exponential);
CHECK(o1_shift);
CHECK(o1_pool_limit);
CHECK(o2_moments);
CHECK(o3_gd);
CHECK(o3_whitened);
CHECK(o3_gdpp);
CHECK(o3_gdpp_exact);
CHECK(o3_newton);
CHECK(o4_loss);
CHECK(o4_steps);
CHECK(o4_sampled);
CHECK(o4_prompts);
CHECK(o4_limit);
CHECK(o4_limit_steps);
CHECK(o4_trained);
CHECK(o5_loss);
CHECK(o5_step);
CHECK(o5_curve);
CHECK(o5_limit);
CHECK(o5_long_context);
CHECK(o5_trained);
CHECK(o3_decay);
CHECK(o6_two_tasks);
CHECK(o6_ridge);
CHECK(o6_least_squares);
CHECK(o7_mean);
CHECK(o7_median);
CHECK(o7_share);
CHECK(o8_frozen);
CHECK(o8_limit);
CHECK(o8_planes);
CHECK(o8_curvature);
CHECK(o8_trained);
CHECK(o9_untied);
CHECK(o9_tied);
CHECK(o9_frozen);
CHECK(zhang_logistic);
CHECK(zhang_gamma);
CHECK(zhang_trained);
CHECK(mahankali_step);
CHECK(gatmiry_flow);
CHECK(gatmiry_time);
CHECK(gatmiry_dominance);
CHECK(vonoswald_shared);
CHECK(vonoswald_per_step);
CHECK(vonoswald_gdpp_shared);
CHECK(vonoswald_gdpp);
CHECK(vonoswald_gdpp_frozen);
CHECK(vonoswald_gamma);
CHECK(vonoswald_trained);
CHECK(ahn_steps);
CHECK(ahn_trained);
CHECK(ahn_B);
CHECK(ahn_lbfgs);
CHECK(fu_kappa);
CHECK(fu_steps);
CHECK(fu_scale);
CHECK(yang_window);
CHECK(yang_averaging);
CHECK(yang_least_squares);
CHECK(akyurek_agreement);

#endif /* ICLGD_VERIFY_CHECKS_H */
