/* Do the tokens of a prompt stay apart from layer to layer? (Tang et al. 2021,
 * arXiv:2106.15941; rank collapse: Dong et al. 2021.)
 *
 *   diversity       |Z_l - 1 zbar^T|_F / |Z_l|_F, zbar the mean token: 0 where
 *                   all tokens are alike, 1 where their mean is 0
 *   spread          |Z_l - 1 zbar^T|_F
 *   rank            singular values of Z_l above features.tolerance times the
 *                   largest
 *   effective_rank  exp(-sum p log p), p = singular values over their sum (Roy
 *                   and Vetterli 2007): 1 where all tokens are multiples of one
 * of the tokens Z_l (n + 1, width) after layer l, the query's among them; means
 * over prompts. Where the architecture can do without, the same weights also
 * run with nothing passing their layers (bare), which shows what the shortcuts
 * keep.
 *
 * Exactly known: where every token attends alike (equal scores, no mask), what
 * attention writes is one vector for all, so that diversity is 0 without a
 * shortcut, and spread stays as it is beside one. Attention that shares one
 * weight among the keys, softmax, is a mean of values: without a shortcut no
 * coordinate of a token leaves the range of the values. */
#include <iclgd/algebra.h>
#include <iclgd/architecture.h>
#include <iclgd/comparisons.h>
#include <iclgd/probe.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/views.h"

enum { DIVERSITY, SPREAD, RANK, EFFECTIVE, QUANTITIES };
static const char *const names[QUANTITIES] = {"diversity", "spread", "rank",
                                              "effective_rank"};
enum { WHOLE, BARE, MODELS };

