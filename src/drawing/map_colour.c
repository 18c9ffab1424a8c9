/* The colours of heat maps, the same in every renderer.
 *
 * One-sided maps go from light to dark blue (Blues), diverging ones from blue
 * over white to red (RdBu); both from ColorBrewer (Harrower and Brewer 2003),
 * told apart by all kinds of colour vision, and in print. */
#include "drawing/map_colour.h"

#include <math.h>

static const unsigned one_sided[] = {0xf7fbff, 0xdeebf7, 0xc6dbef,
                                     0x9ecae1, 0x6baed6, 0x4292c6,
                                     0x2171b5, 0x08519c, 0x08306b};
static const unsigned two_sided[] = {0x053061, 0x2166ac, 0x4393c3, 0x92c5de,
                                     0xd1e5f0, 0xf7f7f7, 0xfddbc7, 0xf4a582,
                                     0xd6604d, 0xb2182b, 0x67001f};

enum {
  ONE_SIDED = sizeof one_sided / sizeof *one_sided,
  TWO_SIDED = sizeof two_sided / sizeof *two_sided
};

double iclgd_map_share(const iclgd_figure *f, double value) {
  if (!isfinite(value)) return isnan(value) ? NAN : value > 0;
  if (f->log_value && value <= 0) return 0;
  const double share =
      iclgd_figure_place(value, f->value_min, f->value_max, f->log_value);
  return fmin(fmax(share, 0), 1);
}

static unsigned channel(unsigned a, unsigned b, double t, int shift) {
  const double from = (a >> shift) & 0xff, to = (b >> shift) & 0xff;
  return (unsigned)lround(from + t * (to - from)) << shift;
}

unsigned iclgd_map_colour(const iclgd_figure *f, double share) {
  const unsigned *anchors = f->diverging ? two_sided : one_sided;
  const int last = (f->diverging ? TWO_SIDED : ONE_SIDED) - 1;
  const double at = share * last;
  const int i = at >= last ? last - 1 : (int)at;
  const double t = at - i;
  return channel(anchors[i], anchors[i + 1], t, 16) |
         channel(anchors[i], anchors[i + 1], t, 8) |
         channel(anchors[i], anchors[i + 1], t, 0);
}
