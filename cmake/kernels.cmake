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
    # Unoptimised vectors are a hundred times slower, and checks of every access
    # for undefined behaviour make them take minutes to compile.
    target_compile_options(${objects} PRIVATE
      $<$<CONFIG:Debug>:-O1 -fno-sanitize=undefined>)
    if(NOT set STREQUAL "base")
      target_compile_options(${objects} PRIVATE -march=x86-64-${set})
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
  endforeach()
endfunction()
