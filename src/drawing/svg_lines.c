/* Lines over axes as SVG. */
#include <math.h>

#include "drawing/svg_parts.h"
#include "view/html.h"

enum {
  HEIGHT = 270, /* on a page */
  LEFT = 46,    /* at least */
  RIGHT = 14,
  TOP = 26,
  BOTTOM = 46,
  BLEED = 5, /* outside of the axes, for markers at the edge, */
  EDGE = 1,  /* and for half a line that runs along it */
  FAR = 4000 /* where a point that is out of sight is put */
};

typedef iclgd_svg_plot plot;

/* Labels take the lines they need, numbers of the y axis their width. */
static plot lay_out(const iclgd_figure *f, const iclgd_svg *svg) {
  plot p = {.figure = f, .out = svg->out, .width = svg->width, .left = LEFT};
  double ticks[ICLGD_TICKS_MAX];
  const size_t count = iclgd_figure_ticks(f, 'y', ticks);
  for (size_t i = 0; i < count; ++i)
    p.left = fmax(p.left, iclgd_svg_tick_width(ticks[i], !f->linear_y) + 10);
  const size_t above = iclgd_svg_lines_of(f->y_label, p.width);
  const size_t below = iclgd_svg_lines_of(f->x_label, p.width);
  const double top = above > 1 ? ICLGD_SVG_LINE * (double)(above - 1) : 0;
  const double bottom = below > 1 ? ICLGD_SVG_LINE * (double)(below - 1) : 0;
  const double height = HEIGHT * iclgd_svg_growth(svg);
  p.top = TOP + top;
  p.span_x = p.width - p.left - RIGHT;
  p.span_y = height - TOP - BOTTOM;
  p.height = height + top + bottom;
  return p;
}

static double within(double position) {
  return fmin(fmax(position, -FAR), FAR);
}

static double at_x(const plot *p, double x) {
  const iclgd_figure *f = p->figure;
  return within(p->left + p->span_x * iclgd_figure_place(x, f->x_min, f->x_max,
                                                         f->log_x));
}

static double at_y(const plot *p, double y) {
  const iclgd_figure *f = p->figure;
  return within(p->top +
                p->span_y * (1 - iclgd_figure_place(y, f->y_min, f->y_max,
                                                    !f->linear_y)));
}

void iclgd_svg_axes(const plot *p) {
  const iclgd_figure *f = p->figure;
  FILE *out = p->out;
  double ticks[ICLGD_TICKS_MAX], from = -INFINITY;
  const double bottom = p->top + p->span_y;
  size_t count = iclgd_figure_ticks(f, 'y', ticks);
  for (size_t i = 0; i < count; ++i) {
    const double y = at_y(p, ticks[i]);
    fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>", p->left, y,
            p->span_x);
    if (!p->bare_y)
      iclgd_svg_tick(p->left - 6, y, "e mid", ticks[i], !f->linear_y, out);
  }
  count = iclgd_figure_ticks(f, 'x', ticks);
  for (size_t i = 0; i < count; ++i) {
    const double x = at_x(p, ticks[i]);
    fprintf(out, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>", x, bottom);
    if (!p->bare_x)
      iclgd_svg_tick_below(x, bottom + 18, ticks[i], f->log_x, &from, out);
  }
  fprintf(out, "<path class=\"axis\" d=\"M%.1f %.1fv%.1fh%.1f\"/>\n", p->left,
          p->top, p->span_y, p->span_x);
}

static void write_labels(const plot *p) {
  const iclgd_figure *f = p->figure;
  const double bottom = p->top + p->span_y;
  iclgd_svg_label(4, 14, "name", f->y_label, p->width, p->out);
  iclgd_svg_label(p->width - RIGHT, bottom + BOTTOM - 6, "name e", f->x_label,
                  p->width, p->out);
}

/* An inner <svg> cuts off what is so far outside of the window. */
static void begin_window(const plot *p, double beyond) {
  const double left = p->left - beyond, top = p->top - beyond;
  const double width = p->span_x + 2 * beyond, height = p->span_y + 2 * beyond;
  fprintf(p->out,
          "<svg x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
          "viewBox=\"%.1f %.1f %.1f %.1f\">\n",
          left, top, width, height, left, top, width, height);
}

static void end_window(const plot *p) {
  fputs("</svg>\n", p->out);
}

/* From point i the end of what can be drawn without a gap. */
static size_t end_of_stretch(const iclgd_figure *f, const iclgd_series *s,
                             size_t i) {
  while (i < s->count && iclgd_figure_shows(f, s->x[i], s->y[i])) ++i;
  return i;
}

static double edge(const plot *p, double y) {
  const iclgd_figure *f = p->figure;
  return at_y(p, fmin(fmax(y, f->y_min), f->y_max));
}

/* The same of a band, which is not known where its edges are NaN. */
static size_t end_of_band(const iclgd_figure *f, const iclgd_series *s,
                          size_t i) {
  const size_t end = end_of_stretch(f, s, i);
  while (i < end && !isnan(s->band[i]) && !isnan(s->band[s->count + i])) ++i;
  return i;
}

