# Kernel sources are compiled once per instruction set and chosen at run time
# (src/base/isa.h), so that one binary is fast everywhere. On processors other
# than x86-64 the set of the compiler stands for all of them.
#   iclgd_kernels(<target> <name> SOURCES <file>... [DEFINITIONS <macro>...])
function(iclgd_kernels target name)
  cmake_parse_arguments(kernel "" "" "SOURCES;DEFINITIONS" ${ARGN})
  set(sets base)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    list(APPEND sets v3 v4)
  endif()
  # Unoptimised vectors are a hundred times slower, and checks of every access
  # for undefined behaviour, or following variables through what is inlined, make
  # them take minutes to compile. Of sources, so that they stand behind the flags
  # of all targets.
  set_source_files_properties(${kernel_SOURCES} PROPERTIES COMPILE_OPTIONS
    "$<$<CONFIG:Debug>:-O1;-fno-sanitize=undefined;-g1>")
  foreach(set ${sets})
    set(objects ${target}_${name}_${set})
    add_library(${objects} OBJECT ${kernel_SOURCES})
    target_compile_definitions(${objects} PRIVATE
      ICLGD_ISA=${set} ${kernel_DEFINITIONS})
    target_include_directories(${objects} PRIVATE
      ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${objects} PRIVATE iclgd_flags)
    set_target_properties(${objects} PROPERTIES
      POSITION_INDEPENDENT_CODE "$<BOOL:${BUILD_SHARED_LIBS}>")
    if(NOT set STREQUAL "base")
      target_compile_options(${objects} PRIVATE -march=x86-64-${set})
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
  endforeach()
endfunction()

# Sources that are compiled with complex numbers, whose products need no care for
# infinities: what is not finite is of no use either way.
#   iclgd_complex(<target> SOURCES <file>...)
include(CheckCCompilerFlag)
check_c_compiler_flag(-fcx-limited-range ICLGD_HAS_CX_LIMITED_RANGE)
function(iclgd_complex target)
  cmake_parse_arguments(complex "" "" "SOURCES" ${ARGN})
  add_library(${target}_complex OBJECT ${complex_SOURCES})
  target_compile_definitions(${target}_complex PRIVATE ICLGD_COMPLEX)
  target_include_directories(${target}_complex PRIVATE
    ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target}_complex PRIVATE iclgd_flags)
  if(ICLGD_HAS_CX_LIMITED_RANGE)
    target_compile_options(${target}_complex PRIVATE -fcx-limited-range)
  endif()
  set_target_properties(${target}_complex PROPERTIES
    POSITION_INDEPENDENT_CODE "$<BOOL:${BUILD_SHARED_LIBS}>")
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_complex>)
endfunction()
