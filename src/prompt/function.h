/* Labels that are not linear in the inputs (prompt.task). */
#ifndef ICLGD_PROMPT_FUNCTION_H
#define ICLGD_PROMPT_FUNCTION_H

#include <iclgd/distribution.h>
#include <iclgd/rng.h>

/* Read prompt.task into a law whose d and n are known. ICLGD_EUSAGE where the
 * task does not go with the other keys. */
iclgd_status iclgd_function_set(const iclgd_settings *settings,
                                iclgd_arena *arena, iclgd_distribution *out,
                                iclgd_error *err);

/* The points of one prompt and the values of its function there: n context
 * points and the query. */
typedef struct iclgd_function_points {
  size_t n, d;
  const double *x, *x_query; /* (n, d), (d) */
  double *y, *y_query;       /* (n), (1): written */
} iclgd_function_points;

/* Draw a function and write its values, times w_scale, without noise. */
void iclgd_function_draw(const iclgd_distribution *dist, iclgd_stream *stream,
                         const iclgd_function_points *points);

#endif /* ICLGD_PROMPT_FUNCTION_H */
