/* From keys to the shape of a transformer, and from the shape to its arrays. */
#ifndef ICLGD_MODEL_TRANSFORMER_SHAPE_H
#define ICLGD_MODEL_TRANSFORMER_SHAPE_H

#include <iclgd/architecture.h>

extern const iclgd_key_set iclgd_transformer_keys;
extern const iclgd_schema iclgd_transformer_schema;

/* The capability `shape`. */
iclgd_status iclgd_transformer_shape(const iclgd_settings *settings,
                                     iclgd_model *model, iclgd_error *err);

/* The capability `construct` (construct.c). */
iclgd_status iclgd_transformer_construct(const iclgd_model *model, double eta,
                                         double *theta, iclgd_error *err);

/* The capability `kernel` (construct.c). */
bool iclgd_transformer_kernel(const iclgd_model *model,
                              struct iclgd_kernel *out);

/* Whether any head of any layer is of this kind. */
bool iclgd_transformer_has_kind(const iclgd_transformer *shape,
                                iclgd_attention_kind kind);

/* ICLGD_ERANGE where tables of positions end before prompts of n points do
 * (scratch.c). */
iclgd_status iclgd_transformer_check_context(const iclgd_model *model, size_t n,
                                             iclgd_error *err);

/* The capability `damp` (damp.c). */
bool iclgd_transformer_damp(const iclgd_model *model, double factor,
                            double *theta);

/* The capability `symmetries` (symmetries.c). */
void iclgd_transformer_symmetries(const iclgd_model *model, iclgd_arena *arena,
                                  iclgd_symmetries *out);

/* The capability `without_shortcuts`. */
bool iclgd_transformer_without_shortcuts(const iclgd_model *model,
                                         iclgd_model *out);

/* How initial entries spread: model.init_law. */
typedef enum iclgd_init_law {
  ICLGD_INIT_GPT2,  /* 1; what writes to the states 1 / sqrt(2 layers) */
  ICLGD_INIT_FAN_IN /* 1 / sqrt(columns) */
} iclgd_init_law;

/* Add the arrays of the choices in model->transformer, and note where they
 * begin (arrays.c). */
void iclgd_transformer_add_arrays(iclgd_model *model, iclgd_init_law law);

#endif /* ICLGD_MODEL_TRANSFORMER_SHAPE_H */
