/* What can be exported: every group that is a table, then the arrays of the
 * others, and those that a group's table leaves out. */
#include <string.h>

#include "export/format.h"

enum { PATH_SIZE = 512, WIDTH = 78 };

typedef struct listing {
  const iclgd_source *source;
  FILE *out;
} listing;

static bool has_column(const iclgd_frame *frame, const char *leaf) {
  for (size_t i = 0; i < frame->n_columns; ++i)
    if (strcmp(frame->columns[i].name, leaf) == 0) return true;
  return false;
}

/* "PATH  dim=3,dim=5: column column ...", one column at least, more of them as
 * far as the width reaches. */
static void print_row(const iclgd_frame *frame, FILE *out) {
  int used = fprintf(out, "%s", frame->path);
  for (size_t i = 0; i < frame->rank; ++i)
    used += fprintf(out, "%s%s=%zu", i == 0 ? "  " : ",",
                    frame->columns[i].name, frame->extents[i]);
  used += fprintf(out, ":");
  for (size_t i = frame->rank; i < frame->n_columns; ++i) {
    const char *name = frame->columns[i].name;
    const int more = i + 1 < frame->n_columns ? 5 : 0;
    if (i > frame->rank && used + 1 + (int)strlen(name) > WIDTH - more) {
      fprintf(out, " +%zu", frame->n_columns - i);
      break;
    }
    used += fprintf(out, " %s", name);
  }
  fputc('\n', out);
}

/* The arrays of a group that are no column of its table. */
static iclgd_status show_others(const iclgd_source *source, const char *group,
                                const iclgd_frame *table, iclgd_arena *arena,
                                FILE *out, iclgd_error *err) {
  char **names, path[PATH_SIZE];
  size_t count;
  iclgd_error unused;
  iclgd_frame frame;
  const iclgd_status status =
      iclgd_source_children(source, group, arena, &names, &count, err);
  for (size_t i = 0; !status && i < count; ++i) {
    if (has_column(table, names[i])) continue;
    snprintf(path, sizeof path, "%s%s%s", group, *group ? "/" : "", names[i]);
    if (!iclgd_source_is_group(source, path) &&
        !iclgd_frame_describe(source, path, true, arena, &frame, &unused) &&
        frame.n_columns > frame.rank)
      print_row(&frame, out);
  }
  return status;
}

static iclgd_status show(void *context, const char *path, bool is_group,
                         iclgd_error *err) {
  const listing *l = context;
  iclgd_arena arena = {0};
  iclgd_frame frame;
  iclgd_error unused;
  if (!is_group) return ICLGD_OK;
  if (!iclgd_frame_describe(l->source, path, true, &arena, &frame, &unused))
    print_row(&frame, l->out);
  else
    frame.n_columns = 0;
  const iclgd_status status =
      show_others(l->source, path, &frame, &arena, l->out, err);
  iclgd_arena_free(&arena);
  return status;
}

iclgd_status iclgd_export_list(const iclgd_source *source, FILE *out,
                               iclgd_error *err) {
  listing l = {source, out};
  return iclgd_walk_file(source, show, &l, err);
}
