#!/bin/sh
# All C files are as clang-format would have them; other versions of it than 14
# differ in details, so they are not asked. usage: format.sh SOURCE
set -eu
cd "$1"
for tool in clang-format-14 clang-format; do
  "$tool" --version 2>/dev/null | grep -q 'version 14\.' || continue
  find include src probes tests -name '*.[ch]' 2>/dev/null |
    xargs "$tool" --dry-run --Werror
  exit
done
echo "clang-format 14 is not installed"
exit 77
