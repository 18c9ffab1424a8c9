/* What the program was built from and runs on. */
#ifndef ICLGD_RUN_BUILD_INFO_H
#define ICLGD_RUN_BUILD_INFO_H

#include <stddef.h>

typedef struct iclgd_build_fact {
  const char *name;
  const char *text;                                /* known at build time, or */
  const char *(*find)(char *scratch, size_t size); /* asked at run time */
} iclgd_build_fact;

/* The facts, in the order of the file's attributes; their number. */
size_t iclgd_build_facts(const iclgd_build_fact **out);

/* The text of one of them, or "unknown"; it may stand in scratch (size). */
const char *iclgd_build_fact_named(const char *name, char *scratch,
                                   size_t size);

#endif /* ICLGD_RUN_BUILD_INFO_H */
