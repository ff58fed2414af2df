#!/bin/sh
# Runs OpenSC's own tools, unmodified, on a virtual card through pcscd. In a network and a mount namespace of its own:
# vpcd listens on every interface, and nothing of this may be reached from outside or disturb another pcscd.
# usage: opensc_run.sh PYTHON WORK_DIRECTORY
set -u
python=$1
work=$2
here=$(dirname "$0")
port=28963
module=$(find /usr/lib -name opensc-pkcs11.so | head -n 1)
"$python" - <<'PYTHON'
import fcntl, socket, struct
with socket.socket() as line:
    fcntl.ioctl(line, 0x8914, struct.pack("16sH22x", b"lo", 1))  # SIOCSIFFLAGS: loopback up
PYTHON
mkdir -p /run/pcscd && mount -t tmpfs none /run/pcscd || exit 9
mkdir -p "$work/rcdev"
cat >"$work/rcdev/vpcd" <<CONF
FRIENDLYNAME "Practice"
DEVICENAME /dev/null:$port
LIBPATH $(find /usr/lib/pcsc -name libifdvpcd.so | head -n 1)
CHANNELID 0
CONF
pcscd --foreground -c "$work/rcdev" >"$work/pcscd.log" 2>&1 &
pcscd=$!
card=
trap 'kill $pcscd $card 2>/dev/null' EXIT
tries=0
until opensc-tool -l 2>/dev/null | grep -q Practice; do
  tries=$((tries + 1)); [ $tries -lt 900 ] || exit 8
  sleep 0.1
done
"$python" "$here/vpcd_card.py" "$work/office" 1a $port &
card=$!
tries=0
until opensc-tool -l 2>/dev/null | grep -q 'Yes'; do
  tries=$((tries + 1)); [ $tries -lt 900 ] || exit 7
  sleep 0.1
done
run() { name=$1; shift; "$@" >"$work/$name.txt" 2>&1; echo "exit $?" >>"$work/$name.txt"; }
printf 'what was confirmed' >"$work/challenge"
tool="pkcs11-tool --module $module"
run name opensc-tool -n
run dump pkcs15-tool -D
run objects $tool -O
run certificate $tool --read-object --type cert --id 01 --output-file "$work/certificate.der"
run sign $tool --login --pin 1234 --id 01 --sign --mechanism SHA256-RSA-PKCS --input-file "$work/challenge" --output-file "$work/signature"
run unsigned $tool --id 01 --sign --mechanism SHA256-RSA-PKCS --input-file "$work/challenge" --output-file "$work/nothing"
for n in 1 2 3 4; do run wrong$n $tool --login --pin 9999 -O; done
run blocked pkcs15-tool -D
