/* Whose names stand for which of our arrays: a text of a few lines, ours for
 * the dialects that are known, or the user's. */
#ifndef ICLGD_IMPORT_MAP_H
#define ICLGD_IMPORT_MAP_H

#include "import/tensor.h"

/* A line "theirs = ours [transpose] [rows I/K | rows A:B | first]". */
typedef struct iclgd_name_rule {
  const char *theirs; /* at most one '*' stands for the number of the layer */
  const char *ours;   /* "-": left out */
  bool transpose;     /* theirs is (in, out) */
  bool first;         /* of the rows as many as the model has */
  size_t part, parts; /* part 1..parts of the rows; parts 0: all of them */
  size_t from, to;    /* rows from..to - 1, where to > 0 */
} iclgd_name_rule;

typedef struct iclgd_name_map {
  const char *name; /* "gpt2", or the file */
  bool same;        /* a name without a rule is one of ours */
  iclgd_name_rule *rules;
  size_t n_rules;
  const char **prefixes; /* that names may begin with */
  size_t n_prefixes;
  iclgd_remark *words; /* keys that go with the names */
  size_t n_words;
} iclgd_name_map;

/* A map from its text; `name` stands for it in messages. ICLGD_EINPUT with the
 * line. */
iclgd_status iclgd_name_map_parse(const char *text, const char *name,
                                  iclgd_arena *arena, iclgd_name_map *out,
                                  iclgd_error *err);

/* A name without the prefixes of the map. */
const char *iclgd_name_bare(const iclgd_name_map *map, const char *name);

/* Whether a bare name is that of the rule, and of which *layer (0 where the
 * rule has no '*'). */
bool iclgd_name_fits(const iclgd_name_rule *rule, const char *bare,
                     size_t *layer);

/* What is known by --as: name, a line about it, the text of its map. */
typedef struct iclgd_dialect {
  const char *name, *description, *text;
  const char *prefix; /* of names that are written; NULL: none are */
  bool loops;         /* its code can loop over the layers */
} iclgd_dialect;
extern const iclgd_dialect iclgd_dialects[];
extern const size_t iclgd_n_dialects;

/* The dialect of that name. ICLGD_EUSAGE where there is none. */
iclgd_status iclgd_dialect_named(const char *name, const iclgd_dialect **out,
                                 iclgd_error *err);

/* The dialect that the arrays of a file look like. */
const iclgd_dialect *iclgd_dialect_of(const iclgd_tensors *tensors);

#endif /* ICLGD_IMPORT_MAP_H */
