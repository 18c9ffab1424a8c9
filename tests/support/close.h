/* Our own close-to assertion: cmocka's assert_float_equal accepts NaN. */
#ifndef ICLGD_TESTS_CLOSE_H
#define ICLGD_TESTS_CLOSE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/traps.h"

/* |actual - expected| <= absolute + relative * |expected|; NaN fails. */
#define assert_close(actual, expected, absolute, relative)                   \
  do {                                                                       \
    const double close_a = (actual), close_e = (expected);                   \
    if (!(fabs(close_a - close_e) <= (absolute) + (relative)*fabs(close_e))) \
      fail_msg("%s = %.17g, expected %s = %.17g (off by %.3g)", #actual,     \
               close_a, #expected, close_e, close_a - close_e);              \
  } while (0)

/* status is ICLGD_OK; otherwise the message is shown. */
#define assert_ok(call, err)                                                   \
  do {                                                                         \
    const iclgd_status ok_status = (call);                                     \
    if (ok_status != ICLGD_OK)                                                 \
      fail_msg("%s: %s: %s", #call, iclgd_status_text(ok_status), (err).text); \
  } while (0)

#endif /* ICLGD_TESTS_CLOSE_H */
