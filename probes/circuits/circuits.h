/* The probe `circuits` in parts: what is removed or patched, and how it is
 * measured. */
#ifndef ICLGD_PROBES_CIRCUITS_H
#define ICLGD_PROBES_CIRCUITS_H

#include <iclgd/components.h>
#include <iclgd/probe.h>

/* One head, one mlp, or all that a layer adds. */
typedef enum iclgd_place_kind {
  ICLGD_PLACE_HEAD,
  ICLGD_PLACE_MLP,
  ICLGD_PLACE_LAYER
} iclgd_place_kind;

typedef struct iclgd_place {
  iclgd_place_kind kind;
  size_t layer, head; /* from 0 */
  const char *name;   /* "layer 2 head 1" */
} iclgd_place;

/* All of a model: every layer and, where it has several, its parts. */
iclgd_status iclgd_places_list(const iclgd_model *model, iclgd_arena *arena,
                               iclgd_place **out, size_t *count,
                               iclgd_error *err);

/* The outputs of all components on one prompt, one after the other. */
size_t iclgd_outputs_size(const iclgd_model *model, size_t n);
/* After a forward of the prompt. */
void iclgd_outputs_read(const iclgd_model *model, const double *theta,
                        const iclgd_prompt *prompt, iclgd_tape *tape,
                        double *out);

/* The changes (at most heads + 1) that put these outputs, of prompts of n
 * points, in a place; NULL: 0. Their number. */
size_t iclgd_place_changes(const iclgd_model *model, size_t n,
                           const iclgd_place *place, const double *outputs,
                           iclgd_intervention *out);

/* How a component is taken out. */
typedef enum iclgd_removal {
  ICLGD_REMOVE_ZERO,     /* its output is 0 */
  ICLGD_REMOVE_MEAN,     /* its mean over other prompts, token by token */
  ICLGD_REMOVE_RESAMPLE, /* that of another prompt */
  ICLGD_REMOVALS
} iclgd_removal;

/* What a thread works in. */
typedef struct iclgd_circuit_room {
  iclgd_tape *tape;
  double *prediction;    /* (depth + 1) */
  double *clean, *other; /* (outputs) */
  double *y;             /* (n) labels of the corrupted prompt */
  double *similarity;    /* (n) */
  double *pattern;       /* (T, T) */
  iclgd_intervention *changes;
} iclgd_circuit_room;

typedef struct iclgd_circuits {
  const iclgd_probe_setup *setup;
  iclgd_prompts prompts, donors; /* donors: for fitting, never among them */
  iclgd_place *place;
  size_t places, tokens, heads, outputs;
  bool flip;                                 /* one label, and not all */
  iclgd_circuit_room *rooms;                 /* (threads) */
  double *mean;                              /* (chunks, outputs) */
  double *own, *clean, *corrupted, *nothing; /* (prompts) */
  double *squares; /* (places, ICLGD_REMOVALS, prompts) */
  double *patched; /* (places, prompts) predictions */
  double *query;   /* (chunks, depth, heads, tokens) */
  double *by_rank; /* (chunks, depth, heads, n) */
  double *map;     /* (depth, heads, tokens, tokens); NULL: too large */
} iclgd_circuits;

/* Prompts that are summed together, whoever runs them. */
enum { ICLGD_CIRCUIT_CHUNK = 16 };
static inline size_t iclgd_circuit_chunks(size_t count) {
  return (count + ICLGD_CIRCUIT_CHUNK - 1) / ICLGD_CIRCUIT_CHUNK;
}

/* Everything on all prompts; sums stand in the first rows. */
void iclgd_circuits_measure(iclgd_circuits *s);

/* To the file. */
iclgd_status iclgd_circuits_write(const iclgd_circuits *s, iclgd_record *record,
                                  iclgd_error *err);

extern const iclgd_schema iclgd_circuits_schema;

#endif /* ICLGD_PROBES_CIRCUITS_H */
