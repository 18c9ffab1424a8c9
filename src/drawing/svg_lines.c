/* Lines over axes as SVG. */
#include <math.h>

#include "drawing/svg_parts.h"
#include "report/html_write.h"

enum {
  HEIGHT = 270,
  LEFT = 46,
  RIGHT = 14,
  TOP = 26,
  BOTTOM = 46,
  SPAN_X = ICLGD_SVG_WIDTH - LEFT - RIGHT,
  SPAN_Y = HEIGHT - TOP - BOTTOM,
  BLEED = 5, /* outside of the axes, for markers at the edge */
  FAR = 4000 /* where a point that is out of sight is put */
};

static double within(double position) {
  return fmin(fmax(position, -FAR), FAR);
}

static double at_x(const iclgd_figure *f, double x) {
  return within(LEFT +
                SPAN_X * iclgd_figure_place(x, f->x_min, f->x_max, f->log_x));
}

static double at_y(const iclgd_figure *f, double y) {
  return within(TOP + SPAN_Y * (1 - iclgd_figure_place(y, f->y_min, f->y_max,
                                                       !f->linear_y)));
}

static void write_axes(const iclgd_figure *f, FILE *out) {
  double ticks[ICLGD_TICKS_MAX];
  size_t count = iclgd_figure_ticks(f, 'y', ticks);
  for (size_t i = 0; i < count; ++i) {
    const double y = at_y(f, ticks[i]);
    fprintf(out, "<path class=\"grid\" d=\"M%d %.1fh%d\"/>", LEFT, y, SPAN_X);
    iclgd_svg_tick(LEFT - 6, y, "e mid", ticks[i], !f->linear_y, out);
  }
  count = iclgd_figure_ticks(f, 'x', ticks);
  for (size_t i = 0; i < count; ++i) {
    const double x = at_x(f, ticks[i]);
    fprintf(out, "<path class=\"axis\" d=\"M%.1f %dv4\"/>", x, TOP + SPAN_Y);
    iclgd_svg_tick(x, TOP + SPAN_Y + 18, "c", ticks[i], f->log_x, out);
  }
  fprintf(out, "<path class=\"axis\" d=\"M%d %dv%dh%d\"/>\n", LEFT, TOP, SPAN_Y,
          SPAN_X);
  iclgd_svg_text(4, 14, "name", f->y_label, out);
  iclgd_svg_text(ICLGD_SVG_WIDTH - RIGHT, HEIGHT - 6, "name e", f->x_label,
                 out);
}

/* From point i the end of what can be drawn without a gap. */
static size_t end_of_stretch(const iclgd_figure *f, const iclgd_series *s,
                             size_t i) {
  while (i < s->count && iclgd_figure_shows(f, s->x[i], s->y[i])) ++i;
  return i;
}

static double edge(const iclgd_figure *f, double y) {
  return at_y(f, fmin(fmax(y, f->y_min), f->y_max));
}

static void write_area(const iclgd_figure *f, const iclgd_series *s,
                       FILE *out) {
  fprintf(out, "<path class=\"b c%zu\" d=\"", s->colour);
  for (size_t i = 0; i < s->count; ++i) {
    const size_t end = end_of_stretch(f, s, i);
    for (size_t j = i; j < end; ++j)
      fprintf(out, "%c%.1f %.1f", j == i ? 'M' : 'L', at_x(f, s->x[j]),
              edge(f, s->band[s->count + j]));
    for (size_t j = end; j-- > i;)
      fprintf(out, "L%.1f %.1f", at_x(f, s->x[j]), edge(f, s->band[j]));
    if (end > i) {
      fputc('z', out);
      i = end;
    }
  }
  fputs("\"/>\n", out);
}

static void write_bars(const iclgd_figure *f, const iclgd_series *s,
                       FILE *out) {
  fprintf(out, "<path class=\"l c%zu\" d=\"", s->colour);
  for (size_t i = 0; i < s->count; ++i)
    if (iclgd_figure_shows(f, s->x[i], s->y[i]))
      fprintf(out, "M%.1f %.1fV%.1f", at_x(f, s->x[i]), edge(f, s->band[i]),
              edge(f, s->band[s->count + i]));
  fputs("\"/>\n", out);
}

