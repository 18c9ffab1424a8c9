#!/bin/sh
# Every public header compiles by itself, before and after anything else, with
# no library's header on the path. usage: headers_alone.sh INCLUDE CC [FLAG ...]
set -eu
include=$1
shift
count=0
failed=0
for header in "$include"/iclgd/*.h; do
  name=iclgd/$(basename "$header")
  printf '#include <%s>\n#include <%s>\nextern int unit;\n' "$name" "$name" |
    "$@" -I "$include" -fsyntax-only -x c - || {
    echo "$name does not compile alone"
    failed=1
  }
  count=$((count + 1))
done
echo "$count headers"
exit $failed
