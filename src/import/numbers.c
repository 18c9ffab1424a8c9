/* The number types of safetensors: little-endian, IEEE 754 binary64, 32, 16,
 * and bfloat16, the upper half of a binary32. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "import/numbers.h"

static uint64_t little_endian(const unsigned char *bytes, size_t count) {
  uint64_t bits = 0;
  for (size_t i = count; i-- > 0;) bits = bits << 8 | bytes[i];
  return bits;
}

static double binary64(const unsigned char *bytes) {
  const uint64_t bits = little_endian(bytes, 8);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static double of_single(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return (double)value;
}

static double binary32(const unsigned char *bytes) {
  return of_single((uint32_t)little_endian(bytes, 4));
}

static double bfloat16(const unsigned char *bytes) {
  return of_single((uint32_t)little_endian(bytes, 2) << 16);
}

/* 5 bits of exponent with bias 15, 10 of mantissa; subnormal at exponent 0. */
static double binary16(const unsigned char *bytes) {
  const unsigned bits = (unsigned)little_endian(bytes, 2);
  const int exponent = (int)(bits >> 10 & 31);
  const double mantissa = bits & 1023;
  double value = exponent == 0 ? ldexp(mantissa, -24)
                               : ldexp(1024 + mantissa, exponent - 25);
  if (exponent == 31) value = mantissa == 0 ? (double)INFINITY : (double)NAN;
  return bits >> 15 ? -value : value;
}

static const struct {
  const char *name;
  size_t bytes;
  double (*decode)(const unsigned char *bytes); /* NULL: it is not read */
} types[] = {
    {"F64", 8, binary64},  {"F32", 4, binary32}, {"F16", 2, binary16},
    {"BF16", 2, bfloat16}, {"BOOL", 1, NULL},    {"U8", 1, NULL},
    {"I8", 1, NULL},       {"F8_E5M2", 1, NULL}, {"F8_E4M3", 1, NULL},
    {"I16", 2, NULL},      {"U16", 2, NULL},     {"I32", 4, NULL},
    {"U32", 4, NULL},      {"I64", 8, NULL},     {"U64", 8, NULL},
};
enum { TYPES = sizeof types / sizeof *types };

static size_t type_of(const char *name) {
  size_t i = 0;
  while (i < TYPES && strcmp(types[i].name, name) != 0) ++i;
  return i;
}

size_t iclgd_number_bytes(const char *type) {
  const size_t i = type_of(type);
  return i < TYPES ? types[i].bytes : 0;
}

bool iclgd_number_is_read(const char *type) {
  const size_t i = type_of(type);
  return i < TYPES && types[i].decode;
}

void iclgd_numbers_decode(const char *type, const unsigned char *bytes,
                          size_t count, double *out) {
  const size_t t = type_of(type);
  for (size_t i = 0; i < count; ++i)
    out[i] = types[t].decode(bytes + i * types[t].bytes);
}
