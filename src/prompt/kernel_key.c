/* Kernels in keys. */
#include "prompt/kernel_key.h"

#include "base/key.h"

static const iclgd_key key = KEY_FORM_IN("kernel", "rbf:1", ICLGD_KERNEL_FORMS,
                                         1e-6, 1e6, "a covariance");

iclgd_status iclgd_kernel_parse(const char *text, iclgd_arena *arena,
                                iclgd_kernel *out, iclgd_error *err) {
  /* in the order of the forms */
  static const iclgd_kernel_form forms[] = {ICLGD_KERNEL_EXP, ICLGD_KERNEL_EXP,
                                            ICLGD_KERNEL_RBF, ICLGD_KERNEL_RELU,
                                            ICLGD_KERNEL_QUADRATIC};
  iclgd_value value;
  TRY(iclgd_key_parse(&key, text, arena, &value, err));
  *out = (iclgd_kernel){
      .form = forms[value.form.choice],
      .scale = value.form.count ? value.form.values[0] : 1,
  };
  return ICLGD_OK;
}
