/* What a process may use that reads files nobody vouches for. */
#ifndef ICLGD_BASE_LIMITS_H
#define ICLGD_BASE_LIMITS_H

#include <stdint.h>

/* From now on: so many bytes of address space beside those that it has, and so
 * many seconds of processor time, then SIGXCPU and a second later SIGKILL; no
 * core file. Lower limits that are set stay. */
void iclgd_limit_process(uint64_t bytes, uint64_t seconds);

#endif /* ICLGD_BASE_LIMITS_H */
