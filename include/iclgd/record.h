/* iclgd/record.h - the HDF5 file: a schema of declared datasets, a writer that
 * never touches a committed file, and a strict reader.
 *
 * Every stage and probe declares its groups and datasets beside its code, as
 * arrays of the rows below; the schema is the union of the arrays. Writing,
 * `iclgd validate` and the documentation of the format follow from it.
 *
 * Paths are relative to /entry ("trajectories/gd/weight"). In a declared path
 * a component <in angle brackets> stands for any one name, and with an ending
 * ("<who>_errors") for any that ends so. Dims are named; each named dim gets a
 * dimension scale of that name in the same group: the dataset declared there
 * under that name, else indices 0, 1, 2, ... Where several declared paths match
 * one, that with the fewest <names> holds, then that with the longest endings.
 *
 * HDF5 does not print while these functions run. A program that writes with
 * them should call H5dont_atexit() before anything else of HDF5 (after a full
 * disk HDF5 1.10 may crash when the program exits) and ignore SIGXFSZ, so that
 * a limit on file sizes is a message. None of this is done here, because it
 * concerns the whole process. A program that reads files of strangers should
 * call H5PLset_loading_state(0) as well, so that no file has a plugin loaded.
 */
#ifndef ICLGD_RECORD_H
#define ICLGD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iclgd/arena.h"
#include "iclgd/parallel.h"
#include "iclgd/status.h"

enum { ICLGD_RANK_MAX = 5 };

typedef enum iclgd_type {
  ICLGD_F64, /* double */
  ICLGD_I64, /* int64_t */
  ICLGD_TEXT /* const char *, UTF-8; of fixed length when rank 0 */
} iclgd_type;

/* A dataset. All strings are static; units is "1" when dimensionless. */
typedef struct iclgd_dataset {
  const char *path;
  iclgd_type type;
  const char *dims; /* "index,prompt,feature"; "" for a scalar */
  const char *units;
  const char *long_name;   /* an axis label: "loss, mean over prompts" */
  const char *description; /* one sentence: shape, definition, source */
} iclgd_dataset;

/* Rows without a unit: path, dims, long_name, description. */
#define DATA_REAL(path, dims, ...) \
  { path, ICLGD_F64, dims, "1", __VA_ARGS__ }
#define DATA_INT(path, dims, ...) \
  { path, ICLGD_I64, dims, "1", __VA_ARGS__ }
#define DATA_TEXT(path, dims, ...) \
  { path, ICLGD_TEXT, dims, "1", __VA_ARGS__ }

/* A group. An empty signal means that the group has no default plot. */
typedef struct iclgd_group {
  const char *path;
  const char *nx_class; /* "NXdata", "NXcollection", ... */
  const char *signal;
  const char *axes;  /* one per dim of the signal: "index,prompt" */
  const char *scale; /* a word per axis, then one for the signal, each lin or
                        log: "lin log"; "" for linear */
  const char *title;
  const char *description;
} iclgd_group;

/* Rows: a group of parts (path, title, description), and one with a default
 * plot on linear or on given scales (path, signal, axes, scale, title, ...). */
#define GROUP(path, ...) \
  { path, "NXcollection", "", "", "", __VA_ARGS__ }
#define GROUP_PLOT(path, signal, axes, ...) \
  { path, "NXdata", signal, axes, "", __VA_ARGS__ }
#define GROUP_PLOT_ON(path, signal, axes, scale, ...) \
  { path, "NXdata", signal, axes, scale, __VA_ARGS__ }

typedef struct iclgd_schema {
  const iclgd_group *groups;
  size_t n_groups;
  const iclgd_dataset *datasets;
  size_t n_datasets;
} iclgd_schema;

/* Of two whole arrays. */
#define SCHEMA(groups, datasets)                         \
  {                                                      \
    groups, sizeof(groups) / sizeof *(groups), datasets, \
        sizeof(datasets) / sizeof *(datasets)            \
  }

/* --- writing -----------------------------------------------------------
 *
 * A record remembers its first failure. Every later call on it does nothing
 * and returns that status and that message, and commit discards. So a row of
 * calls needs one look, at what the last of them returns; a long loop looks at
 * each, to end early. */

typedef struct iclgd_record iclgd_record;

/* The first failure of the record and its message, or ICLGD_OK. */
iclgd_status iclgd_record_status(const iclgd_record *record, iclgd_error *err);

typedef struct iclgd_record_options {
  bool force;        /* replace an existing file */
  bool reproducible; /* no file_time: equal runs give equal bytes */
  const char *title; /* of /entry */
} iclgd_record_options;

/* Start a new file: everything goes to a temporary beside `path`. The schemas
 * must outlive the record. ICLGD_EUSAGE when `path` exists and is not to be
 * replaced; ICLGD_EIO when the temporary cannot be made. */
iclgd_status iclgd_record_create(const char *path, const iclgd_schema *schemas,
                                 size_t n_schemas,
                                 const iclgd_record_options *options,
                                 iclgd_record **out, iclgd_error *err);

