/* A model from its keys: shape, table of arrays, initial parameters. */
#include <iclgd/architecture.h>

#include <string.h>

#include "base/nearest.h"

static const iclgd_key keys[] = {
    KEY_TEXT("model.architecture", "linear",
             "how it computes: linear (linear self-attention) or transformer"),
    KEY_INT("model.layers", "1", 1, 256, "distinct layers"),
    KEY_INT("model.loops", "1", 1, 4096,
            "times the stack of layers is repeated; depth = layers x loops"),
    KEY_FORM_IN(
        "model.init", "normal", "normal|zero|gd:real|file:path", 0, 1e6,
        "initial weights: random, zero, every layer exactly a GD step of this "
        "size (of a transformer, on functions: f += eta sum_i p_i r_i, p the "
        "weights of attention with scores x_i.x, r the residuals), or those of "
        "the model in a file"),
    KEY_REAL("model.init_scale", "0.02", 0, 100,
             "standard deviation of random initial weights"),
};

const iclgd_key_set iclgd_model_keys = KEY_SET(keys);

enum { INIT_NORMAL, INIT_ZERO, INIT_GD, INIT_FILE };

static iclgd_status find_architecture(const iclgd_settings *settings,
                                      const iclgd_architecture **out,
                                      iclgd_error *err) {
  const char *name = iclgd_get_text(settings, "model.architecture");
  size_t count;
  const iclgd_architecture *const *all = iclgd_architectures(&count);
  iclgd_nearest near = iclgd_nearest_to(name);
  *out = iclgd_architecture_named(name);
  for (size_t i = 0; i < count; ++i) iclgd_nearest_try(&near, all[i]->name);
  if (*out) return ICLGD_OK;
  if (strcmp(name, iclgd_outside_architecture.name) == 0)
    return iclgd_settings_reject(settings, "model.architecture", err,
                                 "such a model runs elsewhere: what it "
                                 "predicts comes by `iclgd probe "
                                 "--trajectories FILE`");
  return iclgd_settings_reject(settings, "model.architecture", err,
                               "no such architecture%s (%s: %s%s)",
                               iclgd_nearest_phrase(&near), all[0]->name,
                               all[0]->description, count > 1 ? ", ..." : "");
}

static bool reads(const iclgd_architecture *a, const char *name) {
  for (size_t k = 0; a->keys && k < a->keys->count; ++k)
    if (strcmp(a->keys->keys[k].name, name) == 0) return true;
  return false;
}

/* Keys of an architecture that was not asked for are not read: who sets one has
 * forgotten model.architecture. */
static iclgd_status check_keys(const iclgd_settings *settings,
                               const iclgd_architecture *chosen,
                               iclgd_error *err) {
  size_t count;
  const iclgd_architecture *const *all = iclgd_architectures(&count);
  if (iclgd_settings_is_set(settings, "model.architecture")) return ICLGD_OK;
  for (size_t i = 0; i < count; ++i)
    for (size_t k = 0; all[i] != chosen && k < iclgd_settings_count(settings);
         ++k) {
      const char *name = iclgd_settings_key(settings, k)->name;
      if (iclgd_settings_is_set(settings, name) && reads(all[i], name))
        return iclgd_settings_reject(
            settings, name, err,
            "is read with model.architecture=%s alone, and that is not set",
            all[i]->name);
    }
  return ICLGD_OK;
}

iclgd_status iclgd_model_from_settings(const iclgd_settings *settings,
                                       const iclgd_architecture *architecture,
                                       size_t d, iclgd_model *out,
                                       iclgd_error *err) {
  iclgd_status status = ICLGD_OK;
  if (!architecture) {
    status = find_architecture(settings, &architecture, err);
    if (!status) status = check_keys(settings, architecture, err);
  }
  if (status) return status;
  *out = (iclgd_model){.architecture = architecture,
                       .d = d,
                       .layers = iclgd_get_size(settings, "model.layers"),
                       .loops = iclgd_get_size(settings, "model.loops")};
  return architecture->shape(settings, out, err);
}

/* In the order of theta: the numbers of a layer are neighbours. */
static void draw(const iclgd_model *model, double scale, iclgd_stream *stream,
                 double *theta) {
  for (size_t l = 0; l <= model->layers; ++l)
    for (size_t k = 0; k < model->n_arrays; ++k) {
      const iclgd_array *array = &model->arrays[k];
      if (array->by_layer != (l < model->layers)) continue;
      double *entry = theta + array->offset + l * array->stride;
      for (size_t i = 0; i < iclgd_array_size(array); ++i)
        entry[i] = array->centre +
                   array->spread * scale * (double)iclgd_stream_normal(stream);
    }
}

static iclgd_status construct(const iclgd_model *model,
                              const iclgd_settings *settings, double eta,
                              double *theta, iclgd_error *err) {
  const iclgd_architecture *architecture = model->architecture;
  iclgd_error why = {0};
  if (!architecture->construct)
    return iclgd_settings_reject(settings, "model.init", err,
                                 "the architecture %s has no construction of "
                                 "gradient descent",
                                 architecture->name);
  const iclgd_status status = architecture->construct(model, eta, theta, &why);
  if (status == ICLGD_EUSAGE)
    return iclgd_settings_reject(settings, "model.init", err, "%s", why.text);
  return status ? iclgd_fail(err, status, "%s", why.text) : ICLGD_OK;
}

iclgd_status iclgd_model_initialise(const iclgd_model *model,
                                    const iclgd_settings *settings,
                                    uint64_t seed, iclgd_arena *arena,
                                    double **theta, iclgd_error *err) {
  const iclgd_architecture *architecture = model->architecture;
  const iclgd_form init = iclgd_get_form(settings, "model.init");
  *theta = iclgd_arena_reals(arena, model->size, 1, 1);
  if (!*theta) return iclgd_fail_memory(err, "the parameters");
  if (init.choice == INIT_ZERO || init.choice == INIT_FILE) return ICLGD_OK;
  if (init.choice == INIT_GD)
    return construct(model, settings, init.values[0], *theta, err);
  iclgd_stream stream;
  iclgd_stream_seed(&stream, seed, ICLGD_STREAM_INIT, 0);
  draw(model, iclgd_get_real(settings, "model.init_scale"), &stream, *theta);
  if (architecture->settle) architecture->settle(model, *theta);
  return ICLGD_OK;
}

iclgd_status iclgd_model_use_sampler(const iclgd_model *model, bool by_context,
                                     const iclgd_settings *settings,
                                     iclgd_arena *arena,
                                     iclgd_distribution *law,
                                     iclgd_error *err) {
  if (model->linear && !by_context)
    return iclgd_distribution_use_sampler(settings, arena, law, err);
  const char *sampler = iclgd_get_form(settings, "prompt.sampler").text;
  if (strcmp(sampler, "wishart") != 0) return ICLGD_OK;
  if (by_context)
    return iclgd_settings_reject(settings, "prompt.sampler", err,
                                 "a loss at every context length needs the "
                                 "points themselves: tokens");
  return iclgd_settings_reject(settings, "prompt.sampler", err,
                               "a model that sees its tokens one by one is "
                               "trained on tokens (architecture %s)",
                               model->architecture->name);
}

bool iclgd_model_damp(const iclgd_model *model, double factor, double *theta) {
  const iclgd_architecture *architecture = model->architecture;
  return architecture->damp && architecture->damp(model, factor, theta);
}
