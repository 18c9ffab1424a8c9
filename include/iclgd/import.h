/* iclgd/import.h - models that were trained elsewhere: their weights from a
 * file of named arrays (safetensors, HDF5) into a model file that the stages
 * take, and back.
 *
 * Names of arrays stand for ours by a dialect (gpt2, nanogpt, linear, own) or
 * by a map of the user (src/import/map.c has its lines). Keys that the arrays
 * show are taken from them, others from the names; what a user gave, or the
 * file says of itself, comes first.
 *
 * Proof: the arrays check/x (prompt, context, feature), check/y (prompt,
 * context), check/x_query (prompt, feature) and check/prediction (prompt), or
 * (layer, prompt) from the first block or from before it on, are predictions of
 * the framework that the model was trained in; they must agree.
 */
#ifndef ICLGD_IMPORT_H
#define ICLGD_IMPORT_H

#include <stdbool.h>

#include "iclgd/arena.h"
#include "iclgd/settings.h"

typedef struct iclgd_import_options {
  const char *weights; /* the file of arrays */
  const char *names;   /* a dialect; NULL: what the arrays look like */
  const char *map;     /* the file of a map, in its place; or NULL */
  const char *output;  /* the model file */
  bool force;          /* replace an existing file */
  bool reproducible;   /* no date in the file */
} iclgd_import_options;

/* A key and where its value came from: "command line", "arrays", ... */
typedef struct iclgd_import_word {
  const char *key, *value, *source;
} iclgd_import_word;

/* What was found; texts live in the arena of the caller. */
typedef struct iclgd_import_report {
  const char *names, *architecture;
  size_t arrays, parameters;      /* arrays of the file, numbers of the model */
  const iclgd_import_word *words; /* the keys of the model that were set */
  size_t n_words;
  const char *const *left_out; /* arrays that the names leave out */
  size_t n_left_out;
  const char *const *zero; /* biases of the model that the file has not */
  size_t n_zero;
  size_t check_prompts;    /* 0: nothing was checked */
  size_t check_layers;     /* whose predictions were */
  double check_difference; /* largest, in units of the largest prediction */
} iclgd_import_report;

/* Largest difference of predictions, relative to the largest of their layer,
 * that counts as agreement: that of single precision in a deep model. */
#define ICLGD_IMPORT_AGREEMENT 1e-4

/* Read the weights and write the model file; `settings`, the keys that were
 * given, get those that were found. ICLGD_EINPUT names the array that is
 * missing, not known, of another shape or not finite, or says by how much
 * predictions differ; ICLGD_EUSAGE names a key that must be given. */
iclgd_status iclgd_import(iclgd_settings *settings,
                          const iclgd_import_options *options,
                          iclgd_arena *arena, iclgd_import_report *report,
                          iclgd_error *err);

/* The arrays of /entry/model of a file of ours as safetensors, in double
 * precision or in single; the keys of the model and the law that it was trained
 * on stand in __metadata__. `names` is a dialect of other code (gpt2, nanogpt),
 * ICLGD_EUSAGE where that cannot hold the model; NULL: our names. */
iclgd_status iclgd_export_weights(const char *path, const char *output,
                                  const char *names, bool single,
                                  iclgd_error *err);

/* The dialects, a name and a line about each; NULL behind the last. */
const char *iclgd_import_dialect(size_t i, const char **description,
                                 const char **map);

#endif /* ICLGD_IMPORT_H */
