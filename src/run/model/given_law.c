/* What a file says of the law of its prompts: their covariance, and in the
 * attributes law_x, law_w, law_w_scale, law_noise and law_task of
 * /entry/prompts what the keys prompt.x, prompt.w, prompt.w_scale, prompt.noise
 * and prompt.task would say. */
#include <math.h>
#include <stdio.h>

#include "run/stages.h"

void iclgd_state_law(iclgd_job *job) {
  const iclgd_settings *s = job->settings;
  job->stated =
      (iclgd_stated_law){.x = iclgd_get_form(s, "prompt.x").text,
                         .w = iclgd_get_form(s, "prompt.w").text,
                         .task = iclgd_get_form(s, "prompt.task").text,
                         .w_scale = iclgd_get_real(s, "prompt.w_scale"),
                         .noise = iclgd_get_real(s, "prompt.noise")};
}

iclgd_status iclgd_write_stated_law(iclgd_record *r,
                                    const iclgd_stated_law *law,
                                    iclgd_error *err) {
  if (!law->x) return ICLGD_OK;
  iclgd_record_attr_text(r, "prompts", "law_x", law->x, err);
  iclgd_record_attr_text(r, "prompts", "law_w", law->w, err);
  iclgd_record_attr_text(r, "prompts", "law_task", law->task, err);
  iclgd_record_attr_real(r, "prompts", "law_w_scale", law->w_scale, err);
  return iclgd_record_attr_real(r, "prompts", "law_noise", law->noise, err);
}

static iclgd_status read_attributes(iclgd_job *job, const iclgd_source *s,
                                    iclgd_error *err) {
  iclgd_stated_law *law = &job->stated;
  char *x, *w, *task;
  if (!iclgd_source_has_attr(s, "prompts", "law_x")) return ICLGD_OK;
  law->w_scale = 1;
  law->task = "linear"; /* of files that were made before it was a key */
  TRY(iclgd_source_attr_text(s, "prompts", "law_x", &job->arena, &x, err));
  TRY(iclgd_source_attr_text(s, "prompts", "law_w", &job->arena, &w, err));
  if (iclgd_source_has_attr(s, "prompts", "law_task")) {
    TRY(iclgd_source_attr_text(s, "prompts", "law_task", &job->arena, &task,
                               err));
    law->task = task;
  }
  if (iclgd_source_has_attr(s, "prompts", "law_w_scale"))
    TRY(iclgd_source_attr_real(s, "prompts", "law_w_scale", &law->w_scale,
                               err));
  TRY(iclgd_source_attr_real(s, "prompts", "law_noise", &law->noise, err));
  law->x = x;
  law->w = w;
  return ICLGD_OK;
}

/* The attributes as keys, which checks them; to be freed. */
static iclgd_status as_settings(const iclgd_job *job, const char *file,
                                iclgd_settings **out, iclgd_error *err) {
  const iclgd_stated_law *law = &job->stated;
  char scale[32], noise[32], source[512];
  snprintf(scale, sizeof scale, "%.17g", law->w_scale);
  snprintf(noise, sizeof noise, "%.17g", law->noise);
  const struct {
    const char *attribute, *key, *value;
  } rows[] = {{"law_x", "prompt.x", law->x},
              {"law_w", "prompt.w", law->w},
              {"law_task", "prompt.task", law->task},
              {"law_w_scale", "prompt.w_scale", scale},
              {"law_noise", "prompt.noise", noise}};
  iclgd_error why;
  *out = NULL;
  iclgd_status status = iclgd_settings_create(&iclgd_prompt_keys, 1, out, &why);
  for (size_t i = 0; !status && i < sizeof rows / sizeof *rows; ++i) {
    snprintf(source, sizeof source, "%s: /entry/prompts, attribute %s", file,
             rows[i].attribute);
    status = iclgd_settings_set(*out, rows[i].key, rows[i].value, source, &why);
  }
  if (status == ICLGD_EUSAGE) status = ICLGD_EINPUT;
  return status ? iclgd_fail(err, status, "%s", why.text) : ICLGD_OK;
}

static iclgd_status check_symmetric(const char *file, const double *Sigma,
                                    size_t d, iclgd_error *err) {
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < i; ++j)
      if (!(fabs(Sigma[i * d + j] - Sigma[j * d + i]) <=
            1e-9 * (fabs(Sigma[i * d + i]) + fabs(Sigma[j * d + j]))))
        return iclgd_fail(err, ICLGD_EINPUT,
                          "%s: /entry/prompts/covariance: expected a symmetric "
                          "matrix, found %g and %g at row %zu, column %zu "
                          "and across",
                          file, Sigma[i * d + j], Sigma[j * d + i], i + 1,
                          j + 1);
  return ICLGD_OK;
}

iclgd_status iclgd_read_given_law(iclgd_job *job, const iclgd_source *source,
                                  iclgd_error *err) {
  const char *file = iclgd_source_path(source);
  const iclgd_prompts *p = &job->given.all;
  iclgd_settings *law = NULL;
  bool known = false;
  iclgd_status status = read_attributes(job, source, err);
  if (!status && job->stated.x) status = as_settings(job, file, &law, err);
  if (!status && job->Sigma)
    status = check_symmetric(file, job->Sigma, p->d, err);
  if (!status && job->Sigma)
    status = iclgd_distribution_given(law, p->n, p->d, job->Sigma, p->U != NULL,
                                      &job->arena, &job->law, &known, err);
  if (!status && known) job->dist = &job->law;
  iclgd_settings_free(law);
  return status;
}
