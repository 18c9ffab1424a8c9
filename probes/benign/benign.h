/* Benign overfitting in parts: models that are trained on few prompts with
 * noisy labels, and what they lose on those and on fresh ones. */
#ifndef ICLGD_PROBES_BENIGN_H
#define ICLGD_PROBES_BENIGN_H

#include <iclgd/comparisons.h>
#include <iclgd/probe.h>

enum { ICLGD_BENIGN_MOST = 16 }; /* noises, pools and variants, of each */

/* The choices: laws by noise, sizes of the training pool (0: endless), words of
 * model.* keys by variant. */
typedef struct iclgd_benign {
  const iclgd_probe_setup *setup;
  size_t noises, pools, variants, prompts;
  const double *noise, *pool;
  const char *words[ICLGD_BENIGN_MOST];
  iclgd_model model[ICLGD_BENIGN_MOST];
  iclgd_settings *settings[ICLGD_BENIGN_MOST]; /* of the variants */
} iclgd_benign;

/* What one training left: mean squared errors with noisy labels on its own and
 * on fresh prompts, and without noise on these. */
typedef struct iclgd_benign_cell {
  iclgd_moments train, fresh, clean;
  bool measurable; /* rare prompts do not carry the loss on fresh ones */
  bool diverged;
} iclgd_benign_cell;

/* The models of the variants, "attention=linear width=8 | attention=softmax";
 * settings are to be freed by iclgd_benign_close, on failure too. */
iclgd_status iclgd_benign_models(iclgd_benign *s, iclgd_error *err);
void iclgd_benign_close(iclgd_benign *s);

/* Train and measure one variant. */
iclgd_status iclgd_benign_run(const iclgd_benign *s, size_t noise, size_t pool,
                              size_t variant, iclgd_benign_cell *out,
                              iclgd_error *err);

#endif /* ICLGD_PROBES_BENIGN_H */
