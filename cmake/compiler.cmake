# How every target of the project is compiled: warnings, no contraction of
# a*b+c (kernels call fma on purpose), never -ffast-math.
add_library(iclgd_flags INTERFACE)
target_compile_options(iclgd_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -ffp-contract=off
  -fno-math-errno)
target_compile_definitions(iclgd_flags INTERFACE _POSIX_C_SOURCE=200809L)
target_include_directories(iclgd_flags SYSTEM INTERFACE
  ${RANDOM123_INCLUDE_DIR})
if(ICLGD_WERROR)
  target_compile_options(iclgd_flags INTERFACE -Werror)
endif()
if(ICLGD_SANITIZE)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all
                 -fno-omit-frame-pointer)
  target_compile_options(iclgd_flags INTERFACE ${sanitizers})
  target_link_options(iclgd_flags INTERFACE ${sanitizers})
endif()
if(ICLGD_COVERAGE)
  target_compile_options(iclgd_flags INTERFACE --coverage)
  target_link_options(iclgd_flags INTERFACE --coverage)
endif()
