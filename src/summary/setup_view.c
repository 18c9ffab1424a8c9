/* What was run: prompts, model, training, and the settings a reader asks for
 * first. */
#include <iclgd/architecture.h>
#include <iclgd/transformer.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "summary/views.h"

static void read_config(iclgd_reader *r, json_t *summary) {
  iclgd_reader_members(
      r, "config",
      "@prompt.d @prompt.n @model.layers @model.loops @train.steps "
      "@train.batch @seed @seeds @probe.prompts @prompt.x @prompt.covariance "
      "@prompt.rotate @prompt.w @prompt.source @model.weights @model.program "
      "@model.init @model.attention @model.heads @model.width "
      "@train.optimizer @prompt.x_scale @prompt.w_scale @prompt.noise "
      "@train.lr @prompts_file @model_file @model_step @model_seed_run "
      "@trajectories_file @prompt.task",
      NULL, iclgd_reader_set(r, summary, "config", json_object()));
}

static void read_prompts(iclgd_reader *r, json_t *summary) {
  size_t features = 0;
  if (!iclgd_source_has_attr(r->source, "prompts", "count")) return;
  json_t *prompts = iclgd_reader_set(r, summary, "prompts", json_object());
  iclgd_reader_members(r, "prompts",
                       "@count @n @d @law_task $feature_name=features "
                       "%law_changes",
                       &features, prompts);
  iclgd_reader_members(r, "prompts/feature_name",
                       "@target @table_rows @table_hash", NULL, prompts);
}

/* Files from elsewhere, and old ones, do not say it. */
static bool is_linear(iclgd_reader *r) {
  iclgd_error unused;
  char *name;
  return !iclgd_source_has_attr(r->source, "model", "architecture") ||
         (!iclgd_source_attr_text(r->source, "model", "architecture", &r->arena,
                                  &name, &unused) &&
          strcmp(name, "linear") == 0);
}

/* The layers and the features of A, or of P, which has one row more; of a model
 * that has neither its layers and what it is. */
static void read_model(iclgd_reader *r, json_t *summary) {
  static const char *const arrays[] = {"model/A", "model/P"};
  size_t extents[ICLGD_RANK_MAX], rank = 3, layers = 0, i = 0;
  const double *layer = iclgd_reader_reals(r, "model", "layer", 1, &layers);
  while (i < 2 && (!is_linear(r) || !iclgd_reader_has(r, arrays[i]))) ++i;
  if (r->status || (i == 2 && !layer)) return;
  if (i < 2)
    r->status =
        iclgd_source_extents(r->source, arrays[i], &rank, extents, r->err);
  if (r->status) return;
  if (i < 2 &&
      (rank != 3 || extents[1] < 1 + i || (layer && layers != extents[0]))) {
    r->status = iclgd_fail(r->err, ICLGD_EINPUT,
                           "%s: /entry/%s: expected as many matrices as "
                           "/entry/model/layer has layers, found another shape",
                           iclgd_source_path(r->source), arrays[i]);
    return;
  }
  json_t *model = iclgd_reader_set(r, summary, "model", json_object());
  iclgd_reader_members(r, "model",
                       i < 2 ? "@weights @loops" : "@architecture @loops", NULL,
                       model);
  if (i < 2) {
    layers = extents[0];
    iclgd_reader_set(r, model, "d", json_integer((json_int_t)(extents[1] - i)));
  }
  iclgd_reader_set(r, model, "layers", json_integer((json_int_t)layers));
  iclgd_reader_members(r, "model",
                       "@import_file @import_names @check_prompts "
                       "@check_difference",
                       NULL, model);
  if (iclgd_reader_has(r, "model/law"))
    iclgd_reader_set(r, model, "law_known", json_true());
}

static void read(iclgd_reader *r, json_t *summary) {
  char **title;
  size_t count = 1;
  iclgd_error unused;
  iclgd_reader_set(r, summary, "file",
                   iclgd_json_line(iclgd_source_path(r->source)));
  if (iclgd_reader_has(r, "title") &&
      !iclgd_source_texts(r->source, "title", 0, &count, &r->arena, &title,
                          &unused))
    iclgd_reader_set(r, summary, "title", iclgd_json_line(title[0]));
  iclgd_reader_attribute(r, "code", "version", summary, "version");
  read_config(r, summary);
  read_prompts(r, summary);
  read_model(r, summary);
}

