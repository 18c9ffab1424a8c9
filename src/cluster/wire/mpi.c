/* The wire over MPI. That a process is lost, or a message, ends all of them:
 * the default of MPI, and why nothing here can fail. */
#include "cluster/wire.h"

#include <mpi.h>
#include <time.h>

enum { LETTER = 1, LOOKS = 20000, NAP = 100000 /* nanoseconds */ };

bool iclgd_wire_is_built(void) {
  return true;
}

void iclgd_wire_begin(size_t *rank, size_t *ranks) {
  int here, all, level;
  MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &here);
  MPI_Comm_size(MPI_COMM_WORLD, &all);
  *rank = (size_t)here;
  *ranks = (size_t)all;
}

void iclgd_wire_end(void) {
  MPI_Finalize();
}

void iclgd_wire_abort(int code) {
  MPI_Abort(MPI_COMM_WORLD, code);
}

/* MPI waits with all its might. Steps of a training follow each other closely,
 * but while the leader does other things nobody is to take a core from it. */
static void await(MPI_Request *request) {
  const struct timespec nap = {.tv_nsec = NAP};
  int done = 0;
  for (int look = 0; look < LOOKS && !done; ++look)
    MPI_Test(request, &done, MPI_STATUS_IGNORE);
  while (!done) {
    nanosleep(&nap, NULL);
    MPI_Test(request, &done, MPI_STATUS_IGNORE);
  }
}

void iclgd_wire_share(void *context, void *bytes, size_t size) {
  (void)context;
  const size_t most = (size_t)1 << 30;
  for (size_t done = 0; done < size; done += most) {
    const size_t part = size - done < most ? size - done : most;
    MPI_Request request;
    MPI_Ibcast((char *)bytes + done, (int)part, MPI_BYTE, 0, MPI_COMM_WORLD,
               &request);
    await(&request);
  }
}

/* By letter, since numbers and places of MPI_Gatherv are arrays of all ranks:
 * every other process sends its rows to the leader. */
void iclgd_wire_gather(void *context, double *rows, const size_t *first,
                       size_t width) {
  (void)context;
  MPI_Datatype row;
  int rank, ranks;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  MPI_Type_contiguous((int)width, MPI_DOUBLE, &row);
  MPI_Type_commit(&row);
  for (int r = 1; r < ranks; ++r) {
    double *part = rows + first[r] * width;
    const int count = (int)(first[r + 1] - first[r]);
    if (count == 0) continue;
    if (rank == 0)
      MPI_Recv(part, count, row, r, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    else if (rank == r)
      MPI_Send(part, count, row, 0, 0, MPI_COMM_WORLD);
  }
  MPI_Type_free(&row);
}

void iclgd_wire_send(size_t rank, const iclgd_letter *letter) {
  MPI_Send(letter, sizeof *letter, MPI_BYTE, (int)rank, LETTER, MPI_COMM_WORLD);
}

bool iclgd_wire_receive(size_t *rank, iclgd_letter *letter) {
  MPI_Status from;
  int there;
  MPI_Iprobe(MPI_ANY_SOURCE, LETTER, MPI_COMM_WORLD, &there, &from);
  if (!there) return false;
  MPI_Recv(letter, sizeof *letter, MPI_BYTE, from.MPI_SOURCE, LETTER,
           MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  *rank = (size_t)from.MPI_SOURCE;
  return true;
}
