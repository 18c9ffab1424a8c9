/* Small figures over the same axes as SVG: in rows, numbers at the outer edges
 * alone, one legend. */
#include <math.h>

#include "drawing/svg_parts.h"
#include "view/html.h"

enum {
  LEFT = 46,   /* at least */
  RIGHT = 14,  /* beside the last one */
  GAP = 22,    /* between them */
  LEAST = 112, /* a side */
  HEAD = 22,   /* the label of y */
  BELOW = 46,  /* numbers and the label of x */
  TITLE = 8    /* below a title */
};

typedef struct sheet {
  const iclgd_figure *figure;
  size_t across;
  double left, top, title; /* title: the height of those above the figures */
  double span_x, span_y;
} sheet;

static double lines_of(const char *text, double room) {
  return ICLGD_SVG_LINE * (double)iclgd_svg_lines_of(text, room);
}

/* As many in a row as there is room for, rows of about equal length. */
static size_t count_across(const iclgd_figure *f, double room) {
  const double most = fmax(floor((room + GAP) / (LEAST + GAP)), 1);
  const size_t rows = (size_t)ceil((double)f->n_facets / most);
  return (f->n_facets + rows - 1) / rows;
}

static sheet lay_out(const iclgd_figure *f, const iclgd_svg *svg) {
  sheet s = {.figure = f, .left = LEFT};
  double ticks[ICLGD_TICKS_MAX];
  const size_t count = iclgd_figure_ticks(f, 'y', ticks);
  for (size_t i = 0; i < count; ++i)
    s.left = fmax(s.left, iclgd_svg_tick_width(ticks[i], !f->linear_y) + 10);
  const double room = svg->width - s.left - RIGHT;
  s.across = count_across(f, room);
  s.span_x = (room - GAP * (double)(s.across - 1)) / (double)s.across;
  s.span_y = fmax(fmin(0.8 * s.span_x, 180), LEAST);
  for (size_t i = 0; i < f->n_facets; ++i)
    s.title = fmax(s.title, lines_of(f->facet[i]->title, s.span_x) + TITLE);
  s.top = HEAD + lines_of(f->y_label, svg->width) - ICLGD_SVG_LINE;
  return s;
}

static double step_down(const sheet *s) {
  return s->title + s->span_y + TITLE;
}

static void write_facet(const sheet *s, size_t i, FILE *out) {
  const iclgd_figure *one = s->figure->facet[i];
  const size_t row = i / s->across, column = i % s->across;
  const iclgd_svg_plot p = {
      .figure = one,
      .out = out,
      .left = s->left + (double)column * (s->span_x + GAP),
      .top = s->top + (double)row * step_down(s) + s->title,
      .span_x = s->span_x,
      .span_y = s->span_y,
      .bare_x = i + s->across<s->figure->n_facets, .bare_y = column> 0};
  iclgd_svg_prose(p.left, p.top - s->title + 12, "", one->title, s->span_x,
                  out);
  iclgd_svg_axes(&p);
  iclgd_svg_curves(&p);
}

static void write_alternative(const iclgd_figure *f, FILE *out) {
  fprintf(out, "%zu small figures of lines: ", f->n_facets);
  iclgd_html_text(out, f->y_label);
  fputs(" over ", out);
  iclgd_html_text(out, f->x_label);
  for (size_t i = 0; i < f->n_facets; ++i) {
    fputs(". ", out);
    iclgd_html_text(out, f->facet[i]->title);
    iclgd_svg_tell_lines(f->facet[i], out);
  }
}

double iclgd_svg_facets(const iclgd_figure *f, const iclgd_svg *svg) {
  const sheet s = lay_out(f, svg);
  const size_t rows = (f->n_facets + s.across - 1) / s.across;
  const double bottom = s.top + (double)rows * step_down(&s) - TITLE;
  const double below = lines_of(f->x_label, svg->width) - ICLGD_SVG_LINE;
  const double height = bottom + BELOW + below;
  iclgd_svg_begin(svg, "", height);
  write_alternative(f, svg->out);
  iclgd_svg_label_end(svg->out);
  iclgd_svg_label(4, 14, "name", f->y_label, svg->width, svg->out);
  for (size_t i = 0; i < f->n_facets; ++i) write_facet(&s, i, svg->out);
  iclgd_svg_label(svg->width - RIGHT, bottom + BELOW - 6, "name e", f->x_label,
                  svg->width, svg->out);
  iclgd_svg_end(svg->out);
  return height;
}