/* Create the dataset at `path` with these extents (one per declared dim, all
 * >= 1) and its parent groups; then write it in parts, or write all of it.
 * `data` is an array of double, int64_t or const char * by the declared type,
 * row-major. What no part brings is NaN (0 for integers); text is written
 * whole. Blocks of any one dim stream without memory that grows with it.
 * ICLGD_EUSAGE for a path that no schema declares, a second creation, an extent
 * that differs from that of the same dim in the group; ICLGD_EIO when writing
 * fails. */
iclgd_status iclgd_record_begin(iclgd_record *record, const char *path,
                                const size_t *extents, iclgd_error *err);
iclgd_status iclgd_record_part(iclgd_record *record, const char *path,
                               const size_t *start, const size_t *count,
                               const void *data, iclgd_error *err);
/* Begin a dataset that comes in blocks: each part will start at multiples of
 * `block` and have its extents, less at the end of the array. */
iclgd_status iclgd_record_begin_blocks(iclgd_record *record, const char *path,
                                       const size_t *extents,
                                       const size_t *block, iclgd_error *err);

/* Parts to be written together; blocks of arrays so begun are compressed by the
 * threads of the pool. The bytes of the file do not depend on it. */
typedef struct iclgd_part {
  const char *path;
  const size_t *start, *count;
  const void *data;
} iclgd_part;
iclgd_status iclgd_record_parts(iclgd_record *record, const iclgd_part *parts,
                                size_t n_parts, iclgd_pool *pool,
                                iclgd_error *err);

iclgd_status iclgd_record_write(iclgd_record *record, const char *path,
                                const size_t *extents, const void *data,
                                iclgd_error *err);

/* The same for the dataset `leaf` of a group. */
iclgd_status iclgd_record_put(iclgd_record *record, const char *group,
                              const char *leaf, const size_t *extents,
                              const void *data, iclgd_error *err);

/* The axis `leaf` of a group: the integers first, first + 1, ... */
iclgd_status iclgd_record_put_axis(iclgd_record *record, const char *group,
                                   const char *leaf, int64_t first,
                                   size_t count, iclgd_error *err);

/* Several datasets of one group; one whose data is NULL is left out. MEMBERS
 * gives an array of them with its length, the last two arguments. */
typedef struct iclgd_member {
  const char *leaf;
  const size_t *extents;
  const void *data;
} iclgd_member;
iclgd_status iclgd_record_put_all(iclgd_record *record, const char *group,
                                  const iclgd_member *members, size_t count,
                                  iclgd_error *err);
#define MEMBERS(members) members, sizeof(members) / sizeof *(members)

/* Attributes of a dataset that exists or a group that exists or is declared
 * ("" is /entry, "/" the root). An attribute of that name is replaced. Arrays
 * have count >= 1. */
iclgd_status iclgd_record_attr_text(iclgd_record *record, const char *path,
                                    const char *name, const char *value,
                                    iclgd_error *err);
iclgd_status iclgd_record_attr_texts(iclgd_record *record, const char *path,
                                     const char *name,
                                     const char *const *values, size_t count,
                                     iclgd_error *err);
iclgd_status iclgd_record_attr_int(iclgd_record *record, const char *path,
                                   const char *name, int64_t value,
                                   iclgd_error *err);
iclgd_status iclgd_record_attr_real(iclgd_record *record, const char *path,
                                    const char *name, double value,
                                    iclgd_error *err);
iclgd_status iclgd_record_attr_reals(iclgd_record *record, const char *path,
                                     const char *name, const double *values,
                                     size_t count, iclgd_error *err);

/* Attach the scales, close, fsync, rename to the final path, fsync the folder.
 * On failure the temporary is removed and an old file stands as it was. Frees
 * the record either way. */
iclgd_status iclgd_record_commit(iclgd_record *record, iclgd_error *err);

/* Remove the temporary and free the record; NULL is allowed. */
void iclgd_record_discard(iclgd_record *record);

/* --- reading ----------------------------------------------------------- */

typedef struct iclgd_source iclgd_source;

/* Read what a run may take of a file of strangers in a child process first,
 * with limits of memory and time: what makes the HDF5 library crash is
 * ICLGD_EINPUT then, and a message. Everything else is left to
 * iclgd_source_open. It forks: for programs that have no other threads yet. */
iclgd_status iclgd_source_try(const char *path, iclgd_error *err);

/* Open a file for reading, strictly: a regular HDF5 file, hard links only, no
 * external storage, no virtual layout, gzip, shuffle and fletcher32 as filters.
 * Files of ours and files made with h5py are accepted alike. ICLGD_EINPUT with
 * a message that names the file and says whether it is no HDF5 file, empty, cut
 * short, damaged, or open for writing in another program. */
iclgd_status iclgd_source_open(const char *path, iclgd_source **out,
                               iclgd_error *err);
void iclgd_source_close(iclgd_source *source);

/* Whether all that was asked for since then, and is there, could be read: those
 * who take a failure for "is not there" ask this once, before they believe what
 * they have. Else ICLGD_EINPUT with the first reason. */
