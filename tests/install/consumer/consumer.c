/* A program of someone else's that uses the installed library. */
#include <iclgd/status.h>
#include <stdio.h>

int main(void) {
  iclgd_error err;
  const iclgd_status status = iclgd_fail(&err, ICLGD_EINPUT, "d = %d", 0);
  printf("%s: %s\n", iclgd_status_text(status), err.text);
  return iclgd_status_exit_code(status) == 3 ? 0 : 1;
}
