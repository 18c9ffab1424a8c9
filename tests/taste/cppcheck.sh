#!/bin/sh
# cppcheck finds nothing but what cppcheck.supp excuses. usage: cppcheck.sh SOURCE
set -eu
command -v cppcheck >/dev/null || {
  echo "cppcheck is not installed"
  exit 77
}
cd "$1"
exec cppcheck --quiet --error-exitcode=1 --std=c11 \
  --enable=warning,performance,portability --inline-suppr \
  --suppress=missingIncludeSystem --suppress=unmatchedSuppression \
  --suppressions-list=tests/taste/cppcheck.supp \
  '-Djson_array_foreach(array,i,value)=while(next(array,&i,&value))' \
  -DICLGD_ISA=base -DICLGD_PRECISION=single \
  -I include -I src -I . src probes
