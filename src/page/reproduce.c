/* What was run, the terms of the page, and how to run it again. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/json.h"
#include "report/law_text.h"
#include "report/text.h"

static long whole(const json_t *object, const char *key) {
  return (long)json_integer_value(json_object_get(object, key));
}

static const char *plural(long count) {
  return count == 1 ? "" : "s";
}

/* A text that is freed, if there is one. */
static void write_sentence(const char *term, char *text, FILE *out) {
  if (!text) return;
  fprintf(out, "<dt>%s</dt><dd>", term);
  iclgd_html_text(out, text);
  fputs("</dd>\n", out);
  free(text);
}

static void write_prompts(const json_t *summary, FILE *out) {
  const json_t *config = json_object_get(summary, "config");
  const json_t *prompts = json_object_get(summary, "prompts");
  const char *file = iclgd_json_text(config, "prompts_file");
  const char *source = iclgd_json_text(config, "prompt.source");
  const double noise = iclgd_json_real(config, "prompt.noise");
  if (prompts)
    fprintf(out,
            "<dt>Prompts</dt><dd>%ld with d = %ld features and n = %ld context "
            "points</dd>\n",
            whole(prompts, "count"), whole(prompts, "d"), whole(prompts, "n"));
  if (*file || strncmp(source, "table:", 6) == 0) {
    fputs("<dt>Their source</dt><dd>", out);
    iclgd_html_text(out, *file ? file : source + strlen("table:"));
    fputs("</dd>\n", out);
  } else if (*source) {
    fputs("<dt>Their law</dt><dd>x ", out);
    iclgd_html_text(out, iclgd_json_text(config, "prompt.x"));
    fputs(", covariance ", out);
    iclgd_html_text(out, iclgd_json_text(config, "prompt.covariance"));
    if (strcmp(iclgd_json_text(config, "prompt.rotate"), "per-prompt") == 0)
      fputs(" rotated per prompt", out);
    fputs(", w ", out);
    iclgd_html_text(out, iclgd_json_text(config, "prompt.w"));
    if (noise > 0)
      fprintf(out, ", noise %g</dd>\n", noise);
    else
      fputs(", no noise</dd>\n", out);
  }
  write_sentence("Their table", iclgd_law_features_text(prompts), out);
  write_sentence("Not as in training", iclgd_law_changes_text(prompts), out);
}

static void write_model(const json_t *summary, FILE *out) {
  const json_t *model = json_object_get(summary, "model");
  const char *from =
      iclgd_json_text(json_object_get(summary, "config"), "model_file");
  if (!model) return;
  fprintf(out,
          "<dt>Model</dt><dd>linear attention, %ld layer%s \u00D7 %ld loop%s, "
          "weights ",
          whole(model, "layers"), plural(whole(model, "layers")),
          whole(model, "loops"), plural(whole(model, "loops")));
  iclgd_html_text(out, iclgd_json_text(model, "weights"));
  if (*from) {
    fputs(", from ", out);
    iclgd_html_text(out, from);
  }
  fputs("</dd>\n", out);
}

static void write_training(const json_t *summary, FILE *out) {
  const json_t *config = json_object_get(summary, "config");
  const json_t *training = json_object_get(summary, "training");
  const char *optimizer = iclgd_json_text(config, "train.optimizer");
  const long seeds = whole(config, "seeds"), seed = whole(config, "seed");
  if (!training) return;
  fprintf(out, "<dt>Training</dt><dd>%ld steps", whole(training, "steps"));
  if (*optimizer) {
    fputs(" of ", out);
    iclgd_html_text(out, optimizer);
  }
  if (json_object_get(config, "train.lr"))
    fprintf(out, ", learning rate %g", iclgd_json_real(config, "train.lr"));
  if (json_object_get(config, "train.batch"))
    fprintf(out, ", batch %ld", whole(config, "train.batch"));
  if (seeds > 1)
    fprintf(out, ", seeds %ld to %.0f", seed, (double)seed + (double)seeds - 1);
  else if (seeds == 1)
    fprintf(out, ", seed %ld", seed);
  fputs("</dd>\n", out);
}

