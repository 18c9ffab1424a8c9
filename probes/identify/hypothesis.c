/* A hypothesis: a family with parameters, followed on prompts from the zero
 * predictor (w_0 = 0). Which of the families apply, and where their parameters
 * stand in the hyperparameters of an algorithm. */
#include "probes/identify/parts.h"

#include <math.h>
#include <string.h>

static const iclgd_path *path_named(const iclgd_probe_setup *setup,
                                    const char *name) {
  for (size_t p = 1; name && p < setup->n_paths; ++p)
    if (strcmp(setup->paths[p].name, name) == 0) return &setup->paths[p];
  return NULL;
}

/* Whether there is the kernel that the family needs, which is then *out. */
static bool find_kernel(const identify_family *family,
                        const iclgd_probe_setup *setup, iclgd_kernel *out) {
  const iclgd_model *model = setup->paths[0].model;
  if (family->kind == IDENTIFY_SCORES)
    return model && model->architecture->kernel &&
           model->architecture->kernel(model, out) && out->form == family->form;
  const iclgd_path *path = path_named(setup, family->algorithm);
  if (path) *out = *path->hyper.kernel;
  return path;
}

static bool has_kernel(const identify_family *family) {
  return family->kind == IDENTIFY_KERNEL || family->kind == IDENTIFY_SCORES;
}

/* Methods with a kernel are held against predictions alone. */
static bool applies(const identify_family *family,
                    const iclgd_probe_setup *setup,
                    const identify_sample *sample) {
  iclgd_kernel unused;
  if (setup->depth < family->least_depth) return false;
  if (family->whitened && !sample->whitened) return false;
  if (has_kernel(family))
    return !sample->weights && setup->n <= IDENTIFY_KERNEL_POINTS &&
           find_kernel(family, setup, &unused);
  if (family->kind == IDENTIFY_MATRIX) /* with d = 1 a step size */
    return setup->d > 1 && iclgd_path_has_weights(&setup->paths[0]);
  /* the Bayes penalty is known to the algorithm alone */
  return strcmp(family->name, "ridge") != 0 || path_named(setup, "ridge");
}

const identify_knob *iclgd_identify_knob(const identify_hypothesis *h, size_t i,
                                         size_t *layer) {
  const size_t L = h->family->per_layer ? h->hyper.n_eta : 1;
  *layer = h->family->per_layer ? i % L + 1 : 0;
  return &h->family->knobs[i / L];
}

static double unit_of(const identify_hypothesis *h,
                      const identify_sample *sample,
                      const identify_knob *knob) {
  const double curvature = sample->views[h->view].curvature;
  switch (knob->unit) {
    case IDENTIFY_STEP:
      return 1 / curvature;
    case IDENTIFY_CURVATURE:
      return curvature;
    case IDENTIFY_POINT_STEP:
      return 1 / (curvature * (double)sample->d);
    case IDENTIFY_KERNEL_STEP:
      return 1 / h->trace;
    case IDENTIFY_KERNEL_CURVATURE:
      return h->trace;
    case IDENTIFY_PRODUCT:
      return curvature * sqrt((double)sample->d);
    default:
      return 1;
  }
}

double iclgd_identify_value(const identify_hypothesis *h,
                            const identify_sample *sample, size_t i, double z) {
  size_t layer;
  const identify_knob *knob = iclgd_identify_knob(h, i, &layer);
  return unit_of(h, sample, knob) * (knob->logarithmic ? exp(z) : z);
}

static double *slot_of(const iclgd_hyper *hyper, identify_slot slot) {
  switch (slot) {
    case IDENTIFY_GAMMA:
      return hyper->gamma;
    case IDENTIFY_BETA:
      return hyper->beta;
    default:
      return hyper->eta;
  }
}

/* The value of a parameter, of layer `at` where it has one for each. */
static double value_in(const iclgd_hyper *hyper, identify_slot slot,
                       size_t at) {
  switch (slot) {
    case IDENTIFY_SCALE:
      return hyper->own[0];
    case IDENTIFY_LAMBDA:
      return hyper->lambda;
    case IDENTIFY_KERNEL_SCALE:
      return hyper->kernel->scale;
    default:
      return slot_of(hyper, slot)[at];
  }
}

