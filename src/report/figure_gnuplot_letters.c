/* What fits into a picture of some centimetres: how large its letters are, the
 * lines of its title, which ticks have a number. */
#include <math.h>
#include <string.h>

#include "report/figure_gnuplot.h"

enum { USUAL = 16, NARROW = 12 }; /* cm */

/* The width of a letter, at most on average, and what a legend has beside
 * letters. */
static const double letter = 0.185, key = 1.6; /* cm */
static const double smallest = 0.55;           /* letters, of their size */

static double width_of(const iclgd_figure *f) {
  return f->width > 0 ? f->width : USUAL;
}

bool iclgd_gnuplot_is_narrow(const iclgd_figure *f) {
  return width_of(f) < NARROW;
}

/* Characters of UTF-8. */
static double letters_of(const char *text) {
  size_t count = 0;
  for (; *text; ++text) count += ((unsigned char)*text & 0xC0) != 0x80;
  return (double)count;
}

/* The width that would be enough for letters of their size, cm. */
static double wanted_width(const iclgd_figure *f) {
  enum { MAP = 11, DOTS = 6 };
  double names = 0, legend = 0;
  for (size_t k = 0; k < f->n_series; ++k)
    legend = fmax(legend, letters_of(f->series[k].label) * letter + key);
  if (f->mark) legend = letters_of(f->mark_label) * letter + key;
  if (f->kind == ICLGD_FIGURE_MAP) return fmax(legend, MAP);
  if (f->kind != ICLGD_FIGURE_DOTS) return legend;
  for (size_t i = 0; i < f->n_rows; ++i)
    names = fmax(names, letters_of(f->row_name[i]) * letter);
  names += iclgd_gnuplot_is_narrow(f) ? 1 : DOTS;
  return fmax(fmax(legend, names), letters_of(f->x_label) * letter + 1);
}

double iclgd_gnuplot_letters(const iclgd_figure *f) {
  const double share = (width_of(f) - 0.4) / fmax(wanted_width(f), 1);
  return fmin(fmax(share, smallest), 1);
}

static double letter_of(const iclgd_figure *f) {
  return letter * iclgd_gnuplot_letters(f);
}

bool iclgd_gnuplot_fits(const iclgd_figure *f, const char *text, double share) {
  enum { BESIDE = 2 /* cm */ };
  return letters_of(text) * letter_of(f) <= share * (width_of(f) - BESIDE);
}

bool iclgd_gnuplot_has_room(const iclgd_figure *f, double tick, double *from) {
  enum { BESIDE = 2 /* cm */ };
  char text[32];
  const int length = snprintf(text, sizeof text, "%g", tick);
  const double half = 0.5 * (length > 5 ? 4 : length) * letter_of(f);
  const double at = (width_of(f) - BESIDE) *
                    iclgd_figure_place(tick, f->x_min, f->x_max, f->log_x);
  if (at - half < *from) return false;
  *from = at + half + 0.12;
  return true;
}

/* Bytes of a text that a line of `room` characters takes, whole words if it
 * can; what is left out between lines is a space. */
static size_t line_length(const char *text, size_t room) {
  size_t end = 0, used = 0, best = 0;
  for (; text[end]; ++end) {
    if (((unsigned char)text[end] & 0xC0) != 0x80 && used++ == room) break;
    if (text[end] == ' ') best = end;
  }
  return text[end] && best > 0 ? best : end;
}

/* Room for a title, in characters. */
static size_t title_room(const iclgd_figure *f) {
  return (size_t)fmax((width_of(f) - 1) / letter_of(f), 8);
}

size_t iclgd_gnuplot_title_lines(const iclgd_figure *f) {
  size_t lines = 0;
  for (const char *at = f->title; *at; ++lines) {
    at += line_length(at, title_room(f));
    at += *at == ' ';
  }
  return lines;
}

/* A line of the title as a text of its own. */
static void quote_part(const char *text, size_t length, FILE *script) {
  char part[256];
  snprintf(part, sizeof part, "%.*s", (int)length, text);
  iclgd_gnuplot_quote(part, script);
}

void iclgd_gnuplot_title(const iclgd_figure *f, FILE *script) {
  fputs("set encoding utf8\n", script);
  if (!*f->title) return;
  const bool dots = f->kind == ICLGD_FIGURE_DOTS; /* centred on the page */
  const size_t lines = iclgd_gnuplot_title_lines(f);
  fprintf(script, "set %s noenhanced ", dots ? "label" : "title");
  for (const char *at = f->title; *at;) {
    const size_t length = line_length(at, title_room(f));
    if (at > f->title) fputs(" . \"\\n\" . ", script);
    quote_part(at, length, script);
    at += length;
    at += *at == ' ';
  }
  if (dots)
    fprintf(script,
            " at screen 0.5, graph 1 center offset 0,%.1f\nset tmargin %zu\n",
            0.3 + (double)lines, 2 + lines);
  else
    fputc('\n', script);
}
