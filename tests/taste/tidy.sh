#!/bin/sh
# clang-tidy 14 finds nothing that .clang-tidy asks for.
# usage: tidy.sh SOURCE BUILD
set -eu
tool=$(command -v clang-tidy-14 || command -v clang-tidy) || {
  echo "clang-tidy is not installed"
  exit 77
}
cd "$1"
find src probes -name '*.c' | xargs -P 2 -n 12 "$tool" --quiet -p "$2" 2>/dev/null