static void set_value(identify_hypothesis *h, identify_slot slot, size_t at,
                      double value) {
  switch (slot) {
    case IDENTIFY_SCALE:
      h->hyper.own[0] = value;
      break;
    case IDENTIFY_LAMBDA:
      h->hyper.lambda = value;
      break;
    case IDENTIFY_KERNEL_SCALE:
      h->kernel->scale = value;
      break;
    default:
      slot_of(&h->hyper, slot)[at] = value;
  }
}

/* GD++: the last layer's gamma is no parameter and stays 0. */
void iclgd_identify_apply(const identify_hypothesis *h,
                          const identify_sample *sample) {
  identify_hypothesis *own = (identify_hypothesis *)(uintptr_t)h;
  for (size_t i = 0; i < h->n_z; ++i) {
    size_t layer;
    const identify_knob *knob = iclgd_identify_knob(h, i, &layer);
    set_value(own, knob->slot, layer > 0 ? layer - 1 : 0,
              iclgd_identify_value(h, sample, i, h->z[i]));
  }
}

/* The same parameters of the algorithm that is best for the loss. */
static void set_optimum(const iclgd_probe_setup *setup,
                        identify_hypothesis *h) {
  const iclgd_path *path = path_named(setup, h->family->optimum);
  const size_t d = setup->d;
  for (size_t i = 0; i < h->n_parameters; ++i) h->optimal[i] = NAN;
  if (!path || path->algorithm->choose == NULL) return;
  if (h->family->kind == IDENTIFY_MATRIX) {
    if (path->hyper.M && setup->depth == 1)
      memcpy(h->optimal, path->hyper.M, d * d * sizeof *h->optimal);
    return;
  }
  for (size_t i = 0; i < h->n_z; ++i) {
    size_t layer;
    const identify_knob *knob = iclgd_identify_knob(h, i, &layer);
    h->optimal[i] =
        value_in(&path->hyper, knob->slot, layer > 0 ? layer - 1 : 0);
  }
}

static size_t search_size(const identify_family *family, size_t depth) {
  if (!family->knobs[0].name) return 0;
  const size_t knobs = family->knobs[1].name ? 2 : 1;
  return family->per_layer ? knobs * depth - (knobs - 1) : knobs;
}

static iclgd_status take_parameters(const iclgd_probe_setup *setup,
                                    identify_hypothesis *h, iclgd_error *err) {
  const identify_family *family = h->family;
  iclgd_arena *arena = setup->arena;
  const size_t depth = setup->depth, d = setup->d;
  const bool matrix = family->kind == IDENTIFY_MATRIX;
  const size_t own = family->per_layer ? depth : 1;
  h->n_z = search_size(family, depth);
  h->n_parameters = matrix ? own * d * d : h->n_z;
  h->z = iclgd_arena_reals(arena, h->n_z, 1, 1);
  h->value = iclgd_arena_reals(arena, h->n_parameters, 1, 1);
  h->low = iclgd_arena_reals(arena, h->n_parameters, 1, 1);
  h->high = iclgd_arena_reals(arena, h->n_parameters, 1, 1);
  h->optimal = iclgd_arena_reals(arena, h->n_parameters, 1, 1);
  h->hyper.n_eta = h->hyper.n_gamma = h->hyper.n_beta = own;
  h->hyper.eta = iclgd_arena_reals(arena, own, 1, 1);
  h->hyper.gamma = iclgd_arena_reals(arena, own, 1, 1);
  h->hyper.beta = iclgd_arena_reals(arena, own, 1, 1);
  const iclgd_status status = iclgd_arena_status(arena, err, "identify");
  if (matrix && !status) {
    h->hyper.M = h->value;
    h->hyper.n_M = own;
    h->hyper.n_eta = 1;
    h->hyper.eta[0] = 1;
  }
  return status;
}

/* Its kernel, of scores at a scale that products of two inputs have, and the
 * mean k(x, x) over context points; rows of softmax have the sum 1, of which
 * a step takes 1/n. */