static const char terms[] =
    "<dl>\n<dt>Prompt</dt><dd>n examples (x, y) with y = w\u2217 \u00B7 x plus "
    "noise, and a query x whose y is asked for; every prompt has its own "
    "w\u2217.</dd>\n"
    "<dt>Layer k, step k</dt><dd>The prediction read out after k layers of the "
    "model, and that of an algorithm after k steps. Number 0 predicts "
    "zero.</dd>\n"
    "<dt>Loss</dt><dd>The mean over prompts of (prediction \u2212 y)\u00B2 at "
    "the query, exact over queries where the law of the inputs is known (the "
    "risk); \u00B1 is one standard error. Ratios of losses are taken on the "
    "same prompts.</dd>\n"
    "<dt>Difference</dt><dd>The mean over prompts of |prediction of the model "
    "\u2212 prediction of the algorithm|.</dd>\n"
    "<dt>Cosine</dt><dd>The mean cosine of the angle between the weights that "
    "both imply: 1 is the same direction.</dd>\n"
    "<dt>S</dt><dd>The matrix X\u1D40X/n of a prompt; its eigenvalues say how "
    "fast gradient descent solves each direction.</dd>\n</dl>\n";

static bool has_setup(const json_t *summary) {
  const json_t *config = json_object_get(summary, "config");
  return json_object_get(summary, "prompts") ||
         json_object_get(summary, "model") ||
         json_object_get(summary, "training") ||
         json_object_get(config, "prompt.source");
}

iclgd_status iclgd_page_setup(iclgd_page *page) {
  if (!has_setup(page->summary)) return ICLGD_OK;
  iclgd_page_part(page, "setup", "What was run");
  fputs("<dl>\n", page->out);
  write_prompts(page->summary, page->out);
  write_model(page->summary, page->out);
  write_training(page->summary, page->out);
  fputs("</dl>\n", page->out);
  if (json_object_get(page->summary, "trajectory")) {
    iclgd_page_fold(page->out, "Terms on this page");
    fputs(terms, page->out);
    iclgd_page_fold_end(page->out);
  }
  iclgd_page_part_end(page);
  return ICLGD_OK;
}

/* A word of a shell command, as content of the page. */
static void write_word(const iclgd_page *page, const char *word, FILE *out) {
  bool plain = *word != '\0' && *word != '-';
  for (const char *c = word; *c; ++c)
    plain &= isalnum((unsigned char)*c) || strchr("._/-", *c);
  char *rest = plain ? NULL : iclgd_arena_text(page->arena, word), *quote;
  if (!rest) {
    iclgd_html_text(out, word);
    return;
  }
  fputs("&#39;", out);
  for (; (quote = strchr(rest, '\'')); rest = quote + 1) {
    *quote = '\0';
    iclgd_html_text(out, rest);
    fputs("&#39;\\&#39;&#39;", out);
  }
  iclgd_html_text(out, rest);
  fputs("&#39;", out);
}

/* The name of the file, without its ending. */
static char *stem_of(const iclgd_page *page) {
  const char *path = iclgd_source_path(page->source);
  const char *slash = strrchr(path, '/');
  char *stem = iclgd_arena_text(page->arena, slash ? slash + 1 : path);
  const size_t length = stem ? strlen(stem) : 0;
  if (length > 3 && strcmp(stem + length - 3, ".h5") == 0)
    stem[length - 3] = '\0';
  return stem;
}

/* The stages that the file holds, as one command. */
static void write_command(const iclgd_page *page, const char *stem, FILE *out) {
  const json_t *config = json_object_get(page->summary, "config");
  const char *model = iclgd_json_text(config, "model_file");
  const char *prompts = iclgd_json_text(config, "prompts_file");
  const bool trained = json_object_get(page->summary, "training");
  const bool probed = json_object_get(page->summary, "trajectory");
  fputs("<pre><code>iclgd ", out);
  if (*model) {
    fputs("probe ", out);
    write_word(page, model, out);
  } else {
    fputs(!trained ? "generate " : probed ? "run " : "train ", out);
    write_word(page, stem, out);
    fputs(".ini", out);
  }
  if (*prompts) {
    fputs(" --prompts ", out);
    write_word(page, prompts, out);
  }
  fputs(" -o ", out);
  write_word(page, stem, out);
  fputs(".h5\niclgd report ", out);
  write_word(page, stem, out);
  fputs(".h5</code></pre>\n", out);
}

