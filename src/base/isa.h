/* Which of the compiled instruction sets to run.
 *
 * Kernel sources are compiled once per set (CMake: iclgd_kernels) with
 * ICLGD_ISA naming it; ICLGD_KERNEL(name) gives each its own symbol. The bits
 * of a result do not depend on the set: kernels call fma on purpose, and where
 * there is no instruction for it the C library rounds alike. */
#ifndef ICLGD_BASE_ISA_H
#define ICLGD_BASE_ISA_H

typedef enum iclgd_isa {
  ICLGD_ISA_BASE, /* whatever the compiler takes for granted */
  ICLGD_ISA_V3,   /* x86-64-v3: AVX2 and fma */
  ICLGD_ISA_V4    /* x86-64-v4: AVX-512 */
} iclgd_isa;

/* The best set of this processor that was compiled. */
iclgd_isa iclgd_isa_best(void);

#define ICLGD_PASTE_(a, b) a##_##b
#define ICLGD_PASTE(a, b) ICLGD_PASTE_(a, b)
#define ICLGD_KERNEL(name) ICLGD_PASTE(name, ICLGD_ISA)

#endif /* ICLGD_BASE_ISA_H */
