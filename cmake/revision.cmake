# Write revision.h with the git revision of SOURCE ("unknown" outside a
# checkout), only when it changed: run at every build.
execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE
                RESULT_VARIABLE fault ERROR_QUIET)
if(fault OR NOT EXISTS "${SOURCE}/.git")
  set(revision unknown)
endif()
set(text "#define ICLGD_REVISION \"${revision}\"\n")
set(old "")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" old)
endif()
if(NOT text STREQUAL old)
  file(WRITE "${OUTPUT}" "${text}")
endif()
