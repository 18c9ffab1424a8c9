/* iclgd schema: the format of the file, from what stages and probes declare. */
#include <iclgd/schemas.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "record/schema.h"
#include "sweep/sweep.h"
#include "view/text.h"

static const char *const types[] = {
    [ICLGD_F64] = "float64", [ICLGD_I64] = "int64", [ICLGD_TEXT] = "text"};

/* All schemas: that of a run, and of the table of a sweep. */
typedef struct schemas {
  iclgd_schema rows[ICLGD_SCHEMAS_MAX + 1];
  size_t count;
} schemas;

static iclgd_status find_schemas(schemas *out, iclgd_arena *arena,
                                 iclgd_error *err) {
  out->count = iclgd_schemas(out->rows);
  return iclgd_sweep_schema(NULL, arena, &out->rows[out->count++], err);
}

/* Whether the dataset stands in the group itself. */
static bool is_child(const char *dataset, const char *group) {
  const size_t length = strlen(group);
  const char *leaf = dataset + length + (length > 0);
  return strncmp(dataset, group, length) == 0 &&
         (length == 0 || dataset[length] == '/') && !strchr(leaf, '/');
}

/* How a group or its datasets are written. */
typedef struct format {
  void (*group)(const iclgd_group *group, void *to);
  void (*head)(void); /* before the first dataset of a group, or NULL */
  void (*dataset)(const iclgd_dataset *dataset, void *to);
} format;

static void text_group(const iclgd_group *g, void *to) {
  (void)to;
  printf("/entry%s%s  %s\n", *g->path ? "/" : "", g->path, g->nx_class);
  iclgd_text_wrap(stdout, g->description, 4);
}

static void text_dataset(const iclgd_dataset *d, void *to) {
  (void)to;
  char meaning[1024];
  snprintf(meaning, sizeof meaning, "%s: %s", d->long_name, d->description);
  printf("  %s  %s (%s)%s%s\n", iclgd_path_leaf(d->path), types[d->type],
         d->dims, *d->units && strcmp(d->units, "1") != 0 ? ", in " : "",
         strcmp(d->units, "1") != 0 ? d->units : "");
  iclgd_text_wrap(stdout, meaning, 6);
}

/* A cell of a table: bars are escaped. */
static void put_cell(const char *text) {
  fputs(" ", stdout);
  for (; *text; ++text) {
    if (*text == '|') putchar('\\');
    putchar(*text);
  }
  fputs(" |", stdout);
}

static void markdown_group(const iclgd_group *g, void *to) {
  (void)to;
  printf("\n## `/entry%s%s`\n\n%s", *g->path ? "/" : "", g->path, g->nx_class);
  if (*g->signal) printf(": `%s` over `%s`", g->signal, g->axes);
  printf(". %s\n", g->description);
}

static void markdown_head(void) {
  puts("\n| dataset | type | dims | units | label | meaning |");
  puts("|---|---|---|---|---|---|");
}

static void markdown_dataset(const iclgd_dataset *d, void *to) {
  (void)to;
  printf("| `%s` |", iclgd_path_leaf(d->path));
  put_cell(types[d->type]);
  put_cell(d->dims);
  put_cell(d->units);
  put_cell(d->long_name);
  put_cell(d->description);
  putchar('\n');
}

static void json_group(const iclgd_group *g, void *to) {
  json_array_append_new(
      to, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:[]}", "path", g->path, "class",
                    g->nx_class, "signal", g->signal, "axes", g->axes, "title",
                    g->title, "description", g->description, "datasets"));
}

static void json_dataset(const iclgd_dataset *d, void *to) {
  json_t *group = json_array_get(to, json_array_size(to) - 1);
  json_array_append_new(
      json_object_get(group, "datasets"),
      json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "path", d->path, "type",
                types[d->type], "dims", d->dims, "units", d->units, "long_name",
                d->long_name, "description", d->description));
}

/* A group with the datasets that stand in itself, whoever declares them. */
static void write_group(const schemas *all, const format *f,
                        const iclgd_group *group, void *to) {
  bool first = true;
  f->group(group, to);
  for (size_t k = 0; k < all->count; ++k)
    for (size_t i = 0; i < all->rows[k].n_datasets; ++i) {
      if (!is_child(all->rows[k].datasets[i].path, group->path)) continue;
      if (first && f->head) f->head();
      first = false;
      f->dataset(&all->rows[k].datasets[i], to);
    }
}

/* Groups whose path begins with `wanted`; how many. f NULL: count them. */
static size_t write_groups(const schemas *all, const format *f,
                           const char *wanted, void *to) {
  size_t found = 0;
  for (size_t s = 0; s < all->count; ++s)
    for (size_t g = 0; g < all->rows[s].n_groups; ++g) {
      const iclgd_group *group = &all->rows[s].groups[g];
      if (strncmp(group->path, wanted, strlen(wanted)) != 0) continue;
      ++found;
      if (f) write_group(all, f, group, to);
    }
  return found;
}

static iclgd_status write_schemas(const iclgd_cli *cli, const schemas *all,
                                  iclgd_error *err) {
  const char *wanted = cli->count ? cli->rest[0] : "";
  if (strncmp(wanted, "/entry", 6) == 0) wanted += 6 + (wanted[6] == '/');
  const format text = {text_group, NULL, text_dataset},
               markdown = {markdown_group, markdown_head, markdown_dataset},
               json = {json_group, NULL, json_dataset};
  if (write_groups(all, NULL, wanted, NULL) == 0)
    return iclgd_fail(err, ICLGD_EUSAGE, "no group begins with /entry/%s",
                      wanted);
  if (cli->markdown) puts("# The file of iclgd");
  if (!cli->json) {
    write_groups(all, cli->markdown ? &markdown : &text, wanted, NULL);
    return ICLGD_OK;
  }
  json_t *list = json_array();
  write_groups(all, &json, wanted, list);
  return iclgd_cli_json(list, JSON_INDENT(2), err);
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  iclgd_arena arena = {0};
  schemas all;
  if (cli->json && cli->markdown) return ICLGD_EUSAGE;
  iclgd_status status = find_schemas(&all, &arena, err);
  if (!status) status = write_schemas(cli, &all, err);
  iclgd_arena_free(&arena);
  return status;
}

static const iclgd_option options[] = {
    ICLGD_SWITCH(json, 0, "for programs"),
    ICLGD_SWITCH(markdown, 0, "tables, for people"),
};

const iclgd_command iclgd_command_schema = {
    .name = "schema",
    .summary = "the format of the file: every group and dataset",
    .arguments = "[GROUP]",
    .count = {0, 1},
    ICLGD_OPTIONS(options),
    .examples =
        "  iclgd schema trajectories      groups that begin so\n"
        "  iclgd schema --markdown        tables of all of them\n",
    .notes =
        "<who> and the like stand for any one name. Every dimension has a "
        "scale of its name in the group: a dataset that is listed, else 0, 1, "
        "2, ...",
    .run = run,
};
