#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian packages that ka-ts needs and that are missing: install-system.sh lab|test|bench
# Quiet and without a single change when everything is there. Needs root only when something is missing.
set -eu

build='g++ make cmake libssl-dev libuv1-dev'
run='iproute2 iputils-ping procps psmisc util-linux'
case "${1:-}" in
  lab) wanted="$build $run" ;;
  test) wanted="$build $run python3 keepalived frr tshark tcpdump nftables iptables ipset python3-scapy user-mode-linux kmod ipvsadm snmpd snmp snmptrapd smitools dbus-daemon libglib2.0-bin prometheus chromium clang llvm libclang-rt-dev systemd debootstrap lintian logrotate jq socat" ;;
  bench) wanted="$build $run keepalived tcpdump" ;;
  *)
    echo "usage: $0 lab|test|bench" >&2
    exit 64
    ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "$0: this is not a Debian system; please see to it that these are installed: $wanted" >&2
  exit 0
fi

missing=
for package in $wanted; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "$0: missing packages:$missing" >&2
  echo "Run this as root, or install them yourself: apt-get install --no-install-recommends$missing" >&2
  exit 1
fi

# A keepalived or FRR that the package manager started would meddle with this machine's real network. Nothing
# installed here may start: a refusing policy-rc.d while apt runs and, with systemd, a mask on the unit that stays.
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
made_policy=
cleanup() {
  [ -z "$made_policy" ] || rm -f "$policy"
  rm -f "$log"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  made_policy=yes
fi
for peer in keepalived frr snmpd snmptrapd prometheus prometheus-node-exporter; do
  case "$missing " in
    *" $peer "*)
      if [ -d /run/systemd/system ]; then
        systemctl mask "$peer.service" >/dev/null 2>&1 || true
        echo "$peer.service is masked: the packaged $peer is only a test peer here (systemctl unmask $peer to use it)." >&2
      fi
      ;;
  esac
done

echo "Installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
quiet() {
  "$@" >"$log" 2>&1 || {
    echo "$0: $* failed:" >&2
    tail -n 25 "$log" >&2
    exit 1
  }
}
quiet apt-get -q update
# shellcheck disable=SC2086 # a list of names
quiet apt-get -q -y install --no-install-recommends $missing