iclgd_status iclgd_source_check_read(const iclgd_source *source,
                                     iclgd_error *err);
const char *iclgd_source_path(const iclgd_source *source);

/* Whether a group or dataset stands at the path. */
bool iclgd_source_has(const iclgd_source *source, const char *path);

/* The extents of a dataset; *rank is its rank. */
iclgd_status iclgd_source_extents(const iclgd_source *source, const char *path,
                                  size_t *rank, size_t extents[ICLGD_RANK_MAX],
                                  iclgd_error *err);

/* What a dataset is, for those who do not know it in advance. */
enum { ICLGD_DIM_NAME_MAX = 64 };
typedef struct iclgd_shape {
  iclgd_type type; /* ICLGD_F64: any float; ICLGD_I64: any integer */
  bool is_scale;   /* the coordinates of a dim, not values */
  size_t rank, extents[ICLGD_RANK_MAX];
  /* the name of the scale attached to each dim, the dataset's own where it is
   * a scale, "" where there is none */
  char dims[ICLGD_RANK_MAX][ICLGD_DIM_NAME_MAX];
} iclgd_shape;
iclgd_status iclgd_source_shape(const iclgd_source *source, const char *path,
                                iclgd_shape *out, iclgd_error *err);
bool iclgd_source_is_group(const iclgd_source *source, const char *path);

/* Read a whole dataset of any numeric (integer) type of up to 64 bits as
 * double (int64_t), into memory of the arena; 4 GiB at most. `rank` is what is
 * expected; an extent of expected[i] = 0 is free and filled in, another must be
 * met. The message names file, dataset, what was expected and what was found.
 */
iclgd_status iclgd_source_reals(const iclgd_source *source, const char *path,
                                size_t rank, size_t *expected,
                                iclgd_arena *arena, double **out,
                                iclgd_error *err);
iclgd_status iclgd_source_ints(const iclgd_source *source, const char *path,
                               size_t rank, size_t *expected,
                               iclgd_arena *arena, int64_t **out,
                               iclgd_error *err);
/* A string dataset of rank 0 or 1; *count as expected[0] above. */
iclgd_status iclgd_source_texts(const iclgd_source *source, const char *path,
                                size_t rank, size_t *count, iclgd_arena *arena,
                                char ***out, iclgd_error *err);

/* Part of a numeric (integer) dataset: start and count per dim; out is
 * caller-owned. */
iclgd_status iclgd_source_part(const iclgd_source *source, const char *path,
                               size_t rank, const size_t *start,
                               const size_t *count, double *out,
                               iclgd_error *err);
iclgd_status iclgd_source_part_ints(const iclgd_source *source,
                                    const char *path, size_t rank,
                                    const size_t *start, const size_t *count,
                                    int64_t *out, iclgd_error *err);

/* Attributes; a missing one is ICLGD_EINPUT, test with _has_attr. */
bool iclgd_source_has_attr(const iclgd_source *source, const char *path,
                           const char *name);
iclgd_status iclgd_source_attr_text(const iclgd_source *source,
                                    const char *path, const char *name,
                                    iclgd_arena *arena, char **out,
                                    iclgd_error *err);
iclgd_status iclgd_source_attr_texts(const iclgd_source *source,
                                     const char *path, const char *name,
                                     iclgd_arena *arena, char ***out,
                                     size_t *count, iclgd_error *err);
iclgd_status iclgd_source_attr_int(const iclgd_source *source, const char *path,
                                   const char *name, int64_t *out,
                                   iclgd_error *err);
iclgd_status iclgd_source_attr_real(const iclgd_source *source,
                                    const char *path, const char *name,
                                    double *out, iclgd_error *err);
iclgd_status iclgd_source_attr_reals(const iclgd_source *source,
                                     const char *path, const char *name,
                                     iclgd_arena *arena, double **out,
                                     size_t *count, iclgd_error *err);

/* The names of the attributes of a group or dataset, in creation order where
 * the file tracks it, else by name. */
iclgd_status iclgd_source_attributes(const iclgd_source *source,
                                     const char *path, iclgd_arena *arena,
                                     char ***names, size_t *count,
                                     iclgd_error *err);

/* The names of the children of a group, in creation order where the file
 * tracks it, else by name. */
iclgd_status iclgd_source_children(const iclgd_source *source, const char *path,
                                   iclgd_arena *arena, char ***names,
                                   size_t *count, iclgd_error *err);

/* --- checking ---------------------------------------------------------- */

/* Check a file of ours against the schemas: root attributes, groups and their
 * NeXus attributes, and for every dataset below /entry: declared, right type,
 * rank and dims (equal names mean equal extents within a group), units,
 * long_name and dimension scales. `report` is called with one line per fault
 * and may be NULL. ICLGD_EINPUT when there is a fault. */
iclgd_status iclgd_validate(const char *path, const iclgd_schema *schemas,
                            size_t n_schemas,
                            void (*report)(void *context, const char *line),
                            void *context, iclgd_error *err);

#endif /* ICLGD_RECORD_H */
