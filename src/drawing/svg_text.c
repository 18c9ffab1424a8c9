/* Text in SVG, which breaks no lines by itself: about how wide a text is, what
 * fits on a line, and powers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drawing/svg_parts.h"
#include "view/html.h"

enum { SIZE = 13, RISE = 4, TEXT_MAX = 1024 };

/* Of a raised letter. */
static const double small = 0.78;

/* In the size of letters, of DejaVu Sans: others are narrower. */
static double letter_width(unsigned char c) {
  if ((c & 0xC0) == 0x80) return 0; /* goes on from a byte before */
  if (strchr("ijl.,:;'!|", c)) return 0.32;
  if (strchr("ftrI/-()[]\" ", c)) return 0.38;
  if (strchr("mwMW%@", c)) return 0.95;
  return c >= 'A' && c <= 'Z' ? 0.7 : 0.61;
}

static double width_of(const char *text, size_t length) {
  double width = 0;
  for (size_t i = 0; i < length; ++i)
    width += SIZE * letter_width((unsigned char)text[i]);
  return width;
}

/* What is of one height in a text with powers. */
typedef struct run {
  const char *text;
  size_t length;
  bool raised;
} run;

static bool next_run(const char **at, run *out) {
  if (**at == '\0') return false;
  out->raised = **at == '^';
  *at += out->raised;
  const bool braced = out->raised && **at == '{';
  *at += braced;
  out->text = *at;
  out->length = braced        ? strcspn(*at, "}")
                : out->raised ? **at != '\0'
                              : strcspn(*at, "^");
  *at += out->length;
  *at += braced && **at == '}';
  return true;
}

double iclgd_svg_width(const char *text) {
  double width = 0;
  for (run r; next_run(&text, &r);)
    width += (r.raised ? small : 1) * width_of(r.text, r.length);
  return width;
}

double iclgd_svg_plain_width(const char *text) {
  return width_of(text, strlen(text));
}

/* The bytes that a line takes, whole words if it can; at least one. */
static size_t line_length(const char *text, double room) {
  size_t end = 0, best = 0;
  double used = 0;
  for (; text[end]; ++end) {
    used += SIZE * letter_width((unsigned char)text[end]);
    if (used > room && end > 0) break;
    if (text[end] == ' ') best = end;
  }
  if (text[end] == '\0') return end;
  if (best > 0) return best;
  while (((unsigned char)text[end] & 0xC0) == 0x80) ++end;
  return end;
}

/* The next line of a text, which goes on behind it. */
static bool next_line(const char **at, double room, char line[TEXT_MAX]) {
  const size_t length = line_length(*at, room);
  snprintf(line, TEXT_MAX, "%.*s", (int)length, *at);
  *at += length;
  *at += **at == ' ';
  return length > 0;
}

size_t iclgd_svg_lines_of(const char *text, double room) {
  char line[TEXT_MAX];
  size_t count = 0;
  while (next_line(&text, room, line)) ++count;
  return count;
}

/* No property that centres text is known to all programs. */
static void begin_text(double x, double y, const char *classes, FILE *out) {
  fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\"%s>", x, y, classes,
          strstr(classes, "mid") ? " dy=\".35em\"" : "");
}

void iclgd_svg_text(double x, double y, const char *classes, const char *text,
                    FILE *out) {
  bool was_raised = false;
  begin_text(x, y, classes, out);
  for (run r; next_run(&text, &r); was_raised = r.raised) {
    char part[TEXT_MAX];
    snprintf(part, sizeof part, "%.*s", (int)r.length, r.text);
    if (r.raised)
      fprintf(out, "<tspan class=\"sup\" dy=\"-%d\">", RISE);
    else if (was_raised)
      fprintf(out, "<tspan dy=\"%d\">", RISE);
    iclgd_html_text(out, part);
    if (r.raised || was_raised) fputs("</tspan>", out);
  }
  fputs("</text>\n", out);
}

void iclgd_svg_label(double x, double y, const char *classes, const char *text,
                     double room, FILE *out) {
  char line[TEXT_MAX];
  for (; next_line(&text, room, line); y += ICLGD_SVG_LINE)
    iclgd_svg_text(x, y, classes, line, out);
}

void iclgd_svg_prose(double x, double y, const char *classes, const char *text,
                     double room, FILE *out) {
  char line[TEXT_MAX];
  for (; next_line(&text, room, line); y += ICLGD_SVG_LINE) {
    begin_text(x, y, classes, out);
    iclgd_html_prose(out, line);
    fputs("</text>\n", out);
  }
}

/* The number as a text with powers. */
static void name_tick(double tick, bool log_axis, char out[64]) {
  const char *sign = tick < 0 ? "\u2212" : "";
  char factor[16] = "";
  int mantissa, power;
  if (!iclgd_tick_is_power(tick, log_axis, &mantissa, &power)) {
    snprintf(out, 64, "%s%g", sign, fabs(tick));
    return;
  }
  if (mantissa > 1) snprintf(factor, sizeof factor, "%d\u00D7", mantissa);
  snprintf(out, 64, "%s10^{%s%d}", factor, power < 0 ? "\u2212" : "",
           abs(power));
}

void iclgd_svg_tick(double x, double y, const char *classes, double tick,
                    bool log_axis, FILE *out) {
  char text[64];
  name_tick(tick, log_axis, text);
  iclgd_svg_text(x, y, classes, text, out);
}

double iclgd_svg_tick_width(double tick, bool log_axis) {
  char text[64];
  name_tick(tick, log_axis, text);
  return iclgd_svg_width(text);
}

void iclgd_svg_tick_below(double x, double y, double tick, bool log_axis,
                          double *from, FILE *out) {
  enum { GAP = 5 };
  const double half = iclgd_svg_tick_width(tick, log_axis) / 2;
  if (x - half < *from) return;
  iclgd_svg_tick(x, y, "c", tick, log_axis, out);
  *from = x + half + GAP;
}
