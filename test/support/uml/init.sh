#!/bin/sh
# SPDX-License-Identifier: MIT
# Process 1 of the user-mode kernel: mounts, modules, the command of boot.mjs, halt. Its folder is that of this script.
set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TERM=dumb
. "${0%/*}/command"

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /dev/shm && mount -t tmpfs -o mode=1777 tmpfs /dev/shm

# hostfs ro|rw PATH PLACE: a folder of the machine.
hostfs() {
  mkdir -p "$3" 2>/dev/null
  mount -t hostfs -o "$1" none "$3" -o "$2" || echo "init: $2 cannot be mounted"
}
[ -z "$visible" ] || echo "$visible" | while read -r path; do hostfs ro "$path" "$path"; done
[ -z "$writable" ] || echo "$writable" | while read -r path; do hostfs rw "$path" "$path"; done
hostfs rw "$exchange" /run/exchange

# modprobe wants the usual layout of folders.
mkdir -p /tmp/modules/lib/modules
ln -s "/usr/lib/uml/modules/$(uname -r)" /tmp/modules/lib/modules/
modprobe -d /tmp/modules -a veth bridge macvlan ipvlan dummy 8021q vrf bonding nf_tables af_packet mpls_iptunnel ila 2>&1
for name in "" _rr _wrr _lc _wlc _lblc _lblcr _sh _mh _dh _fo _ovf _sed _nq _pe_sip; do
  modprobe -d /tmp/modules "ip_vs$name" 2>&1
done
ip link set lo up
# Without a syslog daemon, programs would write their log here, in the midst of the command's output.
mount --bind /dev/null /dev/console

echo '-- the kernel is up'
run
echo $? >/run/exchange/status
echo '-- the kernel halts'
halt -f 2>/dev/null
