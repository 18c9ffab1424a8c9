/* A figure as inline SVG, 360 x 270 units: about the pixels of a phone, so that
 * text of 13 units can be read there.
 *
 * Classes: c0 the main series, c1..c6 the palette; l a line, b a band, m a
 * filled and o an open marker, d1, d2 and level dashes. */
#include "report/figure_svg.h"

#include <math.h>
#include <string.h>

#include "report/html_write.h"

enum {
  WIDTH = 360,
  HEIGHT = 270,
  LEFT = 46,
  RIGHT = 14,
  TOP = 26,
  BOTTOM = 46,
  SPAN_X = WIDTH - LEFT - RIGHT,
  SPAN_Y = HEIGHT - TOP - BOTTOM,
  COLOURS = 6,
  MARKED_MAX = 40, /* points; above they would touch */
  BLEED = 5,       /* outside of the axes, for markers at the edge */
  FAR = 4000       /* where a point that is out of sight is put */
};

/* Of the palette's colours in turn; circles are the main series'. */
static const struct marker {
  const char *shape; /* drawn from its centre */
  bool open;
} markers[1 + COLOURS] = {
    {"m-2.8 0a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0z", false},
    {"m-2.4-2.4h4.8v4.8h-4.8z", false},
    {"m0-3.2l3 5.4h-6z", false},
    {"m0-3.4l2.9 3.4l-2.9 3.4l-2.9-3.4z", false},
    {"m0 3.2l3-5.4h-6z", false},
    {"m-2.3-2.3h4.6v4.6h-4.6z", true},
    {"m0-3l2.8 5h-5.6z", true},
};

/* Main series 0, then the colours in turn. */
static size_t colour_of(size_t k) {
  return k == 0 ? 0 : 1 + (k - 1) % COLOURS;
}

static double place(double value, double low, double high, bool log_axis) {
  return log_axis ? log(value / low) / log(high / low)
                  : (value - low) / (high - low);
}

static double within(double position) {
  return fmin(fmax(position, -FAR), FAR);
}

static double at_x(const iclgd_figure *f, double x) {
  return within(LEFT + SPAN_X * place(x, f->x_min, f->x_max, f->log_x));
}

static double at_y(const iclgd_figure *f, double y) {
  return within(TOP +
                SPAN_Y * (1 - place(y, f->y_min, f->y_max, !f->linear_y)));
}

static void write_tick_text(double tick, bool log_axis, FILE *out) {
  const double power = log10(fabs(tick));
  if (log_axis && (power < -3.5 || power > 4.5))
    fprintf(out, "10<tspan class=\"sup\" dy=\"-4\">%s%.0f</tspan>",
            power < 0 ? "\u2212" : "", fabs(power));
  else
    fprintf(out, "%s%g", tick < 0 ? "\u2212" : "", fabs(tick));
}

