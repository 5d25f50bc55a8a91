#!/bin/sh
# One home for tests and demonstrations, made of network namespaces; nothing in it can reach the real network.
#
#   internet 11.0.0.1 ---- 11.0.0.2 router 192.168.77.1 --+-- host      192.168.77.10  (a member's server)
#                          nftables NAT + miniupnpd       +-- neighbour 192.168.77.11  (somebody else's device)
#
# The router's outer address must look public, else miniupnpd refuses to work: 11.0.0.0/8 is never announced.
#
#   home.sh up NAME             make the home, start the router, print where things are
#   home.sh down NAME           end every process in it and remove it; fine when it is not there
#   home.sh info NAME           print where things are, as KEY=VALUE lines
#   home.sh exec NAME PLACE CMD run CMD in PLACE: internet, router, host or neighbour
#   home.sh router-stop NAME    end miniupnpd; its forwarding rules stay, as after a crash of the daemon
#   home.sh router-start NAME   start miniupnpd again; it keeps no lease file
#   home.sh router-reboot NAME  as pulling the plug: daemon, rules and leases are gone, the daemon comes back
#   home.sh sweep               remove homes whose owner (LAB_OWNER_PID at `up`) has ended
#   home.sh check               exit 0 when a home can be made here, else print why not
#
# NAME: 1 to 20 letters, digits and dashes. LAB_DIR (default /run/rhizome-lab) holds configuration and logs.
set -eu

LAB_DIR=${LAB_DIR:-/run/rhizome-lab}
PATH=$PATH:/usr/sbin:/sbin

fail() {
  echo "home.sh: $*" >&2
  exit 1
}

check() {
  [ "$(uname -s)" = Linux ] || fail "network namespaces need Linux"
  [ "$(id -u)" = 0 ] || fail "making network namespaces needs root"
  for tool in ip nft miniupnpd; do
    command -v "$tool" >/dev/null || fail "$tool is not installed (packages: iproute2 nftables miniupnpd-nftables)"
  done
  probe="rzprobe-$$"
  ip netns add "$probe" 2>/dev/null || fail "this system does not let root make network namespaces"
  ip netns delete "$probe"
}

named() {
  case "$1" in
    '' | *[!A-Za-z0-9-]* | -* | ?????????????????????*)
      fail "NAME must be 1 to 20 letters, digits and dashes, not '$1'" ;;
  esac
  NAME=$1
  HOME_DIR=$LAB_DIR/$NAME
}

namespace() { echo "rz-$NAME-$1"; }

within() {
  place=$1
  shift
  ip netns exec "$(namespace "$place")" "$@"
}

make_wires() {
  for place in internet router host neighbour; do
    ip netns add "$(namespace $place)"
    ip -n "$(namespace $place)" link set lo up
  done
  r=$(namespace router)
  ip link add wan0 netns "$r" type veth peer name eth0 netns "$(namespace internet)"
  ip link add lan1 netns "$r" type veth peer name eth0 netns "$(namespace host)"
  ip link add lan2 netns "$r" type veth peer name eth0 netns "$(namespace neighbour)"
  ip -n "$r" link add br0 type bridge
}

make_addresses() {
  ip -n "$r" -batch - <<END
link set lan1 master br0
link set lan2 master br0
address add 11.0.0.2/24 dev wan0
address add 192.168.77.1/24 dev br0
link set wan0 up
link set lan1 up
link set lan2 up
link set br0 up
route add default via 11.0.0.1
END
  ip -n "$(namespace internet)" -batch - <<END
address add 11.0.0.1/24 dev eth0
link set eth0 up
END
  for pair in host:192.168.77.10 neighbour:192.168.77.11; do
    ip -n "$(namespace "${pair%%:*}")" -batch - <<END
address add ${pair##*:}/24 dev eth0
link set eth0 up
route add default via 192.168.77.1
END
  done
  within router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
}

# The chains miniupnpd fills, jumped to from real hooks. Anything not forwarded by it stays outside.
make_firewall() {
  within router nft -f - <<'END'
flush ruleset
table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "br0" accept
    jump miniupnpd
  }
  chain miniupnpd { }
  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
    jump prerouting_miniupnpd
  }
  chain prerouting_miniupnpd { }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    oifname "wan0" masquerade
    jump postrouting_miniupnpd
  }
  chain postrouting_miniupnpd { }
}
END
}

