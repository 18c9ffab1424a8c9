/* What travels between processes that were started together: over MPI
 * (wire/mpi.c), or nothing where the program is built without (wire/none.c). */
#ifndef ICLGD_CLUSTER_WIRE_H
#define ICLGD_CLUSTER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether there is one. */
bool iclgd_wire_is_built(void);

/* Begin, as one of `ranks` processes, and end; all of them do. */
void iclgd_wire_begin(size_t *rank, size_t *ranks);
void iclgd_wire_end(void);
/* End all of them at once, with an exit code. */
void iclgd_wire_abort(int code);

/* The functions of a team (iclgd/team.h). A process that waits for long sleeps.
 */
void iclgd_wire_share(void *context, void *bytes, size_t size);
void iclgd_wire_gather(void *context, double *rows, const size_t *first,
                       size_t width);

/* A letter from one process to another. */
typedef struct iclgd_letter {
  int32_t what, slot;
  int64_t number;
} iclgd_letter;

void iclgd_wire_send(size_t rank, const iclgd_letter *letter);
/* The next one that has come, and from whom; false: none has. */
bool iclgd_wire_receive(size_t *rank, iclgd_letter *letter);

#endif /* ICLGD_CLUSTER_WIRE_H */