static void write_axes(const iclgd_figure *f, FILE *out) {
  double ticks[ICLGD_TICKS_MAX];
  size_t count = iclgd_ticks(f->y_min, f->y_max, !f->linear_y, ticks);
  for (size_t i = 0; i < count; ++i) {
    const double y = at_y(f, ticks[i]);
    fprintf(out,
            "<path class=\"grid\" d=\"M%d %.1fh%d\"/>"
            "<text x=\"%d\" y=\"%.1f\" dy=\".35em\" class=\"e\">",
            LEFT, y, SPAN_X, LEFT - 6, y);
    write_tick_text(ticks[i], !f->linear_y, out);
    fputs("</text>\n", out);
  }
  count = iclgd_ticks(f->x_min, f->x_max, f->log_x, ticks);
  for (size_t i = 0; i < count; ++i) {
    const double x = at_x(f, ticks[i]);
    fprintf(out,
            "<path class=\"axis\" d=\"M%.1f %dv4\"/>"
            "<text x=\"%.1f\" y=\"%d\" class=\"c\">",
            x, TOP + SPAN_Y, x, TOP + SPAN_Y + 18);
    write_tick_text(ticks[i], f->log_x, out);
    fputs("</text>\n", out);
  }
  fprintf(out,
          "<path class=\"axis\" d=\"M%d %dv%dh%d\"/>\n"
          "<text x=\"4\" y=\"14\" class=\"name\">",
          LEFT, TOP, SPAN_Y, SPAN_X);
  iclgd_html_text(out, f->y_label);
  fprintf(out, "</text>\n<text x=\"%d\" y=\"%d\" class=\"name e\">",
          WIDTH - RIGHT, HEIGHT - 6);
  iclgd_html_text(out, f->x_label);
  fputs("</text>\n", out);
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

static void write_band(const iclgd_figure *f, const iclgd_series *s, size_t k,
                       FILE *out) {
  if (!s->band) return;
  fprintf(out, "<path class=\"b c%zu\" d=\"", colour_of(k));
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

/* The classes of a line that set it apart from the others. */
static void write_line_class(const iclgd_series *s, size_t k, FILE *out) {
  const size_t colour = colour_of(k);
  switch (s->kind) {
    case ICLGD_SERIES_MAIN:
      fputs("l main c0", out);
      break;
    case ICLGD_SERIES_POINTS:
      fprintf(out, "l c%zu", colour);
      break;
    case ICLGD_SERIES_CURVE:
      fprintf(out, "l c%zu d%zu", colour, (colour + 2) % 3);
      break;
    case ICLGD_SERIES_THIN:
      fputs("l thin", out);
      break;
    case ICLGD_SERIES_LEVEL:
      fprintf(out, "l c%zu level", colour);
      break;
  }
}

static bool is_marked(const iclgd_series *s) {
  return s->count <= MARKED_MAX &&
         (s->kind == ICLGD_SERIES_MAIN || s->kind == ICLGD_SERIES_POINTS);
}

static void write_marker_class(const iclgd_series *s, size_t k, FILE *out) {
  const size_t m = s->kind == ICLGD_SERIES_MAIN ? 0 : colour_of(k);
  fprintf(out, "<path class=\"%c c%zu\" d=\"", markers[m].open ? 'o' : 'm', m);
}

static const char *shape_of(const iclgd_series *s, size_t k) {
  return markers[s->kind == ICLGD_SERIES_MAIN ? 0 : colour_of(k)].shape;
}

static void write_markers(const iclgd_figure *f, const iclgd_series *s,
                          size_t k, FILE *out) {
  write_marker_class(s, k, out);
  for (size_t i = 0; i < s->count; ++i)
    if (iclgd_figure_shows(f, s->x[i], s->y[i]))
      fprintf(out, "M%.1f %.1f%s", at_x(f, s->x[i]), at_y(f, s->y[i]),
              shape_of(s, k));
  fputs("\"/>\n", out);
}

static void write_series(const iclgd_figure *f, size_t k, FILE *out) {
  const iclgd_series *s = &f->series[k];
  fputs("<path class=\"", out);
  write_line_class(s, k, out);
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
  if (is_marked(s)) write_markers(f, s, k, out);
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

static void write_legend(const iclgd_figure *f, FILE *out) {
  fputs("<ul class=\"legend\">\n", out);
  for (size_t k = 0; k < f->n_series; ++k) {
    const iclgd_series *s = &f->series[k];
    if (*s->label == '\0') continue;
    fputs(
        "<li><svg class=\"key\" viewBox=\"0 0 30 12\" aria-hidden=\"true\">"
        "<path class=\"",
        out);
    write_line_class(s, k, out);
    fputs("\" d=\"M1 6h28\"/>", out);
    if (is_marked(s)) {
      write_marker_class(s, k, out);
      fprintf(out, "M15 6%s\"/>", shape_of(s, k));
    }
    fputs("</svg>", out);
    iclgd_html_text(out, s->label);
    fputs("</li>\n", out);
  }
  fputs("</ul>\n", out);
}

void iclgd_figure_svg(const iclgd_figure *f, FILE *out) {
  fprintf(out,
          "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" "
          "aria-label=\"",
          WIDTH, HEIGHT);
  write_alternative(f, out);
  fputs("\">\n", out);
  write_axes(f, out);
  /* An inner <svg> cuts off what is outside of the window. */
  fprintf(out,
          "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
          "viewBox=\"%d %d %d %d\">\n",
          LEFT - BLEED, TOP - BLEED, SPAN_X + 2 * BLEED, SPAN_Y + 2 * BLEED,
          LEFT - BLEED, TOP - BLEED, SPAN_X + 2 * BLEED, SPAN_Y + 2 * BLEED);
  for (size_t k = 0; k < f->n_series; ++k) write_band(f, &f->series[k], k, out);
  for (size_t k = 1; k < f->n_series; ++k) write_series(f, k, out);
  if (f->n_series > 0) write_series(f, 0, out); /* on top */
  fputs("</svg>\n</svg>\n", out);
  write_legend(f, out);
}
