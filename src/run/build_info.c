/* Facts about the build, from CMake, and about the machine. */
#include "run/build_info.h"

#include <iclgd/run.h>
#include <string.h>

#include "base/isa.h"
#include "math/dense.h"
#include "record/library.h"
#include "revision.h"

static const char *instruction_set(char *scratch, size_t size) {
  static const char *const names[] = {"baseline", "x86-64-v3", "x86-64-v4"};
  (void)scratch;
  (void)size;
  return names[iclgd_isa_best()];
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

const char *iclgd_build_fact_named(const char *name, char *scratch,
                                   size_t size) {
  for (size_t i = 0; i < sizeof facts / sizeof *facts; ++i)
    if (strcmp(facts[i].name, name) == 0)
      return facts[i].text ? facts[i].text : facts[i].find(scratch, size);
  return "unknown";
}

const char *iclgd_version(void) {
  return ICLGD_VERSION;
}
