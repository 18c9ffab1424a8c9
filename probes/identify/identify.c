/* Which algorithm is the model, with which parameters?
 *
 * Every family of algorithms with parameters (table.c) is fitted to
 * the predictions of path 0 on the tuning prompts (fit.c,
 * matrix.c), not to the loss, and then followed from the zero
 * predictor on the prompts that are fed:
 *   unexplained_l = mean (yhat_l - yhat_h,s(l))^2 / mean yhat_l^2
 * for layers l and steps s(l) = stride l: 1 for the zero predictor, 0 where the
 * model is the hypothesis. Where Sigma is known the mean over the query is
 * exact (`measured` = weights), else it is the prompt's own query
 * (predictions). Which one is chosen: choose.c. */
#include <math.h>

#include "probes/identify/parts.h"
#include "probes/views.h"

static const iclgd_key keys[] = {
    KEY_INT("identify.prompts", "1000", 2, 1e6,
            "prompts on which hypotheses are held against the model"),
    KEY_INT("identify.tune_prompts", "300", 2, 1e6,
            "held-out prompts for fitting them to the model"),
    KEY_REAL("identify.tolerance", "0.005", 1e-10, 0.25,
             "unexplained share of the mean square of the predictions up to "
             "which a model is the same as an algorithm"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP_PLOT("identify", "overall", "hypothesis",
               "share of the model that a hypothesis leaves unexplained",
               "algorithms fitted to the model's predictions on tuning "
               "prompts, held against them on those that are probed"),
    GROUP_PLOT("identify_fit/<hypothesis>", "value", "parameter",
               "fitted parameters",
               "a parameter per layer stands for layer 1 first; matrices are "
               "flattened as (layer, row, column)"),
};

static const iclgd_dataset datasets[] = {
    DATA_TEXT("identify/name", "hypothesis", "name",
              "of the hypothesis, as in identify_fit"),
    DATA_TEXT("identify/title", "hypothesis", "title", "of the hypothesis"),
    DATA_INT("identify/parameters", "hypothesis", "fitted parameters",
             "how many were fitted to the model's predictions"),
    DATA_REAL("identify/stride", "hypothesis", "steps per layer",
              "layer l stands beside step stride * l"),
    DATA_INT("identify/by_construction", "hypothesis",
             "true whatever the weights are",
             "1 where the architecture is an instance of it by construction, "
             "else 0"),
    DATA_TEXT(
        "identify/extends", "hypothesis", "special cases",
        "names of the hypotheses that it holds as special cases, with commas"),
    DATA_TEXT("identify/algorithm", "hypothesis", "algorithm",
              "the reference algorithm of this family, with the parameters "
              "that are best for the loss; empty where there is none"),
    DATA_REAL("identify/unexplained", "hypothesis,layer", "unexplained share",
              "mean squared difference of predictions over that of the zero "
              "predictor; NaN at layer 0 and where no step falls on a layer"),
    DATA_REAL("identify/unexplained_errors", "hypothesis,layer",
              "standard error of `unexplained`", "delta method over prompts"),
    DATA_REAL("identify/overall", "hypothesis",
              "unexplained share, mean over layers",
              "over the layers compared"),
    DATA_REAL("identify/overall_errors", "hypothesis",
              "standard error of `overall`", "delta method over prompts"),
    DATA_REAL("identify/excess", "hypothesis",
              "`overall` less that of the chosen one", "negative: leaves less"),
    DATA_REAL("identify/excess_errors", "hypothesis",
              "standard error of `excess`",
              "paired, delta method over prompts"),
    DATA_REAL("identify/apart", "hypothesis,other", "distance of hypotheses",
              "mean squared difference of their predictions over the mean "
              "square of the model's, mean over layers; small: not told apart "
              "on these prompts"),
    DATA_INT("identify_fit/<hypothesis>/parameter", "parameter", "parameter",
             "index"),
    DATA_TEXT("identify_fit/<hypothesis>/parameter_name", "parameter", "name",
              "of the parameter, with its layer where it has one"),
    DATA_REAL("identify_fit/<hypothesis>/value", "parameter", "fitted value",
              "closest to the model's predictions"),
    DATA_REAL("identify_fit/<hypothesis>/low", "parameter",
              "lower end of the 95% interval", "NaN: not determined"),
    DATA_REAL("identify_fit/<hypothesis>/high", "parameter",
              "upper end of the 95% interval", "NaN: not determined"),
    DATA_REAL("identify_fit/<hypothesis>/optimal", "parameter",
              "value that is best for the loss",
              "as the reference algorithm chose it; NaN where there is none"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

typedef struct identify {
  const iclgd_probe_setup *setup;
  identify_setter *setters;
  identify_sample sample; /* the part of a block that is on */
  identify_hypothesis *hypotheses;
  size_t count;
  identify_scratch *scratches; /* (threads) */
  double *out;                 /* (hypotheses, layers, room, m) */
  identify_measured measured;
  size_t excluded, fitted;
} identify;

enum { MEMORY = 8000000 }; /* numbers in the larger arrays */

/* As many as asked for, up to `numbers` of them with `each`; 2 at least. */
static size_t at_most(size_t wanted, size_t numbers, size_t each) {
  const size_t most = numbers / each;
  return wanted < most ? wanted : most > 2 ? most : 2;
}

/* Prompts to fit on, of those offered: residuals enough for some 20 parameters,
 * and for long paths not so many that searching takes long. */
static size_t fit_size(const iclgd_probe_setup *setup, size_t offered) {
  enum { RESIDUALS = 12000, LEAST = 100 };
  const size_t d = setup->d, L = setup->depth;
  const size_t some = at_most(offered, RESIDUALS, L * d);
  const size_t wanted = some > LEAST ? some : LEAST;
  return at_most(wanted < offered ? wanted : offered, MEMORY / 4,
                 iclgd_problem_work(d) + 2 * d * d + 20 * L * d);
}

/* Prompts for methods with a kernel, whose matrix takes n^2 numbers each. */
static size_t few_size(const identify *s, size_t most) {
  enum { ENTRIES = 30000, LEAST = 30 };
  bool any = false;
  for (size_t h = 0; h < s->count; ++h) any |= s->hypotheses[h].kernel != NULL;
  const size_t fit = ENTRIES / (s->setup->n * s->setup->n);
  const size_t some = fit > LEAST ? fit : LEAST;
  return !any ? 0 : some < most ? some : most;
}

/* Samples from tuning prompt `first` on, in the units of another. */
static iclgd_status take_sample(identify *s, size_t first, size_t count,
                                const identify_sample *units,
                                iclgd_arena *arena, identify_sample *out,
                                iclgd_error *err) {
  size_t unused = 0;
  iclgd_identify_sample_create(s->setup, count, true, arena, out);
  if (iclgd_arena_status(arena, err, "identify")) return ICLGD_ENOMEM;
  iclgd_identify_sample_tune(s->setup, s->setters, first, out,
                             first > 0 ? &s->excluded : &unused);
  for (size_t v = 0; v < IDENTIFY_VIEWS; ++v)
    out->views[v].curvature = units->views[v].curvature;
  return ICLGD_OK;
}

static iclgd_status fit(identify *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  iclgd_arena arena = {0};
  identify_sample sample, few = {0}, check;
  const size_t wanted =
      iclgd_get_size(setup->settings, "identify.tune_prompts");
  const size_t given = setup->tune->count;
  const size_t limit = fit_size(setup, wanted < given ? wanted : given);
  iclgd_identify_sample_create(setup, limit, true, &arena, &sample);
  iclgd_status status = iclgd_arena_status(&arena, err, "identify");
  if (!status) {
    iclgd_identify_sample_tune(setup, s->setters, 0, &sample, &s->excluded);
    s->fitted = sample.count;
    status = take_sample(s, limit, 3 * limit, &sample, &arena, &check, err);
  }
  if (!status)
    status = iclgd_identify_hypotheses(setup, &sample, &s->hypotheses,
                                       &s->count, err);
  if (!status && few_size(s, limit) > 0) /* the first ones of the sample */
    status = take_sample(s, 0, few_size(s, limit), &sample, &arena, &few, err);
  if (!status)
    status = iclgd_identify_fit(setup, &sample, &few, &check, s->hypotheses,
                                s->count, err);
  if (!status)
    status = iclgd_identify_fit_matrices(setup, s->setters, s->hypotheses,
                                         s->count, err);
  iclgd_arena_free(&arena);
  return status;
}

static iclgd_status take_memory(identify *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t d = setup->d, L = setup->depth, H = s->count;
  const size_t threads = iclgd_pool_threads(setup->pool);
  const size_t part = at_most(64, MEMORY, (H * L + 3 * d) * d);
  iclgd_arena *arena = setup->arena;
  identify_measured *m = &s->measured;
  *m = (identify_measured){.hypotheses = H, .layers = L};
  m->limit =
      at_most(iclgd_probe_prompts(setup, "identify.prompts"), MEMORY, H * L);
  m->error = iclgd_arena_reals(arena, H, m->limit, L);
  m->square = iclgd_arena_reals(arena, m->limit, L, 1);
  m->apart = iclgd_arena_reals(arena, H, H, L);
  iclgd_identify_sample_create(setup, part, false, arena, &s->sample);
  s->out = iclgd_arena_reals(arena, H * L, part, s->sample.m);
  s->scratches = iclgd_arena_take(arena, threads, sizeof *s->scratches);
  for (size_t t = 0; s->scratches && t < threads; ++t)
    iclgd_identify_scratch_create(&s->sample, arena, &s->scratches[t]);
  return iclgd_arena_status(arena, err, "identify");
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  enum { MOST_LAYERS = 256, MOST_FEATURES = 64 }; /* else it takes minutes */
  if (setup->depth > MOST_LAYERS)
    return iclgd_fail(err, ICLGD_ERANGE, "more than %d layers", MOST_LAYERS);
  if (setup->d > MOST_FEATURES)
    return iclgd_fail(err, ICLGD_ERANGE, "more than %d features",
                      MOST_FEATURES);
  identify *s = state;
  s->setup = setup;
  TRY(iclgd_identify_setters(setup, &s->setters, err));
  TRY(fit(s, err));
  return take_memory(s, err);
}

/* Beyond this a prompt's squares can no longer be summed and squared. */
static double bounded(double square) {
  return square < 1e100 ? square : 1e100;
}

static void follow(void *context, size_t h, size_t thread) {
  const identify *s = context;
  const identify_sample *of = &s->sample;
  const identify_measured *m = &s->measured;
  const size_t L = m->layers, size = of->count * of->m;
  double *out = s->out + h * L * size;
  iclgd_identify_walk(&s->hypotheses[h], of, L, &s->scratches[thread], out);
  for (size_t i = 0; i < of->count; ++i)
    for (size_t l = 0; l < L; ++l) {
      const size_t at = l * size + i * of->m;
      m->error[(h * m->limit + m->prompts + i) * L + l] =
          iclgd_identify_compares(&s->hypotheses[h], l + 1)
              ? bounded(
                    iclgd_squared_distance(out + at, of->target + at, of->m))
              : NAN;
    }
}

static void add_apart(void *context, size_t h, size_t thread) {
  (void)thread;
  const identify *s = context;
  const identify_sample *of = &s->sample;
  const identify_measured *m = &s->measured;
  const size_t L = m->layers, H = m->hypotheses, size = of->count * of->m;
  for (size_t o = 0; o < H; ++o)
    for (size_t l = 0; l < L; ++l)
      for (size_t i = 0; i < of->count; ++i) {
        const size_t at = l * size + i * of->m;
        m->apart[(h * H + o) * L + l] += bounded(iclgd_squared_distance(
            s->out + h * L * size + at, s->out + o * L * size + at, of->m));
      }
}

static void add_squares(identify *s, const iclgd_probe_block *block) {
  const size_t depth = s->setup->depth, rows = s->setup->paths[0].steps + 1;
  const identify_sample *of = &s->sample;
  identify_measured *m = &s->measured;
  for (size_t i = 0; i < of->count; ++i) {
    for (size_t l = 0; l < m->layers; ++l) {
      const double *t = of->target + (l * of->count + i) * of->m;
      m->square[(m->prompts + i) * m->layers + l] =
          bounded(iclgd_dot(t, t, of->m));
    }
    const double last = block->paths[0].prediction[of->from[i] * rows + depth];
    m->size += last * last;
    m->scale += of->problems[i].prompt.y_query * of->problems[i].prompt.y_query;
  }
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  (void)err;
  identify *s = state;
  identify_measured *m = &s->measured;
  const size_t offered = iclgd_block_within(block, m->limit);
  for (size_t first = 0; first < offered;) {
    size_t count = offered - first;
    if (count > s->sample.limit) count = s->sample.limit;
    iclgd_identify_sample_block(s->setup, s->setters, block, first, count,
                                &s->sample, &s->excluded);
    iclgd_pool_for(s->setup->pool, m->hypotheses, follow, s);
    iclgd_pool_for(s->setup->pool, m->hypotheses, add_apart, s);
    add_squares(s, block);
    m->prompts += s->sample.count;
    first += count;
  }
  return ICLGD_OK;
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  identify *s = state;
  const double tolerance =
      iclgd_get_real(s->setup->settings, "identify.tolerance");
  identify_result result;
  TRY(iclgd_identify_choose(&s->measured, s->hypotheses, tolerance,
                            s->setup->arena, &result, err));
  const identify_findings findings = {
      .hypotheses = s->hypotheses,
      .count = s->count,
      .layers = s->setup->depth,
      .result = &result,
      .tolerance = tolerance,
      .prediction_size = sqrt(s->measured.size / s->measured.scale),
      .weights = s->sample.weights,
      .excluded = s->excluded,
      .prompts = s->measured.prompts,
      .fitted = s->fitted};
  return iclgd_identify_write(&findings, s->setup->arena, record, err);
}

const iclgd_probe iclgd_probe_identify = {
    .name = "identify",
    .question = "which algorithm is the model, with which parameters?",
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_identify,
    .state_size = sizeof(identify),
    .begin = begin,
    .feed = feed,
    .finish = finish,
    .word = iclgd_identify_word,
};
