#!/bin/sh
# clang-tidy 14 finds nothing that .clang-tidy asks for, in what is compiled of
# src/ and probes/. usage: tidy.sh SOURCE BUILD
set -eu
tool=$(command -v clang-tidy-14 || command -v clang-tidy) || {
  echo "clang-tidy is not installed"
  exit 77
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Without what only gcc knows.
sed 's/ -fcx-limited-range//' "$2/compile_commands.json" \
  >"$folder/compile_commands.json"
sed -n "s#.*\"file\": \"\($1/\(src\|probes\)/.*\.c\)\".*#\1#p" \
  "$folder/compile_commands.json" | sort -u |
  xargs -P "$(nproc)" -n 12 "$tool" --quiet -p "$folder" 2>/dev/null
