/* The number types of safetensors. */
#ifndef ICLGD_IMPORT_NUMBERS_H
#define ICLGD_IMPORT_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of one number of a type of safetensors, 0: no such type. */
size_t iclgd_number_bytes(const char *type);
/* Whether it is a floating-point type that is read. */
bool iclgd_number_is_read(const char *type);
/* `count` numbers of such a type from their bytes. */
void iclgd_numbers_decode(const char *type, const unsigned char *bytes,
                          size_t count, double *out);

#endif /* ICLGD_IMPORT_NUMBERS_H */
