/* A kernel as it is typed in a key: "rbf:1.5". */
#ifndef ICLGD_PROMPT_KERNEL_KEY_H
#define ICLGD_PROMPT_KERNEL_KEY_H

#include <iclgd/arena.h>
#include <iclgd/kernel.h>
#include <iclgd/settings.h>

/* The forms of a kernel that is the covariance of a task; the linear one is
 * that of prompt.task = linear. */
#define ICLGD_KERNEL_FORMS "exp|exp:real|rbf:real|relu|quadratic"

/* Parse one of them; exp alone is exp:1. ICLGD_EUSAGE with the reason. */
iclgd_status iclgd_kernel_parse(const char *text, iclgd_arena *arena,
                                iclgd_kernel *out, iclgd_error *err);

#endif /* ICLGD_PROMPT_KERNEL_KEY_H */
