/* The arguments of a sweep: a file of them, then the command line. */
#include "cli/sweep_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/data_folder.h"

enum { LINE = 4096, WORDS_MAX = 256 };

static bool ends_with(const char *text, const char *end) {
  const size_t length = strlen(text), tail = strlen(end);
  return length > tail && strcmp(text + length - tail, end) == 0;
}

/* The last part of a path, without its ending. */
static const char *plain_name(const char *path, iclgd_arena *arena) {
  const char *slash = strrchr(path, '/');
  char *name = iclgd_arena_text(arena, slash ? slash + 1 : path);
  char *dot = name ? strrchr(name, '.') : NULL;
  if (dot && dot > name) *dot = '\0';
  return name;
}

/* How much of a word says what it sets: "key=", "zip:key=", "random:". */
static size_t head(const char *word) {
  const size_t length = strcspn(word, "=");
  return word[length] ? length : strcspn(word, ":");
}

static bool sets_same(const char *a, const char *b) {
  const size_t skip_a = strncmp(a, "zip:", 4) ? 0 : 4;
  const size_t skip_b = strncmp(b, "zip:", 4) ? 0 : 4;
  const size_t length = head(a + skip_a);
  return length == head(b + skip_b) &&
         strncmp(a + skip_a, b + skip_b, length) == 0;
}

static iclgd_status add(iclgd_sweep_words *out, const char *word,
                        iclgd_arena *arena, iclgd_error *err) {
  if (out->count == WORDS_MAX)
    return iclgd_fail(err, ICLGD_EUSAGE, "more than %d arguments", WORDS_MAX);
  out->words[out->count] = iclgd_arena_text(arena, word);
  if (!out->words[out->count++]) return iclgd_fail_memory(err, "arguments");
  return ICLGD_OK;
}

/* A line without its comment, which begins the line or follows a blank, and
 * without the blanks around. */
static char *trim(char *line) {
  line[strcspn(line, "\r\n")] = '\0';
  for (char *p = strchr(line, '#'); p; p = strchr(p + 1, '#'))
    if (p == line || strchr(" \t", p[-1])) {
      *p = '\0';
      break;
    }
  line += strspn(line, " \t");
  size_t length = strlen(line);
  while (length > 0 && strchr(" \t", line[length - 1])) line[--length] = '\0';
  return line;
}

/* A line of a file. */
static iclgd_status add_line(iclgd_sweep_words *out, char *line,
                             const char *path, iclgd_arena *arena,
                             iclgd_error *err) {
  line = trim(line);
  if (!*line) return ICLGD_OK;
  if (strchr(line, '=') || strncmp(line, "random:", 7) == 0)
    return add(out, line, arena, err);
  if (out->base)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected one base, or key=LIST, found '%s' after "
                      "'%s'",
                      path, line, out->base);
  out->base = iclgd_arena_text(arena, line);
  return out->base ? ICLGD_OK : iclgd_fail_memory(err, path);
}

static iclgd_status read_file(const char *path, iclgd_arena *arena,
                              iclgd_sweep_words *out, iclgd_error *err) {
  char line[LINE];
  iclgd_status status = ICLGD_OK;
  FILE *file = fopen(path, "r");
  if (!file)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot be read: %s", path,
                      strerror(errno));
  out->base = NULL;
  while (!status && fgets(line, sizeof line, file))
    status = strlen(line) == sizeof line - 1
                 ? iclgd_fail(err, ICLGD_EINPUT, "%s: a line is too long", path)
                 : add_line(out, line, path, arena, err);
  if (!status && ferror(file))
    status = iclgd_fail(err, ICLGD_EIO, "%s: cannot be read", path);
  fclose(file);
  return status;
}

/* The file of a sweep by its name; false when it is none. */
static bool find_file(const char *name, char *out, size_t size) {
  char file[256];
  iclgd_error unused;
  if (ends_with(name, ".sweep")) {
    snprintf(out, size, "%s", name);
    return true;
  }
  snprintf(file, sizeof file, "%.200s.sweep", name);
  return !strchr(name, '/') &&
         !iclgd_data_file("sweeps", file, out, size, &unused);
}

static bool is_word(const char *argument) {
  return strchr(argument, '=') || strncmp(argument, "random:", 7) == 0;
}

/* A word of the file gives way to one of the command line. */
static void drop_replaced(iclgd_sweep_words *out, char **arguments, int count) {
  size_t kept = 0;
  for (size_t k = 0; k < out->count; ++k) {
    bool replaced = false;
    for (int i = 0; i < count; ++i)
      replaced |= sets_same(out->words[k], arguments[i]);
    if (!replaced) out->words[kept++] = out->words[k];
  }
  out->count = kept;
}

iclgd_status iclgd_sweep_words_read(char **arguments, int count,
                                    iclgd_arena *arena, iclgd_sweep_words *out,
                                    iclgd_error *err) {
  char path[LINE];
  const bool named = count > 0 && !is_word(arguments[0]);
  *out = (iclgd_sweep_words){.name = "run"};
  out->words = iclgd_arena_take(arena, WORDS_MAX, sizeof *out->words);
  if (named) {
    out->base = arguments[0];
    out->name = plain_name(arguments[0], arena);
    if (find_file(arguments[0], path, sizeof path))
      TRY(read_file(path, arena, out, err));
    ++arguments, --count;
  }
  TRY(iclgd_arena_status(arena, err, "arguments"));
  drop_replaced(out, arguments, count);
  for (int i = 0; i < count; ++i) TRY(add(out, arguments[i], arena, err));
  return ICLGD_OK;
}

/* The comment of a sweep, up to its line on how to plot it. */
static void print_comment(const char *name, FILE *out) {
  char file[256], path[4096], said[256];
  iclgd_error unused;
  snprintf(file, sizeof file, "%.200s.sweep", name);
  if (iclgd_data_file("sweeps", file, path, sizeof path, &unused)) return;
  FILE *text = fopen(path, "r");
  if (!text) return;
  fprintf(out, "  %s\n", name);
  while (fgets(said, sizeof said, text) && strncmp(said, "# ", 2) == 0)
    fprintf(out, "    %s", said + 2);
  fclose(text);
}

void iclgd_sweeps_list(FILE *out) {
  iclgd_arena arena = {0};
  iclgd_error unused;
  char **names;
  size_t count;
  if (!iclgd_data_sweeps(&arena, &names, &count, &unused)) {
    fputs("\nSweeps that come with iclgd:\n", out);
    for (size_t i = 0; i < count; ++i) print_comment(names[i], out);
  }
  iclgd_arena_free(&arena);
}
