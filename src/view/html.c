/* HTML that is well-formed XML: what is escaped, and how numbers look. */
#include "view/html.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "view/text.h"

static const char dash[] = "\u2013", minus[] = "\u2212", unknown[] = "\uFFFD",
                  plus_minus[] = " \u00B1\u00A0"; /* a line ends before it */

/* The length of the character when XML allows it and it moves no terminal, else
 * 0. */
static size_t character(const char *text) {
  uint32_t code;
  const size_t length = iclgd_utf8_character(text, &code);
  const bool control = (code < ' ' && code != '\n' && code != '\t') ||
                       (code >= 0x7F && code < 0xA0);
  return control || code == 0xFFFE || code == 0xFFFF ? 0 : length;
}

static const char *entity(char c) {
  switch (c) {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return NULL;
  }
}

/* One character; what follows it. */
static const char *write_character(FILE *out, const char *text) {
  const size_t length = character(text);
  const char *name = entity(*text);
  if (length == 0)
    fputs(unknown, out);
  else if (name)
    fputs(name, out);
  else
    fwrite(text, 1, length, out);
  return text + (length ? length : 1);
}

void iclgd_html_text(FILE *out, const char *text) {
  while (*text) text = write_character(out, text);
}

void iclgd_html_prose(FILE *out, const char *text) {
  while (*text) {
    if (strncmp(text, "+-", 2) == 0) {
      fputs("\u00B1", out);
      text += 2;
    } else {
      text = write_character(out, text);
    }
  }
}

static void write_fixed(FILE *out, int decimals, double value) {
  fprintf(out, "%s%.*f", value < 0 ? minus : "", decimals > 0 ? decimals : 0,
          fabs(value));
}

/* The exponent of a finite number when it is rounded to so many digits: 9.996
 * is 10.0 with three. */
static int exponent_of(double value, int digits) {
  char text[64];
  snprintf(text, sizeof text, "%.*e", digits - 1, value);
  return (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

/* value / 10^exponent, in two steps: 10^-324 is 0. */
static double scaled(double value, int exponent) {
  const int half = exponent / 2;
  return value / pow(10, half) / pow(10, exponent - half);
}

static void write_power(FILE *out, int exponent) {
  fprintf(out, "\u202F\u00D7\u202F10<sup>%s%d</sup>", exponent < 0 ? minus : "",
          exponent < 0 ? -exponent : exponent);
}

/* Further from 1 a number is written with its power of ten. */
static bool is_far(int exponent) {
  return exponent < -4 || exponent > 4;
}

void iclgd_html_number(FILE *out, int digits, double value) {
  const int exponent = isfinite(value) ? exponent_of(value, digits) : 0;
  if (isnan(value)) {
    fputs(dash, out);
  } else if (isinf(value)) {
    fprintf(out, "%s\u221E", value < 0 ? minus : "");
  } else if (value == 0) {
    fputc('0', out);
  } else if (is_far(exponent)) {
    write_fixed(out, digits - 1, scaled(value, exponent));
    write_power(out, exponent);
  } else {
    write_fixed(out, digits - 1 - exponent, value);
  }
}

void iclgd_html_estimate(FILE *out, int digits, double value, double error) {
  const double size = fabs(value);
  if (!isfinite(value) || !(error > 1e-9 * size) || isinf(error)) {
    iclgd_html_number(out, digits, value);
    return;
  }
  if (error < 1e-5 * size) { /* more digits than one wants to read */
    iclgd_html_number(out, 6, value);
    fputs(plus_minus, out);
    iclgd_html_number(out, 2, error);
    return;
  }
  const int exponent = value == 0 ? 0 : exponent_of(value, 3);
  const bool far = is_far(exponent);
  const double spread = far ? scaled(error, exponent) : error;
  const int decimals = iclgd_decimals(spread);
  fputs(far ? "(" : "", out);
  write_fixed(out, decimals, far ? scaled(value, exponent) : value);
  fputs(plus_minus, out);
  write_fixed(out, decimals, spread);
  if (!far) return;
  fputc(')', out);
  write_power(out, exponent);
}

/* What is set otherwise than it is typed, behind a character that is given or
 * anything ('\0'). */
static const struct sign {
  const char *typed, *set;
} signs[] = {{"+-", "\u00B1"},       {"^2", "\u00B2"},    {"^T", "\u1D40"},
             {"->", "\u2192"},       {" x ", " \u00D7 "}, {" -0", " \u22120"},
             {">=", "\u2265\u202F"}, {"...", "\u2026"},   {"w*", "w\u2217"},
             {" - ", " \u2212 "}};

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* "3 x 1" and "layers x loops" are products, the inputs x are not. */
static bool is_factor(const char *text) {
  return is_digit(*text) || strncmp(text, "loops", 5) == 0;
}

static const struct sign *sign_at(const char *text) {
  if (strncmp(text, " x ", 3) == 0 && !is_factor(text + 3)) return NULL;
  for (size_t i = 0; i < sizeof signs / sizeof *signs; ++i)
    if (strncmp(text, signs[i].typed, strlen(signs[i].typed)) == 0)
      return &signs[i];
  return NULL;
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "e-07" behind a digit is a power of ten. */
static const char *take_power(FILE *out, const char *text) {
  char *end;
  if (*text != 'e' || (text[1] != '-' && text[1] != '+') || !is_digit(text[2]))
    return NULL;
  write_power(out, (int)strtol(text + 1, &end, 10));
  return end;
}

void iclgd_html_typeset(FILE *out, const char *text) {
  for (char before = ' '; *text;) {
    const struct sign *sign = sign_at(text);
    const char *after = is_digit(before) ? take_power(out, text) : NULL;
    const bool within = is_letter(before) && is_letter(text[1]);
    if (after) {
      before = '0';
      text = after;
      continue;
    }
    before = *text;
    if (sign) {
      fputs(sign->set, out);
      text += strlen(sign->typed);
    } else if (*text == '\'' && within) {
      fputs("\u2019", out);
      ++text;
    } else {
      text = write_character(out, text);
    }
  }
}
