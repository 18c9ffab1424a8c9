/* The arguments of a sweep, with those of a file of them. */
#ifndef ICLGD_CLI_SWEEP_FILE_H
#define ICLGD_CLI_SWEEP_FILE_H

#include <iclgd/arena.h>
#include <iclgd/status.h>
#include <stdio.h>

typedef struct iclgd_sweep_words {
  const char *base; /* a preset or a file of settings; NULL: defaults */
  const char *name; /* what the sweep is called */
  char **words;     /* (count) key=LIST and the like */
  size_t count;
} iclgd_sweep_words;

/* Of arguments of which the first may name a sweep (NAME of data/sweeps, or a
 * file that ends with .sweep), a preset or a file of settings. A sweep is a
 * text of arguments, one a line; '#' begins a comment, and the line without '='
 * is its base. A word of the command line replaces that of the file with the
 * same key. All is in the arena. */
iclgd_status iclgd_sweep_words_read(char **arguments, int count,
                                    iclgd_arena *arena, iclgd_sweep_words *out,
                                    iclgd_error *err);

/* Sweeps that come along, each with what it asks. */
void iclgd_sweeps_list(FILE *out);

#endif /* ICLGD_CLI_SWEEP_FILE_H */
