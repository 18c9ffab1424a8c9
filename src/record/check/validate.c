/* Is this one of our files? The root attributes, then every object below
 * /entry. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "record/handle.h"

enum { OBJECTS_MAX = 100000 };

static void expect_text(iclgd_check *check, const char *name,
                        const char *expected, iclgd_arena *arena) {
  const char *found = iclgd_check_text(check, "/", name, arena);
  if (found && strcmp(found, expected) != 0)
    iclgd_fault(check, "/, attribute %s: expected \"%s\", found \"%s\"", name,
                expected, found);
}

static void check_root(iclgd_check *check) {
  iclgd_arena arena = {0};
  iclgd_error err;
  int64_t version;
  iclgd_check_texts(check, "/");
  expect_text(check, "NX_class", "NXroot", &arena);
  expect_text(check, "default", "entry", &arena);
  expect_text(check, "schema", "iclgd", &arena);
  iclgd_check_text(check, "/", "creator", &arena);
  if (iclgd_source_has_attr(check->source, "/", "file_time"))
    iclgd_check_text(check, "/", "file_time", &arena);
  const iclgd_status status = iclgd_source_attr_int(
      check->source, "/", "schema_version", &version, &err);
  if (status)
    iclgd_fault_of(check, status, &err);
  else if (version != ICLGD_SCHEMA_VERSION)
    iclgd_fault(check, "/, attribute schema_version: expected %d, found %lld",
                ICLGD_SCHEMA_VERSION, (long long)version);
  iclgd_arena_free(&arena);
}

static void check_children(iclgd_check *check, const char *path);

/* The walk ends even where links form a circle: what several links lead to is
 * not looked at. */
static void check_object(iclgd_check *check, const char *path) {
  uint64_t address;
  if (++check->objects > OBJECTS_MAX || check->failed) return;
  iclgd_check_texts(check, path);
  const size_t links = iclgd_source_links(check->source, path, &address);
  if (*path && links > 1)
    iclgd_fault(check, "/entry/%s: expected one link, found %zu", path, links);
  else if (iclgd_is_brought(check, path)) {
    if (iclgd_source_is_group(check->source, path))
      check_children(check, path);
    else
      iclgd_check_brought(check, path);
  } else if (!iclgd_source_is_group(check->source, path))
    iclgd_check_dataset(check, path);
  else if (iclgd_check_group(check, path))
    check_children(check, path);
}

static void check_children(iclgd_check *check, const char *path) {
  iclgd_arena arena = {0};
  iclgd_error err;
  char **names = NULL, child[ICLGD_FULL_PATH_MAX];
  size_t count = 0;
  const iclgd_status status =
      iclgd_source_children(check->source, path, &arena, &names, &count, &err);
  if (status) iclgd_fault_of(check, status, &err);
  for (size_t i = 0; !status && i < count; ++i) {
    const int length = snprintf(child, sizeof child, "%s%s%s", path,
                                *path ? "/" : "", names[i]);
    if (length >= (int)sizeof child)
      iclgd_fault(check, "/entry/%.200s...: a path is too long", child);
    else
      check_object(check, child);
  }
  iclgd_arena_free(&arena);
}

iclgd_status iclgd_validate(const char *path, const iclgd_schema *schemas,
                            size_t n_schemas,
                            void (*report)(void *context, const char *line),
                            void *context, iclgd_error *err) {
  QUIET;
  iclgd_source *source;
  iclgd_check check = {
      .set = {schemas, n_schemas}, .report = report, .context = context};
  const iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) {
    if (report && err) report(context, err->text);
    return status;
  }
  check.source = source;
  check_root(&check);
  if (iclgd_source_is_group(source, ""))
    check_object(&check, "");
  else
    iclgd_fault(&check, "/entry: expected a group");
  if (check.objects > OBJECTS_MAX)
    iclgd_fault(&check, "expected up to %d objects, found more", OBJECTS_MAX);
  iclgd_source_close(source);
  return iclgd_check_outcome(&check, err);
}