static void write_area(const plot *p, const iclgd_series *s) {
  const iclgd_figure *f = p->figure;
  FILE *out = p->out;
  fprintf(out, "<path class=\"b c%zu\" d=\"", s->colour);
  for (size_t i = 0; i < s->count; ++i) {
    const size_t end = end_of_band(f, s, i);
    for (size_t j = i; j < end; ++j)
      fprintf(out, "%c%.1f %.1f", j == i ? 'M' : 'L', at_x(p, s->x[j]),
              edge(p, s->band[s->count + j]));
    for (size_t j = end; j-- > i;)
      fprintf(out, "L%.1f %.1f", at_x(p, s->x[j]), edge(p, s->band[j]));
    if (end > i) {
      fputc('z', out);
      i = end;
    }
  }
  fputs("\"/>\n", out);
}

static void write_bars(const plot *p, const iclgd_series *s) {
  const iclgd_figure *f = p->figure;
  FILE *out = p->out;
  fprintf(out, "<path class=\"l c%zu\" d=\"", s->colour);
  for (size_t i = 0; i < s->count; ++i)
    if (iclgd_figure_shows(f, s->x[i], s->y[i]))
      fprintf(out, "M%.1f %.1fV%.1f", at_x(p, s->x[i]), edge(p, s->band[i]),
              edge(p, s->band[s->count + i]));
  fputs("\"/>\n", out);
}

static void write_band(const plot *p, size_t k) {
  const iclgd_figure *f = p->figure;

  const iclgd_series *s = &f->series[k];
  if (!s->band) return;
  if (f->bars)
    write_bars(p, s);
  else
    write_area(p, s);
}

/* Whether a marker has its place in the window, or on its edge. */
static bool is_within(const plot *p, double x, double y) {
  const double right = at_x(p, x) - p->left, down = at_y(p, y) - p->top;
  return right >= -EDGE && right <= p->span_x + EDGE && down >= -EDGE &&
         down <= p->span_y + EDGE;
}

static void write_markers(const plot *p, const iclgd_series *s) {
  const iclgd_figure *f = p->figure;
  FILE *out = p->out;
  iclgd_svg_marker_class(s, out);
  for (size_t i = 0; i < s->count; ++i)
    if (iclgd_figure_shows(f, s->x[i], s->y[i]) &&
        is_within(p, s->x[i], s->y[i]))
      fprintf(out, "M%.1f %.1f%s", at_x(p, s->x[i]), at_y(p, s->y[i]),
              iclgd_svg_marker_shape(s));
  fputs("\"/>\n", out);
}

static void write_series(const plot *p, size_t k) {
  const iclgd_figure *f = p->figure;
  FILE *out = p->out;

  const iclgd_series *s = &f->series[k];
  begin_window(p, EDGE);
  fputs("<path class=\"", out);
  iclgd_svg_line_class(s, out);
  fputs("\" d=\"", out);
  if (s->kind == ICLGD_SERIES_LEVEL) {
    if (iclgd_figure_shows(f, f->x_max, s->y[0]))
      fprintf(out, "M%.1f %.1fh%.1f", p->left, at_y(p, s->y[0]), p->span_x);
  } else {
    bool drawn = false;
    for (size_t i = 0; i < s->count; ++i) {
      const bool shown = iclgd_figure_shows(f, s->x[i], s->y[i]);
      if (shown)
        fprintf(out, "%c%.1f %.1f", drawn ? 'L' : 'M', at_x(p, s->x[i]),
                at_y(p, s->y[i]));
      drawn = shown;
    }
  }
  fputs("\"/>\n", out);
  end_window(p);
  if (iclgd_svg_is_marked(s)) write_markers(p, s);
}

static bool is_told(const iclgd_series *s) {
  return *s->label != '\0' && s->count > 0;
}

/* Where the lines that have a name begin and end. */
void iclgd_svg_tell_lines(const iclgd_figure *f, FILE *out) {
  const char *mark = ". ";
  for (size_t k = 0; k < f->n_series; ++k) {
    const iclgd_series *s = &f->series[k];
    double first = NAN, last = NAN;
    if (!is_told(s)) continue;
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

/* What one who cannot see the figure is told: the axes, and the lines. */
static void write_alternative(const iclgd_figure *f, FILE *out) {
  fputs("Lines: ", out);
  iclgd_html_text(out, f->y_label);
  fputs(" over ", out);
  iclgd_html_text(out, f->x_label);
  iclgd_svg_tell_lines(f, out);
}

void iclgd_svg_curves(const plot *p) {
  const iclgd_figure *f = p->figure;
  begin_window(p, BLEED);
  begin_window(p, 0);
  for (size_t k = 0; k < f->n_series; ++k) write_band(p, k);
  end_window(p);
  for (size_t k = f->main_below ? 0 : 1; k < f->n_series; ++k)
    write_series(p, k);
  if (f->n_series > 0 && !f->main_below) write_series(p, 0); /* on top */
  end_window(p);
}

double iclgd_svg_lines(const iclgd_figure *f, const iclgd_svg *svg) {
  const plot p = lay_out(f, svg);
  FILE *out = svg->out;
  iclgd_svg_begin(svg, "", p.height);
  write_alternative(f, out);
  iclgd_svg_label_end(out);
  iclgd_svg_axes(&p);
  write_labels(&p);
  iclgd_svg_curves(&p);
  iclgd_svg_end(out);
  return p.height;
}
