/* A child process that is asked through its standard input and answers on its
 * standard output; its standard error stays that of this process. */
#ifndef ICLGD_MODEL_PROGRAM_CHILD_H
#define ICLGD_MODEL_PROGRAM_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <iclgd/status.h>

typedef struct iclgd_child {
  pid_t pid;   /* also its process group; 0: there is none */
  int in, out; /* what it reads, what it writes; -1: closed */
  const volatile sig_atomic_t *stop; /* ends every wait; or NULL */
} iclgd_child;

/* How a wait or a transfer ended. */
typedef enum iclgd_transfer {
  ICLGD_TRANSFER_DONE,
  ICLGD_TRANSFER_EARLY,   /* it writes before it has read everything */
  ICLGD_TRANSFER_CLOSED,  /* it has closed its end, most likely by ending */
  ICLGD_TRANSFER_LATE,    /* not before the deadline */
  ICLGD_TRANSFER_STOPPED, /* *stop was set */
  ICLGD_TRANSFER_FAILED   /* errno says why */
} iclgd_transfer;

/* Run /bin/sh -c COMMAND in a process group of its own, so that a key that
 * interrupts the terminal reaches this process alone, and all that the shell
 * has started ends with it. */
iclgd_status iclgd_child_start(const char *command, iclgd_child *out,
                               iclgd_error *err);

/* Seconds of a clock that only goes forward. */
double iclgd_child_now(void);

/* Write all parts, which are changed. */
iclgd_transfer iclgd_child_write(iclgd_child *child, struct iovec *parts,
                                 int count, double deadline);

/* Between 1 and `size` bytes to `out`, *got of them. */
iclgd_transfer iclgd_child_read(iclgd_child *child, void *out, size_t size,
                                double deadline, size_t *got);

/* Whether it has written what nobody has read. */
bool iclgd_child_has_more(const iclgd_child *child);

/* Close its input, wait up to `grace` seconds for it to end, end what is left
 * of it and its group, and reap it: *status as waitpid has it. Whether it ended
 * by itself. */
bool iclgd_child_end(iclgd_child *child, double grace, int *status);

/* How it ended, "exit code 3", "signal 9 (Killed)". */
void iclgd_child_ending(int status, char *out, size_t size);

#endif /* ICLGD_MODEL_PROGRAM_CHILD_H */
