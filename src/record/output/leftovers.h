/* Names of temporary files, which say whose they are:
 *   .NAME.HOST-PID-RANDOM.tmp
 * HOST is a hash of the machine's name, so that a folder that several machines
 * share is left in peace. */
#ifndef ICLGD_RECORD_OUTPUT_LEFTOVERS_H
#define ICLGD_RECORD_OUTPUT_LEFTOVERS_H

#include <iclgd/arena.h>
#include <stdint.h>

/* A name of this process beside `target`, another for every attempt; NULL: out
 * of memory. */
char *iclgd_temporary_name(const char *target, uint32_t attempt,
                           iclgd_arena *arena);

/* Remove the temporaries of `target` whose process, of this machine, is gone.
 */
void iclgd_remove_leftovers(const char *target);

#endif /* ICLGD_RECORD_OUTPUT_LEFTOVERS_H */
