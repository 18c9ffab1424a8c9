/* A stub keeps the arguments, asks, and goes on to the real function, fails in
 * its place, or fails after it (System V, x86-64). */
    .text
fault_enter:
    push %rax
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %r8
    push %r9
    sub $128, %rsp
    movups %xmm0, (%rsp)
    movups %xmm1, 16(%rsp)
    movups %xmm2, 32(%rsp)
    movups %xmm3, 48(%rsp)
    movups %xmm4, 64(%rsp)
    movups %xmm5, 80(%rsp)
    movups %xmm6, 96(%rsp)
    movups %xmm7, 112(%rsp)
    mov %r11, %rdi
    mov 184(%rsp), %rsi
    call fault_ask@PLT
    mov %rax, %r11
    mov %rdx, %r10
    movups (%rsp), %xmm0
    movups 16(%rsp), %xmm1
    movups 32(%rsp), %xmm2
    movups 48(%rsp), %xmm3
    movups 64(%rsp), %xmm4
    movups 80(%rsp), %xmm5
    movups 96(%rsp), %xmm6
    movups 112(%rsp), %xmm7
    add $128, %rsp
    pop %r9
    pop %r8
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    pop %rax
    test %r10, %r10
    jnz 1f
    jmp *%r11
1:  cmp $1, %r10
    jne 2f
    mov %r11, %rax
    ret
2:  sub $8, %rsp
    call *%r11
    add $8, %rsp
    mov $-1, %rax
    ret

    .macro STUB name, index
    .globl \name
    .type \name, @function
\name:
    mov $\index, %r11
    jmp fault_enter
    .size \name, .-\name
    .endm
    .section .note.GNU-stack, "", @progbits
    .text
