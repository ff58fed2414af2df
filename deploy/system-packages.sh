#!/bin/sh
# Installs the system packages that the product and its tests need, if any is missing (Debian 12, as root).
set -eu
need=""
have() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -q '^installed$'; }
for package in python3-venv fonts-ipamj-mincho fonts-noto-cjk chromium poppler-utils poppler-data qpdf iproute2 nftables procps cups-ipp-utils dbus-daemon; do
  # An interpreter that is not Debian's brings its own venv module.
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
