/* Address space counts what libraries have taken before: buffers and stacks of
 * a threaded BLAS, or the shadow of a sanitizer, are larger than any limit. */
#include "base/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void limit(int what, rlim_t value) {
  struct rlimit limits;
  if (getrlimit(what, &limits) != 0 || limits.rlim_cur <= value) return;
  limits.rlim_cur = value;
  if (limits.rlim_max > value + 1) limits.rlim_max = value + 1;
  setrlimit(what, &limits);
}

/* Bytes; 0 where /proc is not there. */
static uint64_t used(void) {
  uint64_t pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return 0;
  if (fscanf(file, "%" SCNu64, &pages) != 1) pages = 0;
  fclose(file);
  return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void iclgd_limit_process(uint64_t bytes, uint64_t seconds) {
  const uint64_t before = used();
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, (rlim_t)seconds);
  limit(RLIMIT_AS, (rlim_t)(before + bytes));
}
