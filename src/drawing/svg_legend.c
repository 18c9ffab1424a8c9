/* The legend of a figure: a sample of every line that has a label, and what is
 * marked on a heat map. */
#include <math.h>

#include "drawing/svg_parts.h"
#include "view/html.h"

enum {
  LEFT = 4,
  KEY = 38,    /* a sample of 28, and the space behind it */
  GAP = 18,    /* between columns */
  BETWEEN = 3, /* lines of different labels, beside what lines have */
  COLUMNS_MAX = 3
};

static const char *label_of(const iclgd_figure *f, size_t k) {
  return k < f->n_series ? f->series[k].label : f->mark ? f->mark_label : "";
}

/* The k-th sample, in 30 x 12 units. */
static void write_sample(const iclgd_figure *f, size_t k, FILE *out) {
  if (k == f->n_series) {
    fputs(
        "<path class=\"mark\" d=\"M15 6m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z\"/>",
        out);
    return;
  }
  const iclgd_series *s = &f->series[k];
  fputs("<path class=\"", out);
  iclgd_svg_line_class(s, out);
  fputs("\" d=\"M1 6h28\"/>", out);
  if (!iclgd_svg_is_marked(s)) return;
  iclgd_svg_marker_class(s, out);
  fprintf(out, "M15 6%s\"/>", iclgd_svg_marker_shape(s));
}

void iclgd_svg_legend_list(const iclgd_figure *f, FILE *out) {
  fputs("<ul class=\"legend\">\n", out);
  for (size_t k = 0; k <= f->n_series; ++k) {
    if (*label_of(f, k) == '\0') continue;
    fputs("<li><svg class=\"key\" viewBox=\"0 0 30 12\" aria-hidden=\"true\">",
          out);
    write_sample(f, k, out);
    fputs("</svg>", out);
    iclgd_html_prose(out, label_of(f, k));
    fputs("</li>\n", out);
  }
  fputs("</ul>\n", out);
}

/* Columns of equal width, filled one after the other. */
typedef struct table {
  size_t columns, rows;
  double width, room; /* of a column, of its labels */
} table;

static table arrange(const iclgd_figure *f, double width) {
  size_t entries = 0;
  double widest = 1;
  for (size_t k = 0; k <= f->n_series; ++k) {
    const char *label = label_of(f, k);
    entries += *label != '\0';
    widest = fmax(widest, iclgd_svg_plain_width(label));
  }
  const double most = floor((width + GAP) / (KEY + widest + GAP));
  table t = {.columns = (size_t)fmin(fmax(most, 1), COLUMNS_MAX)};
  t.rows = (entries + t.columns - 1) / t.columns;
  t.width = (width + GAP) / (double)t.columns;
  t.room = t.columns > 1 ? t.width : width - KEY;
  return t;
}

double iclgd_svg_legend(const iclgd_figure *f, const iclgd_svg *svg,
                        double top) {
  const table t = arrange(f, svg->width - LEFT);
  double y = top, bottom = top;
  for (size_t k = 0, i = 0; k <= f->n_series; ++k) {
    const char *label = label_of(f, k);
    if (*label == '\0') continue;
    if (i % t.rows == 0) y = top;
    const double x = LEFT + t.width * (double)(i++ / t.rows);
    fprintf(svg->out, "<g transform=\"translate(%.1f %.1f)\">", x, y);
    write_sample(f, k, svg->out);
    fputs("</g>\n", svg->out);
    iclgd_svg_prose(x + KEY, y + 10, "", label, t.room, svg->out);
    y += ICLGD_SVG_LINE * (double)iclgd_svg_lines_of(label, t.room) + BETWEEN;
    bottom = fmax(bottom, y);
  }
  return bottom - top;
}
