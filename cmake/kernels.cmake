# Kernel sources are compiled once per instruction set and chosen at run time
# (src/base/isa.h), so that one binary is fast everywhere. On processors other
# than x86-64 the set of the compiler stands for all of them.
function(iclgd_kernels target)
  set(sets base)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    list(APPEND sets v3 v4)
  endif()
  foreach(set ${sets})
    add_library(${target}_${set} OBJECT ${ARGN})
    target_compile_definitions(${target}_${set} PRIVATE ICLGD_ISA=${set})
    target_include_directories(${target}_${set} PRIVATE
      ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${target}_${set} PRIVATE iclgd_flags)
    set_target_properties(${target}_${set} PROPERTIES
      POSITION_INDEPENDENT_CODE "$<BOOL:${BUILD_SHARED_LIBS}>")
    if(NOT set STREQUAL "base")
      target_compile_options(${target}_${set} PRIVATE -march=x86-64-${set})
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${set}>)
  endforeach()
endfunction()
