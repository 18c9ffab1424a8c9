/* Facts about the build, from CMake, and about the machine. */
#include "run/build_info.h"

#include <iclgd/run.h>

#include "math/dense.h"
#include "record/library.h"
#include "revision.h"

static const char *instruction_set(char *scratch, size_t size) {
  (void)scratch;
  (void)size;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return "x86-64 with AVX-512";
  if (__builtin_cpu_supports("avx2")) return "x86-64 with AVX2";
  return "x86-64";
#else
  return "unknown";
#endif
}

static const iclgd_build_fact facts[] = {
    {"version", ICLGD_VERSION, NULL},
    {"git_revision", ICLGD_REVISION, NULL},
    {"compiler", ICLGD_COMPILER, NULL},
    {"flags", ICLGD_FLAGS, NULL},
    {"instruction_set", NULL, instruction_set},
    {"hdf5_version", NULL, iclgd_hdf5_version},
    {"blas", NULL, iclgd_blas_config},
    {"blas_core", NULL, iclgd_blas_core},
};

size_t iclgd_build_facts(const iclgd_build_fact **out) {
  *out = facts;
  return sizeof facts / sizeof *facts;
}

const char *iclgd_version(void) {
  return ICLGD_VERSION;
}
