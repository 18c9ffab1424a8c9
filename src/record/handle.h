/* HDF5 identifiers that close with their scope, and a library that keeps its
 * failures to itself.
 *
 * A HANDLE is for what may be closed without looking at the result: property
 * lists, dataspaces, types, everything that is only read. What was written is
 * closed by hand and the result checked, because HDF5 writes when it closes.
 *
 * QUIET stands first in every public function of this room. It stops HDF5 from
 * printing its error stack and puts back on return whatever the program had
 * set (in a thread-safe build of HDF5 both concern the calling thread only).
 */
#ifndef ICLGD_RECORD_HANDLE_H
#define ICLGD_RECORD_HANDLE_H

#include <hdf5.h>

typedef struct iclgd_quiet {
  herr_t known; /* negative: the old setting could not be read */
  H5E_auto2_t print;
  void *context;
} iclgd_quiet;

static inline iclgd_quiet iclgd_quiet_enter(void) {
  iclgd_quiet old = {.known = -1};
  old.known = H5Eget_auto2(H5E_DEFAULT, &old.print, &old.context);
  if (old.known >= 0) H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  return old;
}

static inline void iclgd_quiet_leave(const iclgd_quiet *old) {
  if (old->known >= 0) H5Eset_auto2(H5E_DEFAULT, old->print, old->context);
}

/* A failure on the way out is still to be reported, but every call of HDF5
 * clears its error stack, so the stack is put aside. */
static inline void iclgd_handle_leave(const hid_t *id) {
  if (*id <= 0) return;
  const hid_t stack =
      H5Eget_num(H5E_DEFAULT) > 0 ? H5Eget_current_stack() : H5I_INVALID_HID;
  H5Idec_ref(*id);
  if (stack >= 0) H5Eset_current_stack(stack);
}

#define QUIET                                         \
  __attribute__((cleanup(iclgd_quiet_leave), unused)) \
  const iclgd_quiet quiet = iclgd_quiet_enter()
#define HANDLE __attribute__((cleanup(iclgd_handle_leave))) const hid_t

#endif /* ICLGD_RECORD_HANDLE_H */
