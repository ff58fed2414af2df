#!/bin/sh
# Installs the system packages that the product and its tests need, if any is missing (Debian 12, as root).
set -eu
need=""
have() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -q '^installed$'; }
# For the card reader and the HSM: what pyscard is built with, a PC/SC service with a virtual reader, OpenSC as an
# independent judge, SoftHSM. To see what a process writes: strace.
cards="gcc libc6-dev python3-dev libpcsclite-dev pcscd opensc vsmartcard-vpcd softhsm2 strace"
headers='import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'
for package in python3-venv fonts-ipamj-mincho fonts-noto-cjk chromium poppler-utils poppler-data qpdf iproute2 nftables procps cups-ipp-utils dbus-daemon $cards; do
  # An interpreter that is not Debian's brings its own venv module and headers.
  if [ "$package" = python3-dev ] && python3 -c "$headers" 2>/dev/null; then continue; fi
  if [ "$package" = python3-venv ] && python3 -c 'import venv, ensurepip' 2>/dev/null; then continue; fi
  have "$package" || need="$need $package"
done
[ -n "$need" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "itaku: these system packages are missing:$need" >&2
  echo "itaku: install them as root: apt-get update && apt-get install -y --no-install-recommends$need" >&2
  exit 1
fi
echo "itaku: system packages:$need"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends $need; } >"$log" 2>&1; then
  cat "$log" >&2
  echo "itaku: apt could not install:$need (see above); check the network and the package sources, then try again" >&2
  exit 1
fi
rm -f "$log"
# The virtual reader's driver would listen on every interface as soon as anybody starts the machine's own pcscd. The
# tests bring their own configuration, in a network namespace.
case "$need" in *vsmartcard-vpcd*) rm -f /etc/reader.conf.d/vpcd ;; esac
