/* Views of probes that stand in a file of their own, NAME_view.c. */
#ifndef ICLGD_PROBES_VIEWS_H
#define ICLGD_PROBES_VIEWS_H

#include <iclgd/view.h>

extern const iclgd_view iclgd_view_identify, iclgd_view_filter,
    iclgd_view_alignment, iclgd_view_alignment_training, iclgd_view_by_context,
    iclgd_view_preconditioner, iclgd_view_interpolation,
    iclgd_view_extrapolation, iclgd_view_hessian;

#endif /* ICLGD_PROBES_VIEWS_H */