static void tell_count(const json_t *summary, iclgd_blocks *out) {
  const json_t *config = json_object_get(summary, "config");
  const json_t *model = json_object_get(summary, "model");
  const json_t *prompts = json_object_get(summary, "prompts");
  const char *file = iclgd_json_text(config, "prompts_file");
  const char *from = *file ? ", from " : "";
  if (prompts)
    iclgd_put_term(out, "Prompts",
                   "%ld with d = %ld features and n = %ld context points%s%s",
                   iclgd_json_whole(prompts, "count"),
                   iclgd_json_whole(prompts, "d"),
                   iclgd_json_whole(prompts, "n"), from, file);
  else if (*file)
    iclgd_put_term(out, "Prompts", "d = %ld features, from %s",
                   iclgd_json_whole(model, "d"), file);
  else if (json_object_get(config, "prompt.d"))
    iclgd_put_term(out, "Prompts", "d = %ld features, n = %ld context points",
                   iclgd_json_whole(config, "prompt.d"),
                   iclgd_json_whole(config, "prompt.n"));
}

static const char *task_of(const json_t *summary) {
  const char *task =
      iclgd_json_text(json_object_get(summary, "prompts"), "law_task");
  if (*task) return task;
  return iclgd_json_text(json_object_get(summary, "config"), "prompt.task");
}

bool iclgd_has_linear_task(const json_t *summary) {
  const char *task = task_of(summary);
  return !*task || strcmp(task, "linear") == 0;
}

/* The law of the prompts, unless they come from a file. */
static void tell_law(const json_t *summary, iclgd_blocks *out) {
  static const char table[] = "table:";
  const json_t *config = json_object_get(summary, "config");
  const char *source = iclgd_json_text(config, "prompt.source");
  const char *slash = strrchr(source, '/');
  const double noise = iclgd_json_real(config, "prompt.noise");
  char level[48] = "no noise";
  if (*iclgd_json_text(config, "prompts_file") || !*source) return;
  if (strncmp(source, table, strlen(table)) == 0) {
    iclgd_put_term(out, "Table", "rows of %s",
                   slash ? slash + 1 : source + strlen(table));
    return;
  }
  if (noise > 0) snprintf(level, sizeof level, "noise %g", noise);
  const bool linear = iclgd_has_linear_task(summary);
  iclgd_put_term(
      out, "Law", "x %s, covariance %s%s, %s %s, %s",
      iclgd_json_text(config, "prompt.x"),
      iclgd_json_text(config, "prompt.covariance"),
      strcmp(iclgd_json_text(config, "prompt.rotate"), "per-prompt") == 0
          ? " rotated per prompt"
          : "",
      linear ? "w" : "labels",
      linear ? iclgd_json_text(config, "prompt.w") : task_of(summary), level);
}

/* The first `most` texts of a list. */
static void join(const json_t *list, size_t most, const char *between,
                 char *out, size_t size) {
  const size_t count = json_array_size(list);
  size_t used = 0;
  *out = '\0';
  for (size_t i = 0; i < count && i < most && used < size; ++i)
    used += (size_t)snprintf(out + used, size - used, "%s%s", i ? between : "",
                             json_string_value(json_array_get(list, i)));
  if (count > most && used < size)
    snprintf(out + used, size - used, " and %zu more", count - most);
}

static void tell_features(const json_t *prompts, iclgd_blocks *out) {
  enum { MOST = 12 };
  char text[2048];
  if (iclgd_json_length(prompts, "features") == 0) return;
  join(json_object_get(prompts, "features"), MOST, ", ", text, sizeof text);
  iclgd_put_term(out, "Features", "%ld rows; features %s; target %s",
                 iclgd_json_whole(prompts, "table_rows"), text,
                 iclgd_json_text(prompts, "target"));
}

/* What was changed since training. */
static void tell_changes(const json_t *prompts, iclgd_blocks *out) {
  enum { MOST = 64 };
  char text[4096];
  if (iclgd_json_length(prompts, "law_changes") == 0) return;
  join(json_object_get(prompts, "law_changes"), MOST, "; ", text, sizeof text);
  iclgd_put_term(out, "Changed", "probed under another law: %s", text);
}

static const char *plural(long count) {
  return count == 1 ? "" : "s";
}

/* What a transformer attends with: ", softmax attention, 4 heads, width 64". */
static void say_attention(const json_t *summary, char *out, size_t size) {
  const json_t *config = json_object_get(summary, "config");
  const char *architecture =
      iclgd_json_text(json_object_get(summary, "model"), "architecture");
  const char *kind = iclgd_json_text(config, "model.attention");
  const long heads = iclgd_json_whole(config, "model.heads");
  const long width = iclgd_json_whole(config, "model.width");
  char states[40] = "";
  *out = '\0';
  if (!*kind || strcmp(architecture, iclgd_transformer_architecture.name) != 0)
    return;
  if (width > 0) snprintf(states, sizeof states, ", width %ld", width);
  snprintf(out, size, ", %s attention, %ld head%s%s", kind, heads,
           plural(heads), states);
}

/* ", from a.h5 after step 5"; nothing where it was trained here. */
static void say_origin(const json_t *config, char *out, size_t size) {
  const char *file = iclgd_json_text(config, "model_file");
  const char *step = iclgd_json_text(config, "model_step");
  const char *run = iclgd_json_text(config, "model_seed_run");
  snprintf(out, size, "%s%s%s%s%s%s", *file ? ", from " : "", file,
           *step ? " after step " : "", step, *run ? ", training run " : "",
           run);
}

