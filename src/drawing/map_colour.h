/* The colours of heat maps. */
#ifndef ICLGD_DRAWING_MAP_COLOUR_H
#define ICLGD_DRAWING_MAP_COLOUR_H

#include "figures/figure.h"

/* Where a value stands on the colour bar: 0 at value_min, 1 at value_max,
 * clamped; NaN for what cannot be shown. */
double iclgd_map_share(const iclgd_figure *figure, double value);

/* The colour 0xRRGGBB of a share of the bar: light to dark blue, or blue over
 * white to red where the map diverges. */
unsigned iclgd_map_colour(const iclgd_figure *figure, double share);

#endif /* ICLGD_DRAWING_MAP_COLOUR_H */