static const iclgd_key keys[] = {
    KEY_INT("features.prompts", "100", 2, 1e6,
            "prompts whose tokens are compared with each other"),
    KEY_REAL("features.tolerance", "1e-6", 1e-15, 1,
             "singular values below this share of the largest do not count "
             "for the rank of the tokens"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP_PLOT("features", "diversity", "layer",
               "how far the tokens of a prompt are apart",
               "of all tokens of a prompt after each layer, the query's among "
               "them; bare: with the same weights and nothing passing the "
               "layers"),
};

#define BOTH(name, title, text)                                             \
  DATA_REAL("features/" name, "layer", title, text),                        \
      DATA_REAL("features/" name "_errors", "layer", "standard error",      \
                "of " name ", from the spread over prompts"),               \
      DATA_REAL("features/bare_" name, "layer", title ", no shortcuts",     \
                "as " name ", with nothing passing the layers"),            \
      DATA_REAL("features/bare_" name "_errors", "layer", "standard error", \
                "of bare_" name)

static const iclgd_dataset datasets[] = {
    DATA_INT("features/layer", "layer", "layer",
             "layers passed; 0 is what the first layer reads"),
    BOTH("diversity", "|Z - mean| / |Z|",
         "mean over prompts of |Z - 1 zbar^T|_F / |Z|_F"),
    BOTH("spread", "|Z - mean|", "mean over prompts of |Z - 1 zbar^T|_F"),
    BOTH("rank", "numerical rank of the tokens",
         "mean number of singular values of Z above the tolerance"),
    BOTH("effective_rank", "effective rank of the tokens",
         "mean exponential of the entropy of the singular values of Z"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

typedef struct thread_room {
  iclgd_tape *tape;
  double *Z, *s; /* (n + 1, width), (width) */
} thread_room;

typedef struct features {
  const iclgd_probe_setup *setup;
  const iclgd_prompts *block; /* the prompts that are being fed, */
  size_t first, count;        /* the first one's number; of all */
  size_t models;              /* MODELS, or WHOLE alone */
  iclgd_model bare;
  size_t width;
  double tolerance;
  thread_room *rooms; /* (threads) */
  double *values;     /* (count, models, depth + 1, QUANTITIES) */
} features;

static iclgd_status take_rooms(features *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_arena *arena = setup->arena;
  s->rooms = iclgd_arena_take(arena, threads, sizeof *s->rooms);
  if (!s->rooms) return iclgd_fail_memory(err, "features");
  for (size_t t = 0; t < threads; ++t) {
    s->rooms[t].Z = iclgd_arena_reals(arena, setup->n + 1, s->width, 1);
    s->rooms[t].s = iclgd_arena_reals(arena, s->width, 1, 1);
    TRY(iclgd_tape_create(setup->model, setup->n, arena, &s->rooms[t].tape,
                          err));
  }
  return ICLGD_OK;
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  const iclgd_architecture *a = setup->model->architecture;
  features *s = state;
  if (setup->paths[0].given)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "needs the tokens of the context, not the query's alone");
  s->setup = setup;
  s->count = iclgd_probe_prompts(setup, "features.prompts");
  s->tolerance = iclgd_get_real(setup->settings, "features.tolerance");
  s->width = iclgd_model_token_width(setup->model);
  const bool can =
      a->without_shortcuts && a->without_shortcuts(setup->model, &s->bare);
  s->models = can ? MODELS : 1;
  s->values = iclgd_arena_reals(setup->arena, s->count * s->models,
                                setup->depth + 1, QUANTITIES);
  return take_rooms(s, err);
}

/* exp of the entropy, and how many count. */
static void set_ranks(const double *s, size_t count, double tolerance,
                      double *out) {
  double sum = 0, entropy = 0;
  for (size_t i = 0; i < count; ++i) sum += s[i];
  out[RANK] = 0;
  for (size_t i = 0; i < count; ++i) {
    out[RANK] += s[i] > tolerance * s[0];
    if (s[i] > 0) entropy -= s[i] / sum * log(s[i] / sum);
  }
  out[EFFECTIVE] = exp(entropy);
}

/* Of tokens Z (T, width), which is overwritten. */
static void measure_tokens(const features *s, size_t T, double *Z,
                           double *singular, double *out) {
  const size_t C = s->width;
  double all = 0, apart = 0;
  for (size_t j = 0; j < C; ++j) {
    double mean = 0;
    for (size_t i = 0; i < T; ++i) mean += Z[i * C + j] / (double)T;
    for (size_t i = 0; i < T; ++i) {
      const double z = Z[i * C + j];
      all += z * z;
      apart += (z - mean) * (z - mean);
    }
  }
  for (size_t k = 0; k < QUANTITIES; ++k) out[k] = NAN;
  if (!isfinite(all)) return;
  out[SPREAD] = sqrt(apart);
  out[DIVERSITY] = sqrt(apart / all);
  if (iclgd_singular(Z, T, C, singular, NULL, NULL) && singular[0] > 0)
    set_ranks(singular, T < C ? T : C, s->tolerance, out);
}

static void measure_prompt(void *context, size_t i, size_t thread) {
  const features *s = context;
  const iclgd_probe_setup *setup = s->setup;
  const thread_room *room = &s->rooms[thread];
  const iclgd_prompt prompt = iclgd_prompts_at(s->block, i);
  const size_t rows = setup->depth + 1, T = prompt.n + 1;
  for (size_t m = 0; m < s->models; ++m) {
    const iclgd_model *model = m == BARE ? &s->bare : setup->model;
    const double *Z =
        iclgd_model_tokens(model, setup->theta, &prompt, room->tape);
    for (size_t l = 0; l < rows; ++l) {
      const size_t at = ((s->first + i) * s->models + m) * rows + l;
      memcpy(room->Z, Z + l * T * s->width, T * s->width * sizeof *Z);
      measure_tokens(s, T, room->Z, room->s, s->values + at * QUANTITIES);
    }
  }
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  (void)err;
  features *s = state;
  s->block = block->prompts;
  s->first = block->first;
  iclgd_pool_for(s->setup->pool, iclgd_block_within(block, s->count),
                 measure_prompt, s);
  return ICLGD_OK;
}

/* Prompts that have a token which is not finite. */
static int64_t count_excluded(const features *s) {
  const size_t cells = s->models * (s->setup->depth + 1);
  int64_t excluded = 0;
  for (size_t i = 0; i < s->count; ++i) {
    bool is_out = false;
    for (size_t k = 0; k < cells; ++k)
      is_out |= isnan(s->values[(i * cells + k) * QUANTITIES + SPREAD]) != 0;
    excluded += is_out;
  }
  return excluded;
}

static iclgd_status write_quantity(const features *s, size_t m, size_t k,
                                   double *mean, double *error,
                                   iclgd_record *record, iclgd_error *err) {
  const size_t rows = s->setup->depth + 1;
  char leaf[64];
  for (size_t l = 0; l < rows; ++l) {
    iclgd_moments moments = {0};
    for (size_t i = 0; i < s->count; ++i)
      iclgd_moments_add(
          &moments,
          s->values[((i * s->models + m) * rows + l) * QUANTITIES + k]);
    mean[l] = iclgd_moments_mean(&moments);
    error[l] = iclgd_moments_standard_error(&moments);
  }
  snprintf(leaf, sizeof leaf, "%s%s", m == BARE ? "bare_" : "", names[k]);
  iclgd_record_put(record, "features", leaf, &rows, mean, err);
  snprintf(leaf, sizeof leaf, "%s%s_errors", m == BARE ? "bare_" : "",
           names[k]);
  return iclgd_record_put(record, "features", leaf, &rows, error, err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  static const char *const others[] = {"bare_diversity"};
  features *s = state;
  const size_t rows = s->setup->depth + 1;
  double *mean = iclgd_arena_reals(s->setup->arena, rows, 1, 1);
  double *error = iclgd_arena_reals(s->setup->arena, rows, 1, 1);
  if (!mean || !error) return iclgd_fail_memory(err, "features");
  iclgd_record_put_axis(record, "features", "layer", 0, rows, err);
  for (size_t m = 0; m < s->models; ++m)
    for (size_t k = 0; k < QUANTITIES; ++k)
      TRY(write_quantity(s, m, k, mean, error, record, err));
  iclgd_record_attr_int(record, "features", "prompts", (int64_t)s->count, err);
  iclgd_record_attr_int(record, "features", "excluded", count_excluded(s), err);
  iclgd_record_attr_int(record, "features", "width", (int64_t)s->width, err);
  if (s->models == 1) return iclgd_record_status(record, err);
  return iclgd_record_attr_texts(record, "features", "auxiliary_signals",
                                 others, 1, err);
}

const iclgd_probe iclgd_probe_features = {
    .name = "features",
    .question = "do the tokens of a prompt stay apart through the layers?",
    .needs = ICLGD_NEEDS_TOKENS | ICLGD_NEEDS_PARAMETERS,
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_features,
    .state_size = sizeof(features),
    .begin = begin,
    .feed = feed,
    .finish = finish,
};
