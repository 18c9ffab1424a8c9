/* What fuzz targets share. A target is one function of the bytes of an input;
 * libFuzzer calls it (-DICLGD_FUZZ=ON), or replay.c with files. */
#ifndef ICLGD_TESTS_FUZZ_H
#define ICLGD_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A message is one line, whatever was read. */
void fuzz_check_line(const char *text);

/* The bytes with a zero behind them; to be freed. */
char *fuzz_text(const uint8_t *data, size_t size);

/* A key of every kind. */
struct iclgd_settings;
struct iclgd_settings *fuzz_settings(void);

#endif /* ICLGD_TESTS_FUZZ_H */