static void tell_model(const json_t *summary, iclgd_blocks *out) {
  const json_t *model = json_object_get(summary, "model");
  const char *architecture = iclgd_json_text(model, "architecture");
  const char *weights = iclgd_json_text(model, "weights");
  const long layers = iclgd_json_whole(model, "layers");
  const long loops = iclgd_json_whole(model, "loops");
  const char *brought =
      iclgd_json_text(json_object_get(summary, "config"), "trajectories_file");
  char attention[160], from[512];
  if (!model) return;
  say_attention(summary, attention, sizeof attention);
  say_origin(json_object_get(summary, "config"), from, sizeof from);
  if (*brought) {
    iclgd_put_term(out, "Model", "predictions of %ld layer%s, from %s",
                   layers * loops, plural(layers * loops), brought);
    return;
  }
  iclgd_put_term(out, "Model", "%s%s %ld layer%s x %ld loop%s%s%s%s%s",
                 *architecture ? architecture : "linear attention",
                 *architecture ? ":" : ",", layers, plural(layers), loops,
                 plural(loops), *weights ? ", weights " : "", weights,
                 attention, from);
}

static void tell_terms(const json_t *summary, iclgd_blocks *out) {
  static const struct {
    const char *term, *meaning, *otherwise; /* where no task has a w* */
  } terms[] = {
      {"Prompt",
       "n examples (x, y) with y = w* . x plus noise, and a query x whose y is "
       "asked for; every prompt has its own w*.",
       "n examples (x, y) with y = f(x) plus noise, and a query x whose y is "
       "asked for; every prompt has its own f."},
      {"Layer k, step k",
       "The prediction read out after k layers of the model, and that of an "
       "algorithm after k steps. Number 0 predicts zero.",
       NULL},
      {"Loss",
       "The mean over prompts of (prediction - y)^2 at the query; exact over "
       "queries (the risk) where their law is known and predictions are linear "
       "in them. +- is one standard error. Ratios of losses are taken on the "
       "same prompts.",
       "The mean over prompts of (prediction - y)^2 at the query; +- is one "
       "standard error. Ratios of losses are taken on the same prompts."},
      {"Difference",
       "The mean over prompts of |prediction of the model - prediction of the "
       "algorithm|.",
       NULL},
      {"Cosine",
       "The mean cosine of the angle between the weights that both imply: 1 is "
       "the same direction.",
       NULL},
      {"S",
       "The matrix X^T X/n of a prompt; its eigenvalues say how fast gradient "
       "descent solves each direction.",
       NULL},
  };
  iclgd_put_fold(out, "What the terms mean");
  const bool linear = iclgd_has_linear_task(summary);
  for (size_t i = 0; i < sizeof terms / sizeof *terms; ++i)
    iclgd_put_term(
        out, terms[i].term, "%s",
        linear || !terms[i].otherwise ? terms[i].meaning : terms[i].otherwise);
  iclgd_put_fold_end(out);
}

/* A model that was trained elsewhere, and whether it computes the same here. */
static void tell_origin(const json_t *model, iclgd_blocks *out) {
  const char *file = iclgd_json_text(model, "import_file");
  const long prompts = iclgd_json_whole(model, "check_prompts");
  if (!*file) return;
  if (prompts > 0)
    iclgd_put_term(
        out, "Imported",
        "from %s by the names %s; predictions of %ld prompt%s agree with where "
        "it was trained, largest difference %s of the largest",
        file, iclgd_json_text(model, "import_names"), prompts, plural(prompts),
        iclgd_number_text(out, 2, iclgd_json_real(model, "check_difference")));
  else
    iclgd_put_term(out, "Imported",
                   "from %s by the names %s; whether it predicts as where it "
                   "was trained was not checked",
                   file, iclgd_json_text(model, "import_names"));
}

/* Of an imported model alone only what was said at import is known. */
static bool knows_prompts(const json_t *summary) {
  const json_t *model = json_object_get(summary, "model");
  return json_object_get(summary, "prompts") ||
         !*iclgd_json_text(model, "import_file") ||
         json_object_get(model, "law_known");
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *prompts = json_object_get(summary, "prompts");
  iclgd_put_in_short(out, true);
  if (knows_prompts(summary)) {
    tell_count(summary, out);
    tell_law(summary, out);
  }
  tell_features(prompts, out);
  tell_changes(prompts, out);
  tell_model(summary, out);
  tell_origin(json_object_get(summary, "model"), out);
  iclgd_put_training_terms(out, summary);
  iclgd_put_in_short(out, false);
  if (json_object_get(summary, "trajectory")) tell_terms(summary, out);
}

const iclgd_view iclgd_view_setup = {
    .title = "What was run", .read = read, .tell = tell};
