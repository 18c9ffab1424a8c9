#!/bin/sh
# Prove the two commands of the README where nothing is installed: make a fresh
# minimal Debian 12 in a temporary folder, copy the source there, and run
# `./bootstrap run` and `./bootstrap test` (or the commands given) inside.
# usage: prove.sh [COMMAND ...]      needs root; installs debootstrap if missing
set -eu

suite=bookworm
source=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" = 0 ] || { echo "prove.sh: needs root (chroot, mount)" >&2; exit 1; }
[ $# -gt 0 ] || set -- './bootstrap run' './bootstrap test'

command -v debootstrap >/dev/null || {
  apt-get -q update
  DEBIAN_FRONTEND=noninteractive apt-get -q -y install \
    --no-install-recommends debootstrap
}

# The first mirror that this system gets Debian itself from.
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(SITE)|$(REPO_URI)' \
  'Created-By: Packages' | sed -n 's/^Debian|Debian|[^|]*|//p' | head -n 1)
[ -n "$mirror" ] || { echo "prove.sh: apt knows no Debian mirror" >&2; exit 1; }

new=$(mktemp -d "${TMPDIR:-/tmp}/iclgd-prove.XXXXXX")
clean_up() {
  for mounted in proc dev; do
    if mountpoint -q "$new/$mounted"; then umount -l "$new/$mounted"; fi
  done
  # Never reach into what is still mounted.
  rm -rf --one-file-system "$new"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$new"

started=$(date +%s)
say() {
  echo "prove.sh: $* ($(($(date +%s) - started)) s)"
}

say "debootstrap of $suite"
debootstrap --variant=minbase "$suite" "$new" "$mirror" >"$new.log" 2>&1 || {
  tail -n 20 "$new.log" >&2
  exit 1
}
rm -f "$new.log"

# The network as this system has it: names, proxies, certificates.
cp -L /etc/resolv.conf /etc/hosts "$new/etc/"
apt-config dump | grep -iE '^Acquire::(http|https|ftp)::' |
  grep -iE 'proxy|::ca|verify|timeout' \
    >"$new/etc/apt/apt.conf.d/00network" || true
if [ -d /etc/ssl/certs ]; then
  mkdir -p "$new/etc/ssl"
  cp -aL /etc/ssl/certs "$new/etc/ssl/" 2>/dev/null || true
fi

mount -t proc proc "$new/proc"
mount --rbind /dev "$new/dev"
mount --make-rslave "$new/dev"

mkdir "$new/iclgd"
tar -C "$source" --exclude=./build --exclude=./.git --exclude='./*.h5' -cf - . |
  tar -C "$new/iclgd" --no-same-owner -xf -

for command; do
  say "in the new system: $command"
  chroot "$new" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    ${http_proxy:+http_proxy="$http_proxy"} \
    ${https_proxy:+https_proxy="$https_proxy"} \
    ${no_proxy:+no_proxy="$no_proxy"} ${JOBS:+JOBS="$JOBS"} \
    /bin/sh -c "cd /iclgd && $command" || {
    say "failed: $command"
    exit 1
  }
done
say "proven"
