/* iclgd/program.h - a program as the model: a child process that is sent
 * prompts and answers with predictions, so that a model of any framework can be
 * asked whatever a model of ours can be asked by its predictions
 * (docs/bring-your-own-program.md). It is started once with /bin/sh -c and ends
 * at the end of its standard input.
 *
 * A request, on its standard input: one line, then float64, little-endian, row
 * by row,
 *   "iclgd 1 COUNT N D QUERIES\n"  x (COUNT, N, D), y (COUNT, N),
 *                                  queries (COUNT, QUERIES, D);
 * the reply, on its standard output:
 *   "LAYERS COUNT QUERIES\n"       prediction (LAYERS, COUNT, QUERIES),
 * that of every query from the N points of its prompt alone, after every layer,
 * without the zero predictor before the first. N and QUERIES differ from
 * request to request, LAYERS does not. */
#ifndef ICLGD_PROGRAM_H
#define ICLGD_PROGRAM_H

#include <signal.h>
#include <stddef.h>

#include "iclgd/architecture.h"

typedef struct iclgd_program_options {
  const char *command; /* what the shell is given */
  double seconds;      /* for a reply, at most */
  size_t n, d;         /* of the prompt that it is tried on */
  const volatile sig_atomic_t
      *stop; /* ends a wait with ICLGD_STOPPED; or NULL */
} iclgd_program_options;

/* Start it and ask it about two queries of a prompt of normal numbers, which
 * tells its layers. The options are copied, the command is not. *out is to be
 * closed. ICLGD_EIO: it cannot
 * be started, or does not answer as it should. */
iclgd_status iclgd_program_open(const iclgd_program_options *options,
                                iclgd_program **out, iclgd_error *err);

size_t iclgd_program_layers(const iclgd_program *program);

/* The model that it is, of d features; the program is borrowed. */
iclgd_model iclgd_program_model(iclgd_program *program, size_t d);

/* End it: at the end of its input it has two seconds to end by itself, where it
 * has not failed. NULL is legal. */
void iclgd_program_close(iclgd_program *program);

/* One request, from any thread: prediction (layers, queries) of the queries x
 * (queries, d) of a prompt. The first failure ends the program; from then on
 * every prediction is NaN. */
void iclgd_program_ask(iclgd_program *program, const iclgd_prompt *prompt,
                       const double *x, size_t queries, double *prediction);

/* ICLGD_OK, or how and why it failed: ICLGD_EIO, ICLGD_STOPPED. */
iclgd_status iclgd_program_status(iclgd_program *program, iclgd_error *err);

extern const iclgd_architecture iclgd_program_architecture;

#endif /* ICLGD_PROGRAM_H */
