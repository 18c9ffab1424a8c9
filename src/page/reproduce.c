/* How to run it again: the command, the configuration, the program. */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "page/page.h"
#include "view/html.h"

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
  const struct {
    const char *option, *value;
  } options[] = {{"prompts", iclgd_json_text(config, "prompts_file")},
                 {"step", iclgd_json_text(config, "model_step")},
                 {"seed-run", iclgd_json_text(config, "model_seed_run")}};
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
  for (size_t i = 0; i < sizeof options / sizeof *options; ++i) {
    if (!*options[i].value) continue;
    fprintf(out, " --%s ", options[i].option);
    write_word(page, options[i].value, out);
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
  TRY(iclgd_source_texts(page->source, "config/text", 0, &count, page->arena,
                         &text, page->err));
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
