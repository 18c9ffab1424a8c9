/* No wire: this process is alone, and nothing below is ever called. */
#include "cluster/wire.h"

#include <stdlib.h>

bool iclgd_wire_is_built(void) {
  return false;
}

void iclgd_wire_begin(size_t *rank, size_t *ranks) {
  *rank = 0;
  *ranks = 1;
}

void iclgd_wire_end(void) {
}

void iclgd_wire_abort(int code) {
  exit(code);
}

void iclgd_wire_share(void *context, void *bytes, size_t size) {
  (void)context, (void)bytes, (void)size;
  abort();
}

void iclgd_wire_gather(void *context, double *rows, const size_t *first,
                       size_t width) {
  (void)context, (void)rows, (void)first, (void)width;
  abort();
}

void iclgd_wire_send(size_t rank, const iclgd_letter *letter) {
  (void)rank, (void)letter;
  abort();
}

bool iclgd_wire_receive(size_t *rank, iclgd_letter *letter) {
  (void)rank, (void)letter;
  return false;
}
