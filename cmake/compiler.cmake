# How every target of the project is compiled: warnings, no contraction of
# a*b+c (kernels call fma on purpose), never -ffast-math.
set(ICLGD_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow)

# ON stands for the pair that works together; "thread" excludes both.
if(ICLGD_SANITIZE STREQUAL "ON")
  set(ICLGD_SANITIZE address,undefined)
endif()
set(ICLGD_INSTRUMENTS "")
if(ICLGD_SANITIZE)
  list(APPEND ICLGD_INSTRUMENTS -fsanitize=${ICLGD_SANITIZE}
       -fno-sanitize-recover=all -fno-omit-frame-pointer)
endif()
if(ICLGD_COVERAGE)
  list(APPEND ICLGD_INSTRUMENTS --coverage)
endif()

add_library(iclgd_flags INTERFACE)
target_compile_options(iclgd_flags INTERFACE
  ${ICLGD_WARNINGS} $<$<BOOL:${ICLGD_WERROR}>:-Werror>
  -ffp-contract=off -fno-math-errno ${ICLGD_INSTRUMENTS})
target_link_options(iclgd_flags INTERFACE ${ICLGD_INSTRUMENTS})
target_compile_definitions(iclgd_flags INTERFACE _POSIX_C_SOURCE=200809L)
target_include_directories(iclgd_flags SYSTEM INTERFACE
  ${RANDOM123_INCLUDE_DIR})