static iclgd_status take_kernel(const iclgd_probe_setup *setup,
                                const identify_sample *sample,
                                identify_hypothesis *h, iclgd_error *err) {
  double sum = 0;
  iclgd_kernel *kernel = iclgd_arena_take(setup->arena, 1, sizeof *kernel);
  if (!kernel) return iclgd_fail_memory(err, "identify");
  find_kernel(h->family, setup, kernel);
  if (h->family->kind == IDENTIFY_SCORES)
    kernel->scale =
        sample->views[IDENTIFY_PLAIN].curvature * sqrt((double)sample->d);
  h->hyper.kernel = h->kernel = kernel;
  h->trace = 1 / (double)sample->n;
  if (!iclgd_kernel_is_symmetric(kernel)) return ICLGD_OK;
  for (size_t i = 0; i < sample->count; ++i)
    for (size_t k = 0; k < sample->n; ++k) {
      const double *x = sample->problems[i].prompt.x + k * sample->d;
      sum += iclgd_kernel_at(kernel, x, x, sample->d);
    }
  h->trace = sum > 0 ? sum / (double)(sample->count * sample->n) : 1;
  return ICLGD_OK;
}

/* The indices of the bases that apply too, and the next wave. */
static void find_bases(const identify_hypothesis *all, size_t count,
                       identify_hypothesis *h) {
  for (size_t b = 0; b < IDENTIFY_BASES && h->family->bases[b]; ++b)
    for (size_t k = 0; k < count; ++k) {
      if (strcmp(all[k].family->name, h->family->bases[b]) != 0) continue;
      h->bases[h->n_bases++] = k;
      if (h->wave <= all[k].wave) h->wave = all[k].wave + 1;
    }
}

/* What the architecture is, whatever its weights are; NULL: no row. */
static const char *construction(const iclgd_probe_setup *setup) {
  const iclgd_model *model = setup->paths[0].model;
  if (!model || !model->linear) return NULL;
  const bool tied = model->layers == 1;
  if (model->linear->scalar || (model->d == 1 && iclgd_model_descends(model)))
    return tied ? "gd" : "gd_per_layer";
  if (iclgd_model_descends(model) ||
      (!model->linear->whole && setup->depth == 1))
    return tied ? "matrix" : "matrix_per_layer";
  return NULL;
}

static void mark_construction(const iclgd_probe_setup *setup,
                              const identify_hypothesis *all,
                              identify_hypothesis *h) {
  const char *name = construction(setup);
  h->by_construction = name && strcmp(name, h->family->name) == 0;
  for (size_t b = 0; b < h->n_bases; ++b)
    h->by_construction |= all[h->bases[b]].by_construction;
}

iclgd_status iclgd_identify_hypotheses(const iclgd_probe_setup *setup,
                                       const identify_sample *sample,
                                       identify_hypothesis **out, size_t *count,
                                       iclgd_error *err) {
  size_t rows;
  const identify_family *families = iclgd_identify_families(&rows);
  identify_hypothesis *all = iclgd_arena_take(setup->arena, rows, sizeof *all);
  if (!all) return iclgd_fail_memory(err, "identify");
  *count = 0;
  for (size_t i = 0; i < rows; ++i) {
    const identify_family *family = &families[i];
    if (!applies(family, setup, sample)) continue;
    identify_hypothesis *h = &all[*count];
    *h = (identify_hypothesis){
        .family = family,
        .view = family->whitened ? IDENTIFY_WHITENED : IDENTIFY_PLAIN,
        .steps = family->steps > 0 ? family->steps : 1,
        .layers = family->layers > 0 ? family->layers : 1,
        .filter = family->filter};
    if (family->algorithm)
      h->algorithm = iclgd_algorithm_named(family->algorithm);
    if (family->kind == IDENTIFY_FILTER && !h->filter)
      h->filter = h->algorithm->filter;
    TRY(take_parameters(setup, h, err));
    if (has_kernel(family)) TRY(take_kernel(setup, sample, h, err));
    const iclgd_path *given = path_named(setup, family->algorithm);
    if (family->kind == IDENTIFY_GIVEN && given) h->hyper = given->hyper;
    find_bases(all, *count, h);
    mark_construction(setup, all, h);
    set_optimum(setup, h);
    ++*count;
  }
  *out = all;
  return ICLGD_OK;
}
