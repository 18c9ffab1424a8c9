/* Dots in named rows as SVG. A name stands above its dots, so that long ones
 * fit on a phone. */
#include <math.h>

#include "drawing/svg_parts.h"
#include "view/html.h"

enum { LEFT = 8, RIGHT = 14 };

static const double name_height = 17, dot_step = 4, row_gap = 5;

static double row_height(const iclgd_figure *f) {
  return name_height + dot_step * (double)f->n_series + row_gap;
}

static double at_x(const iclgd_figure *f, const iclgd_svg *svg, double x) {
  const double inside = fmin(fmax(x, f->x_min), f->x_max);
  return LEFT + (svg->width - LEFT - RIGHT) *
                    iclgd_figure_place(inside, f->x_min, f->x_max, f->log_x);
}

static bool is_shown(const iclgd_figure *f, double x) {
  return isfinite(x) && (!f->log_x || x > 0) && x >= f->x_min && x <= f->x_max;
}

static void write_rows(const iclgd_figure *f, const iclgd_svg *svg) {
  FILE *out = svg->out;
  for (size_t i = 0; i < f->n_rows; ++i) {
    const double top = row_height(f) * (double)i;
    if (i % 2 == 0)
      fprintf(out, "<path class=\"row\" d=\"M0 %.1fh%.1fv%.1fH0z\"/>", top,
              svg->width, row_height(f));
    iclgd_svg_text(LEFT, top + 12, "", f->row_name[i], out);
  }
}

static void write_axis(const iclgd_figure *f, const iclgd_svg *svg) {
  FILE *out = svg->out;
  double ticks[ICLGD_TICKS_MAX], from = -INFINITY;
  const size_t count = iclgd_figure_ticks(f, 'x', ticks);
  const double bottom = row_height(f) * (double)f->n_rows;
  for (size_t i = 0; i < count; ++i) {
    const double x = at_x(f, svg, ticks[i]);
    fprintf(out, "<path class=\"grid\" d=\"M%.1f 0v%.1f\"/>", x, bottom + 4);
    iclgd_svg_tick_below(x, bottom + 18, ticks[i], f->log_x, &from, out);
  }
  fprintf(out, "<path class=\"axis\" d=\"M%d %.1fh%.1f\"/>\n", LEFT, bottom,
          svg->width - LEFT - RIGHT);
  iclgd_svg_text(svg->width - RIGHT, bottom + 36, "name e", f->x_label, out);
}

/* The k-th of the dots that a row has, with its bar. */
static void write_series(const iclgd_figure *f, size_t k,
                         const iclgd_svg *svg) {
  FILE *out = svg->out;
  const iclgd_series *s = &f->series[k];
  const double down = name_height + dot_step * ((double)k + 0.5);
  fprintf(out, "<path class=\"l c%zu\" d=\"", s->colour);
  for (size_t i = 0; s->band && i < s->count; ++i)
    if (isfinite(s->band[i]) && isfinite(s->band[s->count + i]))
      fprintf(out, "M%.1f %.1fH%.1f", at_x(f, svg, s->band[i]),
              row_height(f) * (double)i + down,
              at_x(f, svg, s->band[s->count + i]));
  fputs("\"/>\n", out);
  iclgd_svg_marker_class(s, out);
  for (size_t i = 0; i < s->count; ++i)
    if (is_shown(f, s->x[i]))
      fprintf(out, "M%.1f %.1f%s", at_x(f, svg, s->x[i]),
              row_height(f) * (double)i + down, iclgd_svg_marker_shape(s));
  fputs("\"/>\n", out);
}

static void write_alternative(const iclgd_figure *f, FILE *out) {
  fputs("Dots: ", out);
  iclgd_html_text(out, f->x_label);
  for (size_t k = 0; k < f->n_series; ++k) {
    fputs(k ? "; " : ", of ", out);
    iclgd_html_text(out, f->series[k].label);
  }
  for (size_t i = 0; i < f->n_rows; ++i) {
    fputs(i ? ", " : ". Rows: ", out);
    iclgd_html_text(out, f->row_name[i]);
  }
}

double iclgd_svg_dots(const iclgd_figure *f, const iclgd_svg *svg) {
  const double height = row_height(f) * (double)f->n_rows + 42;
  iclgd_svg_begin(svg, " tall", height);
  write_alternative(f, svg->out);
  iclgd_svg_label_end(svg->out);
  write_rows(f, svg);
  write_axis(f, svg);
  for (size_t k = f->n_series; k-- > 0;) write_series(f, k, svg);
  iclgd_svg_end(svg->out);
  return height;
}
