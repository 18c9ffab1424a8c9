/* Views of probes that stand in a file of their own, NAME_view.c. */
#ifndef ICLGD_PROBES_VIEWS_H
#define ICLGD_PROBES_VIEWS_H

#include <iclgd/view.h>

extern const iclgd_view iclgd_view_identify, iclgd_view_filter,
    iclgd_view_alignment, iclgd_view_alignment_training, iclgd_view_by_context,
    iclgd_view_preconditioner, iclgd_view_interpolation,
    iclgd_view_extrapolation, iclgd_view_energy, iclgd_view_circuits,
    iclgd_view_relevance, iclgd_view_expressive, iclgd_view_fusion,
    iclgd_view_features, iclgd_view_benign, iclgd_view_hessian,
    iclgd_view_similarity;

#endif /* ICLGD_PROBES_VIEWS_H */
