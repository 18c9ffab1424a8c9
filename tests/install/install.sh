#!/bin/sh
# Install into an empty prefix, then build and run a program against what was
# installed: once found by pkg-config, once by CMake's find_package.
# usage: install.sh BUILD SCRATCH CC CMAKE PKG_CONFIG LIBDIR [COMPILER FLAG ...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1 scratch=$2 cc=$3 cmake=$4 pkg_config=$5 libdir=$6
shift 6

# The program trains and probes: HDF5, BLAS and the others are all called.
expect() {
  "$1" "$scratch/run.h5" >"$scratch/said" || { cat "$scratch/said" && exit 1; }
  grep -q '^Verdict' "$scratch/said" && [ -s "$scratch/run.h5" ] || {
    echo "$1: unexpected output:"
    cat "$scratch/said"
    exit 1
  }
}

rm -rf "$scratch"
mkdir -p "$scratch"
prefix=$scratch/prefix
"$cmake" --install "$build" --prefix "$prefix" >"$scratch/install.log"

# Moved to another place, all of it must still work.
mv "$prefix" "$scratch/moved"
prefix=$scratch/moved
export LD_LIBRARY_PATH="$prefix/$libdir"

echo "with pkg-config"
export PKG_CONFIG_PATH="$prefix/$libdir/pkgconfig"
for static in '' --static; do
  "$cc" "$@" "$here/consumer/consumer.c" -o "$scratch/by_pkg_config" \
    $("$pkg_config" --cflags --libs $static iclgd)
  expect "$scratch/by_pkg_config"
done

echo "with find_package"
"$cmake" -S "$here/consumer" -B "$scratch/consumer" -G Ninja \
  -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$*" \
  -DCMAKE_PREFIX_PATH="$prefix" >"$scratch/configure.log"
"$cmake" --build "$scratch/consumer"
expect "$scratch/consumer/consumer"

echo "the installed program"
unset LD_LIBRARY_PATH
for file in bin/iclgd include/iclgd/status.h share/iclgd/tables/diabetes.csv \
  share/man/man1/iclgd.1 share/zsh/site-functions/_iclgd \
  share/bash-completion/completions/iclgd share/doc/iclgd/FORMAT.md; do
  [ -s "$prefix/$file" ] || { echo "$file is not installed" && exit 1; }
done
status=0
"$prefix/bin/iclgd" 2>"$scratch/usage" || status=$?
[ "$status" = 2 ] || { cat "$scratch/usage" && exit 1; }