/* The configuration as a link that saves it: percent-encoded, no network. */
static void write_link(const char *stem, const char *ini, FILE *out) {
  fputs("<a download=\"", out);
  iclgd_html_text(out, stem);
  fputs(".ini\" href=\"data:text/plain;charset=utf-8,", out);
  for (const char *c = ini; *c; ++c) {
    if (isalnum((unsigned char)*c) || strchr("-_.=", *c))
      fputc(*c, out);
    else
      fprintf(out, "%%%02X", (unsigned)(unsigned char)*c);
  }
  fputs("\"><code>", out);
  iclgd_html_text(out, stem);
  fputs(".ini</code></a>", out);
}

static iclgd_status write_settings(const iclgd_page *page, FILE *out) {
  char **text, *stem = stem_of(page);
  size_t count = 1;
  if (!stem) return iclgd_fail_memory(page->err, "the page");
  if (!iclgd_source_has(page->source, "config/text")) return ICLGD_OK;
  const iclgd_status status = iclgd_source_texts(
      page->source, "config/text", 0, &count, page->arena, &text, page->err);
  if (status) return status;
  const json_t *config = json_object_get(page->summary, "config");
  if (*iclgd_json_text(config, "model_file"))
    fputs("<p>With the settings of ", out);
  else
    fputs("<p>Save ", out);
  write_link(stem, text[0], out);
  fputs(
      ", which has every setting, the seeds among them (it stands below, "
      "too), and type</p>\n",
      out);
  write_command(page, stem, out);
  fputs(
      "<p>Equal settings give equal numbers; they do not depend on the "
      "number of threads.</p>\n",
      out);
  iclgd_page_fold(out, "The configuration, every key");
  fputs("<pre><code>", out);
  iclgd_html_text(out, text[0]);
  fputs("</code></pre>\n", out);
  iclgd_page_fold_end(out);
  return ICLGD_OK;
}

/* The attributes of /entry/code. */
static void write_program(const iclgd_page *page, FILE *out) {
  static const struct {
    const char *attribute, *name;
  } rows[] = {{"version", "iclgd"},
              {"git_revision", "Revision"},
              {"compiler", "Compiler"},
              {"flags", "Flags"},
              {"instruction_set", "Instruction set"},
              {"hdf5_version", "HDF5"},
              {"blas", "BLAS"},
              {"blas_core", "BLAS core"}};
  iclgd_error unused;
  int64_t threads;
  if (!iclgd_source_has(page->source, "code")) return;
  fputs("<h3>The program that wrote the file</h3>\n<dl>\n", out);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
    char *text;
    if (!iclgd_source_has_attr(page->source, "code", rows[i].attribute) ||
        iclgd_source_attr_text(page->source, "code", rows[i].attribute,
                               page->arena, &text, &unused))
      continue;
    fprintf(out, "<dt>%s</dt><dd>", rows[i].name);
    iclgd_html_text(out, text);
    fputs("</dd>\n", out);
  }
  if (iclgd_source_has_attr(page->source, "code", "threads") &&
      !iclgd_source_attr_int(page->source, "code", "threads", &threads,
                             &unused))
    fprintf(out, "<dt>Threads</dt><dd>%lld</dd>\n", (long long)threads);
  fputs("</dl>\n", out);
}

iclgd_status iclgd_page_reproduce(iclgd_page *page) {
  if (!iclgd_source_has(page->source, "config/text") &&
      !iclgd_source_has(page->source, "code"))
    return ICLGD_OK;
  iclgd_page_part(page, "reproduce", "How to reproduce it");
  const iclgd_status status = write_settings(page, page->out);
  write_program(page, page->out);
  iclgd_page_part_end(page);
  return status;
}
