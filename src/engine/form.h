/* One compiled form of the engine: a precision and an instruction set. All
 * forms of a precision give the same bits. */
#ifndef ICLGD_ENGINE_FORM_H
#define ICLGD_ENGINE_FORM_H

#include <iclgd/model.h>

/* Over the prompts of a block: losses, y_query^2, how many were dropped. */
enum { ICLGD_SUM_LOSS, ICLGD_SUM_ZERO, ICLGD_SUM_DROPPED, ICLGD_SUMS };

typedef struct iclgd_engine_form {
  /* Whether prompts come one by one and need room, instead of in lanes. */
  bool (*packs)(const iclgd_prompt_source *source);
  /* Bytes of scratch, aligned to 64. */
  size_t (*bytes)(const iclgd_model *model, const iclgd_prompt_source *source);
  /* Prepares scratch; `group` holds a group of prompts where they are not drawn
   * in lanes. All is borrowed. With `prefixes` the loss is that at every
   * context length (iclgd_model_gradient_by_context). */
  void (*open)(void *scratch, const iclgd_model *model,
               const iclgd_prompt_source *source, const iclgd_prompts *group,
               bool prefixes);
  /* See iclgd_engine_block. */
  void (*block)(void *scratch, const double *theta, const iclgd_loss *loss,
                uint64_t first, size_t count, double *gradient,
                double sums[ICLGD_SUMS]);
  /* Predictions and weights of up to 16 prompts of n points; all three or none,
   * and in double alone. follow_open prepares scratch for follow: prediction
   * (count, depth + 1), or with `by_context` (count, n + 1, depth + 1); w
   * (count, depth + 1, d) of models whose context does not see the query, and
   * tokens (count, depth + 1, n + 1, width) as of the architecture; NULL: not
   * wanted. */
  size_t (*follow_bytes)(const iclgd_model *model, size_t n);
  void (*follow_open)(void *scratch, const iclgd_model *model, size_t n,
                      bool by_context);
  void (*follow)(void *scratch, const double *theta,
                 const iclgd_prompts *prompts, double *w, double *prediction,
                 double *tokens);
  /* Multiply-adds in registers and nothing else, `rounds` of them in each of
   * enough vectors to hide their latency; the flops done. Of the linear model's
   * forms alone. */
  double (*burn)(size_t rounds);
} iclgd_engine_form;

#endif /* ICLGD_ENGINE_FORM_H */
