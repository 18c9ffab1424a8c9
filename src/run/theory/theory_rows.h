/* The rows of /entry/oracle while they are collected. */
#ifndef ICLGD_RUN_THEORY_ROWS_H
#define ICLGD_RUN_THEORY_ROWS_H

#include "run/theory/expected.h"

enum { ICLGD_ROWS_MAX = 160, ICLGD_ROW_NAME = 48, ICLGD_ROW_TEXT = 160 };

typedef struct iclgd_theory_rows {
  size_t count;
  char name[ICLGD_ROWS_MAX][ICLGD_ROW_NAME];
  char statement[ICLGD_ROWS_MAX][ICLGD_ROW_TEXT];
  const char *kind[ICLGD_ROWS_MAX];
  double expected[ICLGD_ROWS_MAX], measured[ICLGD_ROWS_MAX];
  double standard_error[ICLGD_ROWS_MAX];
  double loss; /* of the closed form that the training curve stands beside */
  const char *loss_of;   /* NULL: none */
  const char *algorithm; /* that is what it speaks of, or NULL */
} iclgd_theory_rows;

/* One more row, as long as there is room. */
void iclgd_theory_add(iclgd_theory_rows *rows, const char *name,
                      const char *kind, double expected, double measured,
                      double standard_error, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* The model's last layer beside each algorithm's step of the same number:
 * ratio_<who> of the means, median_ratio_<who> of the medians, and log_ratio_
 * <who>, the median of the logarithm of the ratio, prompt by prompt. work
 * (outcome->kept). */
void iclgd_theory_ratios(const iclgd_outcome *outcome,
                         const iclgd_expected *expected, double *work,
                         iclgd_theory_rows *rows);

#endif /* ICLGD_RUN_THEORY_ROWS_H */