write_router_configuration() {
  cat >"$HOME_DIR/miniupnpd.conf" <<END
ext_ifname=wan0
listening_ip=br0
http_port=5000
enable_upnp=yes
enable_natpmp=no
secure_mode=yes
system_uptime=yes
notify_interval=30
clean_ruleset_interval=600
uuid=6b1d3f2c-0000-4000-8000-000000000077
friendly_name=Lab router
upnp_table_name=filter
upnp_nat_table_name=filter
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
allow 80-65535 192.168.77.0/24 80-65535
deny 0-65535 0.0.0.0/0 0-65535
END
}

router_start() {
  router_pid >/dev/null && return 0
  # A subshell that becomes the daemon: nothing of this script stays behind to hold its caller's pipes open.
  (
    exec ip netns exec "$(namespace router)" setsid miniupnpd -d -f "$HOME_DIR/miniupnpd.conf" \
      -P "$HOME_DIR/miniupnpd.pid"
  ) >>"$HOME_DIR/miniupnpd.log" 2>&1 </dev/null &
  tries=0
  until within router sh -c 'grep -q ":1388 .* 0A " /proc/net/tcp /proc/net/tcp6' 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || fail "miniupnpd did not start; see $HOME_DIR/miniupnpd.log"
    sleep 0.05
  done
}

router_pid() {
  for pid in $(ip netns pids "$(namespace router)" 2>/dev/null); do
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = miniupnpd ]; then
      echo "$pid"
      return 0
    fi
  done
  return 1
}

router_stop() {
  pid=$(router_pid) || return 0
  kill -KILL "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
}

up() {
  check
  mkdir -p "$LAB_DIR"
  mkdir -m 0700 "$HOME_DIR" 2>/dev/null || fail "a home called $NAME is there already: home.sh down $NAME"
  echo "${LAB_OWNER_PID:-}" >"$HOME_DIR/owner"
  trap 'down' EXIT
  make_wires
  make_addresses
  make_firewall
  write_router_configuration
  router_start
  trap - EXIT
  info
}

info() {
  [ -d "$HOME_DIR" ] || fail "no home called $NAME"
  cat <<END
INTERNET_NETNS=$(namespace internet)
ROUTER_NETNS=$(namespace router)
HOST_NETNS=$(namespace host)
NEIGHBOUR_NETNS=$(namespace neighbour)
ROUTER_WAN_ADDRESS=11.0.0.2
ROUTER_LAN_ADDRESS=192.168.77.1
HOST_ADDRESS=192.168.77.10
NEIGHBOUR_ADDRESS=192.168.77.11
ROUTER_DESCRIPTION_URL=http://192.168.77.1:5000/rootDesc.xml
ROUTER_LOG=$HOME_DIR/miniupnpd.log
END
}

down() {
  for place in internet router host neighbour; do
    ns=$(namespace $place)
    [ -e "/run/netns/$ns" ] || continue
    for pid in $(ip netns pids "$ns" 2>/dev/null); do
      # Never this script, nor a test process with one thread visiting the namespace.
      if [ "$pid" != $$ ] && [ "$pid" != "$(cat "$HOME_DIR/owner" 2>/dev/null)" ]; then
        kill -KILL "$pid" 2>/dev/null || true
      fi
    done
    ip netns delete "$ns" 2>/dev/null || true
  done
  rm -rf "$HOME_DIR"
}

sweep() {
  for directory in "$LAB_DIR"/*/; do
    [ -d "$directory" ] || continue
    owner=$(cat "$directory/owner" 2>/dev/null || true)
    # Ended, or ended and not yet collected by its parent.
    if [ -n "$owner" ] && ! grep -q '^State:.[^ZX]' "/proc/$owner/status" 2>/dev/null; then
      named "$(basename "$directory")"
      down
    fi
  done
}

case "${1:-}" in
  check) check ;;
  sweep) sweep ;;
  up) named "${2:-}"; up ;;
  down) named "${2:-}"; down ;;
  info) named "${2:-}"; info ;;
  router-start) named "${2:-}"; router_start ;;
  router-stop) named "${2:-}"; router_stop ;;
  router-reboot) named "${2:-}"; router_stop; make_firewall; router_start ;;
  exec) named "${2:-}"; place=${3:?PLACE is missing}; shift 3; exec ip netns exec "$(namespace "$place")" "$@" ;;
  *) sed -n '2,/^set -eu/p' "$0" | sed -n 's/^# \{0,1\}//p'; exit 2 ;;
esac