static void write_band(const iclgd_figure *f, size_t k, FILE *out) {
  const iclgd_series *s = &f->series[k];
  if (!s->band) return;
  if (f->bars)
    write_bars(f, s, out);
  else
    write_area(f, s, out);
}

static void write_markers(const iclgd_figure *f, const iclgd_series *s,
                          FILE *out) {
  iclgd_svg_marker_class(s, out);
  for (size_t i = 0; i < s->count; ++i)
    if (iclgd_figure_shows(f, s->x[i], s->y[i]))
      fprintf(out, "M%.1f %.1f%s", at_x(f, s->x[i]), at_y(f, s->y[i]),
              iclgd_svg_marker_shape(s));
  fputs("\"/>\n", out);
}

static void write_series(const iclgd_figure *f, size_t k, FILE *out) {
  const iclgd_series *s = &f->series[k];
  fputs("<path class=\"", out);
  iclgd_svg_line_class(s, out);
  fputs("\" d=\"", out);
  if (s->kind == ICLGD_SERIES_LEVEL) {
    if (iclgd_figure_shows(f, f->x_max, s->y[0]))
      fprintf(out, "M%d %.1fh%d", LEFT, at_y(f, s->y[0]), SPAN_X);
  } else {
    bool drawn = false;
    for (size_t i = 0; i < s->count; ++i) {
      const bool shown = iclgd_figure_shows(f, s->x[i], s->y[i]);
      if (shown)
        fprintf(out, "%c%.1f %.1f", drawn ? 'L' : 'M', at_x(f, s->x[i]),
                at_y(f, s->y[i]));
      drawn = shown;
    }
  }
  fputs("\"/>\n", out);
  if (iclgd_svg_is_marked(s)) write_markers(f, s, out);
}

/* What one who cannot see the figure is told: the axes, and where the lines
 * that have a name begin and end. */
static void write_alternative(const iclgd_figure *f, FILE *out) {
  fputs("Lines: ", out);
  iclgd_html_text(out, f->y_label);
  fputs(" over ", out);
  iclgd_html_text(out, f->x_label);
  const char *mark = ". ";
  for (size_t k = 0; k < f->n_series; ++k) {
    const iclgd_series *s = &f->series[k];
    if (*s->label == '\0') continue;
    double first = NAN, last = NAN;
    for (size_t i = 0; i < s->count; ++i) {
      if (!isfinite(s->y[i])) continue;
      if (isnan(first)) first = s->y[i];
      last = s->y[i];
    }
    fputs(mark, out);
    iclgd_html_text(out, s->label);
    if (s->count > 1)
      fprintf(out, ": from %.3g to %.3g", first, last);
    else
      fprintf(out, ": %.3g", last);
    mark = "; ";
  }
}

void iclgd_svg_lines(const iclgd_figure *f, FILE *out) {
  iclgd_svg_begin("", HEIGHT, out);
  write_alternative(f, out);
  iclgd_svg_label_end(out);
  write_axes(f, out);
  /* An inner <svg> cuts off what is outside of the window. */
  fprintf(out,
          "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
          "viewBox=\"%d %d %d %d\">\n",
          LEFT - BLEED, TOP - BLEED, SPAN_X + 2 * BLEED, SPAN_Y + 2 * BLEED,
          LEFT - BLEED, TOP - BLEED, SPAN_X + 2 * BLEED, SPAN_Y + 2 * BLEED);
  for (size_t k = 0; k < f->n_series; ++k) write_band(f, k, out);
  for (size_t k = f->main_below ? 0 : 1; k < f->n_series; ++k)
    write_series(f, k, out);
  if (f->n_series > 0 && !f->main_below) write_series(f, 0, out); /* on top */
  fputs("</svg>\n", out);
  iclgd_svg_end(out);
}
