/* The key prompt.task, and what does not go with a task. */
#include <string.h>

#include "base/key.h"
#include "prompt/function.h"
#include "prompt/kernel_key.h"
#include "prompt/memory.h"

static iclgd_status set_kernel(const iclgd_settings *s, const char *text,
                               iclgd_arena *arena, iclgd_distribution *out,
                               iclgd_error *err) {
  iclgd_kernel *kernel = iclgd_arena_take(arena, 1, sizeof *kernel);
  iclgd_error why;
  if (!kernel) return iclgd_fail_memory(err, "a kernel");
  const iclgd_status status = iclgd_kernel_parse(text, arena, kernel, &why);
  if (status == ICLGD_ENOMEM) return iclgd_fail_memory(err, "a kernel");
  if (status)
    return iclgd_settings_reject(s, "prompt.task", err, "kernel: %s", why.text);
  if (out->n > ICLGD_KERNEL_TASK_POINTS)
    return iclgd_settings_reject(s, "prompt.n", err,
                                 "expected at most %d context points of a "
                                 "Gaussian process (prompt.task)",
                                 ICLGD_KERNEL_TASK_POINTS);
  out->kernel = kernel;
  return ICLGD_OK;
}

/* What has a w_star, or labels of its own, has no other function. */
static iclgd_status check_others(const iclgd_settings *s,
                                 const iclgd_distribution *law,
                                 iclgd_error *err) {
  const char *task = iclgd_get_form(s, "prompt.task").text;
  if (iclgd_get_form(s, "prompt.source").choice != 0)
    return iclgd_settings_reject(s, "prompt.task", err,
                                 "a table has labels of its own");
  if (iclgd_get_form(s, "prompt.w").choice != ICLGD_W_NORMAL)
    return iclgd_settings_reject(
        s, "prompt.w", err, "there is no w_star with prompt.task = %s", task);
  if (law->f_law == ICLGD_F_TREE && law->f_count > ICLGD_TREE_DEPTH_MAX)
    return iclgd_settings_reject(s, "prompt.task", err,
                                 "expected a depth of at most %d",
                                 ICLGD_TREE_DEPTH_MAX);
  if (law->f_law == ICLGD_F_PARITY && law->f_count > law->d)
    return iclgd_settings_reject(s, "prompt.task", err,
                                 "expected at most prompt.d = %zu coordinates",
                                 law->d);
  return ICLGD_OK;
}

iclgd_status iclgd_function_set(const iclgd_settings *s, iclgd_arena *arena,
                                iclgd_distribution *out, iclgd_error *err) {
  const iclgd_form form = iclgd_get_form(s, "prompt.task");
  out->f_law = (iclgd_function_law)form.choice;
  out->f_count = form.count ? (size_t)form.values[0] : 0;
  if (out->f_law == ICLGD_F_LINEAR) return ICLGD_OK;
  out->w_law = ICLGD_W_UNKNOWN;
  out->w_scale = iclgd_get_real(s, "prompt.w_scale");
  TRY(check_others(s, out, err));
  if (out->f_law == ICLGD_F_MEMORY)
    return iclgd_memory_set(s, form.argument, arena, out, err);
  if (out->f_law != ICLGD_F_PROCESS) return ICLGD_OK;
  return set_kernel(s, form.argument, arena, out, err);
}
