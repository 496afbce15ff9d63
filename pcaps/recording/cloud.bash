# The cloud: three hosts, a distributed router, an external network and guests, all played by stacks of the kernel in
# network namespaces. Sourced by `record`; needs SELF, PREFIX, WORK, note(), await() and background() from there.
#
#     a1 a3 b1           a2 b2                                  x 198.51.100.8
#      |tap…|             |tap…|                                |
#   +--+----+--+       +--+----+--+        +----------+         up 203.0.113.1
#   | c1  r1 f1|       | c2  r2 f2|        | n1  sn   |         |
#   +-----+----+       +-----+----+        +-----+----+         |
#     underlay, provider     |                   |              |
#   ======+==================+===================+==============+====  wire: one switch per physical network
#
#   c*, n1   a host's bridges and tunnels     r*   its qrouter     f*   its fip namespace     sn   SNAT side of the router

declare -rA HOST_NUMBER=([c1]=1 [c2]=2 [n1]=3)
declare -rA HOST_NAME=([c1]=compute1 [c2]=compute2 [n1]=network1)
declare -rA SEGMENT=([a]=101 [b]=102)
declare -rA GATEWAY_MAC=([a]=fa:16:3e:0a:00:01 [b]=fa:16:3e:0b:00:01)
declare -rA CSNAT_MAC=([a]=fa:16:3e:0a:00:02 [b]=fa:16:3e:0b:00:02)
declare -rA SUBNET=([a]=10.0.1 [b]=10.0.2)
declare -rA GUEST_HOST=([a1]=c1 [a3]=c1 [b1]=c1 [a2]=c2 [b2]=c2)
declare -rA GUEST_LAST_BYTE=([a1]=11 [a2]=12 [a3]=13 [b1]=11 [b2]=12)
declare -rA FLOATING=([a1]=203.0.113.51 [a2]=203.0.113.52 [b1]=203.0.113.61)
readonly QG_MAC=fa:16:3e:0e:00:30 QG=203.0.113.30
readonly UPSTREAM_MAC=52:54:00:00:00:01 UPSTREAM=203.0.113.1
readonly OUTSIDE=198.51.100.8
readonly UNDERLAY_MTU=1500
declare -rA NETWORK_MTU=([vxlan]=1450 [gre]=1458)

tunnel_ip() { echo "172.16.0.${HOST_NUMBER[$1]}"; }
underlay_mac() { echo "02:00:00:00:00:0${HOST_NUMBER[$1]}"; }
dvr_mac() { echo "fa:16:3f:00:00:0${HOST_NUMBER[$1]}"; }
fg_ip() { echo "203.0.113.4${HOST_NUMBER[$1]}"; }
fg_mac() { echo "fa:16:3e:0e:00:4${HOST_NUMBER[$1]}"; }
guest_net() { echo "${1:0:1}"; }
guest_ip() { echo "${SUBNET[$(guest_net "$1")]}.${GUEST_LAST_BYTE[$1]}"; }
guest_mac() { echo "fa:16:3e:0$(guest_net "$1"):00:${GUEST_LAST_BYTE[$1]}"; }

# Prints the topology document (contract: topology.yaml) of the same cloud; $1 is vxlan or gre.
topology() {
    local type=$1 host net guest
    echo "# Written by pcaps/recording/record: the cloud whose frames were recorded."
    echo "hosts:"
    for host in c1 c2 n1; do
        cat <<YAML
  - name: ${HOST_NAME[$host]}
    agent_mode: $([[ $host == n1 ]] && echo dvr_snat || echo dvr)
    local_ip: $(tunnel_ip "$host")
    tunnel_types: [$type]
    underlay_mac: "$(underlay_mac "$host")"
    underlay_mtu: $UNDERLAY_MTU
    bridge_mappings: {provider: br-ex}
YAML
    done
    echo "dvr_host_macs:"
    for host in c1 c2 n1; do
        echo "  - {host: ${HOST_NAME[$host]}, mac_address: \"$(dvr_mac "$host")\"}"
    done
    echo "networks:"
    for net in a b; do
        echo "  - {id: net-$net, name: ${net^^}, mtu: ${NETWORK_MTU[$type]}, \"provider:network_type\": $type," \
            "\"provider:segmentation_id\": ${SEGMENT[$net]}}"
    done
    echo "  - {id: net-e, name: E, mtu: 1500, \"provider:network_type\": flat, \"provider:physical_network\": provider," \
        "\"router:external\": true}"
    echo "subnets:"
    for net in a b; do
        echo "  - {id: sub-$net, network_id: net-$net, ip_version: 4, cidr: ${SUBNET[$net]}.0/24, gateway_ip: ${SUBNET[$net]}.1}"
    done
    cat <<YAML
  - {id: sub-e, network_id: net-e, ip_version: 4, cidr: 203.0.113.0/24, gateway_ip: $UPSTREAM}
routers:
  - id: router-r
    name: R
    distributed: true
    gw_port_host: network1
    external_gateway_info:
      network_id: net-e
      enable_snat: true
      external_fixed_ips: [{subnet_id: sub-e, ip_address: $QG}]
ports:
YAML
    for net in a b; do
        topology_port "g$net" "$net" "${GATEWAY_MAC[$net]}" "${SUBNET[$net]}.1" network:router_interface_distributed ""
        topology_port "s$net" "$net" "${CSNAT_MAC[$net]}" "${SUBNET[$net]}.2" network:router_centralized_snat network1
    done
    topology_port qg e "$QG_MAC" "$QG" network:router_gateway network1
    for host in c1 c2; do
        topology_port "fg${HOST_NUMBER[$host]}" e "$(fg_mac "$host")" "$(fg_ip "$host")" network:floatingip_agent_gateway "${HOST_NAME[$host]}"
    done
    for guest in a1 a2 a3 b1 b2; do
        topology_port "$guest" "$(guest_net "$guest")" "$(guest_mac "$guest")" "$(guest_ip "$guest")" compute:nova \
            "${HOST_NAME[${GUEST_HOST[$guest]}]}"
    done
    echo "floatingips:"
    for guest in a1 a2 b1; do
        echo "  - {id: fip-$guest, floating_ip_address: ${FLOATING[$guest]}, floating_network_id: net-e, port_id: port-$guest," \
            "fixed_ip_address: $(guest_ip "$guest"), router_id: router-r}"
    done
}

# NAME NET MAC IP OWNER HOST
topology_port() {
    cat <<YAML
  - id: port-$1
    network_id: net-$2
    mac_address: "$3"
    fixed_ips: [{subnet_id: sub-$2, ip_address: $4}]
    device_owner: $5
YAML
    case $5 in network:router_*) echo "    device_id: router-r" ;; esac
    if [[ -n $6 ]]; then
        echo "    \"binding:host_id\": $6"
    fi
}

ns() { echo "$PREFIX$1"; }
on() { ip -n "$(ns "$1")" "${@:2}"; }
within() { ip netns exec "$(ns "$1")" "${@:2}"; }
bridge_on() { bridge -n "$(ns "$1")" "${@:2}"; }

add_namespace() {
    ip netns add "$(ns "$1")"
    namespaces+=("$1")
    # Quiet stacks: no IPv6 of their own accord, no redirects, no check of the way back.
    within "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
        net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0
    on "$1" link set lo up
}

# NS DEV PEER_NS PEER_DEV: a cable. Both ends compute checksums and cut segments themselves, so that what is captured is what a wire carries.
add_cable() {
    on "$1" link add "$2" type veth peer name "$4" netns "$(ns "$3")"
    without_offloads "$1" "$2"
    without_offloads "$3" "$4"
}

without_offloads() {
    within "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null 2>&1 || within "$1" ethtool -K "$2" tx off >/dev/null
}

# With an address of its own: a bridge that changes its address with its ports forgets its neighbors.
add_bridge() {
    on "$1" link add "$2" address "02:00:00:00:02:$(printf %02x "$((++bridges))")" type bridge stp_state 0 mcast_snooping 0
    on "$1" link set "$2" up
}

plug() { # NS DEV BRIDGE
    on "$1" link set "$2" master "$3"
    on "$1" link set "$2" up
}

# NS DEV MAC ADDRESS/LENGTH MTU
configure() {
    on "$1" link set "$2" address "$3"
    on "$1" link set "$2" mtu "$5"
    on "$1" link set "$2" up
    on "$1" address add "$4" dev "$2"
}

has_gretap() {
    on wire link add probe type gretap local 192.0.2.1 remote 192.0.2.2 key 1 2>/dev/null && on wire link del probe
}

build_cloud() {
    local type=$1 host
    mtu=${NETWORK_MTU[$type]}
    bridges=0
    add_namespace wire
    add_bridge wire underlay
    add_bridge wire provider
    gre_device=kernel
    if [[ $type == gre ]] && ! has_gretap; then
        gre_device=program
        note "this kernel has no gretap: the program gre-endpoint carries the frames"
    fi
    for host in c1 c2 n1; do
        add_host "$host" "$type"
    done
    add_router c1
    add_router c2
    add_snat_side
    add_outside
    local guest
    for guest in "${!GUEST_HOST[@]}"; do
        add_guest "$guest"
    done
}

add_host() {
    local host=$1 type=$2 net label
    add_namespace "$host"
    for label in underlay provider; do
        add_cable "$host" "$label" wire "$label-$host"
        plug wire "$label-$host" "$label"
    done
    configure "$host" underlay "$(underlay_mac "$host")" "$(tunnel_ip "$host")/24" "$UNDERLAY_MTU"
    bridge_on wire fdb add "$(underlay_mac "$host")" dev "underlay-$host" master static
    local peer
    for peer in $(peers_of "$host"); do
        on "$host" neigh add "$(tunnel_ip "$peer")" lladdr "$(underlay_mac "$peer")" dev underlay nud permanent
    done
    add_bridge "$host" br-ex
    plug "$host" provider br-ex
    for net in a b; do
        add_bridge "$host" "br-$net"
    done
    "add_${type}_tunnels" "$host"
    add_l2_population "$host" "$type"
    add_dvr_macs "$host"
}

peers_of() {
    local other
    for other in c1 c2 n1; do
        [[ $other == "$1" ]] || echo "$other"
    done
}

# Device of the tunnels of network $3 towards peer $2.
tunnel_device() {
    if [[ $1 == vxlan ]]; then echo "tun${SEGMENT[$3]}"; else echo "tun${SEGMENT[$3]}-$2"; fi
}

add_vxlan_tunnels() {
    local host=$1 net
    for net in a b; do
        on "$host" link add "tun${SEGMENT[$net]}" mtu "$mtu" type vxlan id "${SEGMENT[$net]}" dstport 4789 local "$(tunnel_ip "$host")" \
            ttl 64 df set nolearning noudpcsum
        plug_tunnel "$host" "tun${SEGMENT[$net]}" "br-$net"
    done
}

add_gre_tunnels() {
    local host=$1 net peer tunnels=()
    for net in a b; do
        for peer in $(peers_of "$host"); do
            tunnels+=("tun${SEGMENT[$net]}-$peer=$(tunnel_ip "$peer"),${SEGMENT[$net]}")
            if [[ $gre_device == kernel ]]; then
                on "$host" link add "tun${SEGMENT[$net]}-$peer" type gretap local "$(tunnel_ip "$host")" remote "$(tunnel_ip "$peer")" \
                    key "${SEGMENT[$net]}" ttl 64
            fi
        done
    done
    if [[ $gre_device == program ]]; then
        background "$host" "$WORK/gre-$host" "$SELF/gre-endpoint" "${tunnels[@]}"
        await "gre-endpoint of $host" grep -qs ready "$WORK/gre-$host"
    fi
    for net in a b; do
        for peer in $(peers_of "$host"); do
            on "$host" link set "tun${SEGMENT[$net]}-$peer" mtu "$mtu"
            plug_tunnel "$host" "tun${SEGMENT[$net]}-$peer" "br-$net"
        done
    done
}

plug_tunnel() {
    without_offloads "$1" "$2"
    plug "$1" "$2" "$3"
    bridge_on "$1" link set dev "$2" learning off neigh_suppress on isolated on
}

# What the control plane pushes: flood lists, unicast entries, and an ARP responder.
add_l2_population() {
    local host=$1 type=$2 net peer guest
    for net in a b; do
        for peer in $(peers_of "$host"); do
            if [[ $type == vxlan ]]; then
                bridge_on "$host" fdb append 00:00:00:00:00:00 dev "tun${SEGMENT[$net]}" dst "$(tunnel_ip "$peer")" self permanent
            fi
        done
        [[ $host == n1 ]] || populate "$host" "$type" "$net" n1 "${CSNAT_MAC[$net]}" "${SUBNET[$net]}.2"
    done
    for guest in "${!GUEST_HOST[@]}"; do
        peer=${GUEST_HOST[$guest]}
        if [[ $peer != "$host" ]]; then
            populate "$host" "$type" "$(guest_net "$guest")" "$peer" "$(guest_mac "$guest")" "$(guest_ip "$guest")"
        fi
    done
}

populate() { # HOST TYPE NET PEER MAC IP
    local device
    device=$(tunnel_device "$2" "$4" "$3")
    bridge_on "$1" fdb replace "$5" dev "$device" master static
    if [[ $2 == vxlan ]]; then
        bridge_on "$1" fdb replace "$5" dev "$device" dst "$(tunnel_ip "$4")" self permanent
    fi
    on "$1" neigh replace "$6" lladdr "$5" dev "br-$3" nud permanent
}

# No gateway MAC in a tunnel: the host's DVR MAC takes its place on the way out and gives it back on the way in (what tables 1 of br-tun and
# br-int do in the original).
add_dvr_macs() {
    local others peer
    others=$(for peer in $(peers_of "$1"); do dvr_mac "$peer"; done | paste -sd,)
    within "$1" nft -f - <<NFT
table bridge dvr {
    chain prerouting {
        type filter hook prerouting priority 0
        iifname "tun${SEGMENT[a]}*" ether saddr { $others } ether saddr set ${GATEWAY_MAC[a]}
        iifname "tun${SEGMENT[b]}*" ether saddr { $others } ether saddr set ${GATEWAY_MAC[b]}
    }
    chain forward {
        type filter hook forward priority 0
        oifname "tun*" ether daddr { ${GATEWAY_MAC[a]}, ${GATEWAY_MAC[b]} } drop
        oifname "tun*" arp operation request arp daddr ip { ${SUBNET[a]}.1, ${SUBNET[b]}.1 } drop
    }
    chain postrouting {
        type filter hook postrouting priority 0
        oifname "tun*" ether saddr { ${GATEWAY_MAC[a]}, ${GATEWAY_MAC[b]} } ether saddr set $(dvr_mac "$1")
    }
}
NFT
}

# The qrouter and the fip namespace of a compute host.
add_router() {
    local host=$1 number=${HOST_NUMBER[$1]} net guest
    local router=r$number fip=f$number
    add_namespace "$router"
    add_namespace "$fip"
    within "$router" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
    within "$fip" sysctl -qw net.ipv4.ip_forward=1
    add_cable "$router" rfp "$fip" fpr
    configure "$router" rfp 02:00:00:00:01:00 169.254.64.0/31 1500
    configure "$fip" fpr 02:00:00:00:01:01 169.254.64.1/31 1500
    on "$router" neigh add 169.254.64.1 lladdr 02:00:00:00:01:01 dev rfp nud permanent
    on "$fip" neigh add 169.254.64.0 lladdr 02:00:00:00:01:00 dev fpr nud permanent
    add_cable "$fip" fg "$host" fg-switch
    plug "$host" fg-switch br-ex
    configure "$fip" fg "$(fg_mac "$host")" "$(fg_ip "$host")/24" 1500
    # However slow the machine: no doubt about a neighbor, which is asked again, falls into a recording.
    within "$fip" sysctl -qw net.ipv4.conf.fg.proxy_arp=1 net.ipv4.neigh.fg.proxy_delay=0 net.ipv4.neigh.fg.delay_first_probe_time=600
    on "$fip" route add default via "$UPSTREAM"
    on "$router" route add default via 169.254.64.1 dev rfp table 16
    for net in a b; do
        add_cable "$router" "qr-$net" "$host" "qr-$net-switch"
        plug "$host" "qr-$net-switch" "br-$net"
        bridge_on "$host" fdb replace "${GATEWAY_MAC[$net]}" dev "qr-$net-switch" master static
        configure "$router" "qr-$net" "${GATEWAY_MAC[$net]}" "${SUBNET[$net]}.1/24" "$mtu"
        on "$router" neigh add "${SUBNET[$net]}.2" lladdr "${CSNAT_MAC[$net]}" dev "qr-$net" nud permanent
        on "$router" route add default via "${SUBNET[$net]}.2" dev "qr-$net" table "${SEGMENT[$net]}"
        on "$router" rule add from "${SUBNET[$net]}.0/24" table "${SEGMENT[$net]}" priority 80000
    done
    add_floating_ips "$host" "$router" "$fip"
    for guest in "${!GUEST_HOST[@]}"; do
        on "$router" neigh add "$(guest_ip "$guest")" lladdr "$(guest_mac "$guest")" dev "qr-$(guest_net "$guest")" nud permanent
    done
}

add_floating_ips() {
    local host=$1 router=$2 fip=$3 guest
    {
        echo "table ip nat {"
        echo "  chain prerouting { type nat hook prerouting priority dstnat;"
        for guest in $(floating_guests_on "$host"); do
            echo "    iifname rfp ip daddr ${FLOATING[$guest]} dnat to $(guest_ip "$guest")"
        done
        echo "  }"
        echo "  chain postrouting { type nat hook postrouting priority srcnat;"
        for guest in $(floating_guests_on "$host"); do
            echo "    oifname rfp ip saddr $(guest_ip "$guest") snat to ${FLOATING[$guest]} fully-random"
        done
        echo "  }"
        echo "}"
    } >"$WORK/nat"
    within "$router" nft -f "$WORK/nat"
    for guest in $(floating_guests_on "$host"); do
        on "$fip" route add "${FLOATING[$guest]}/32" via 169.254.64.0 dev fpr
        on "$router" rule add from "$(guest_ip "$guest")" table 16 priority 40000
    done
}

floating_guests_on() {
    local guest
    for guest in "${!FLOATING[@]}"; do
        if [[ ${GUEST_HOST[$guest]} == "$1" ]]; then
            echo "$guest"
        fi
    done
}

add_snat_side() {
    local net guest
    add_namespace sn
    within sn sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.arp_announce=2
    add_cable sn qg n1 qg-switch
    plug n1 qg-switch br-ex
    configure sn qg "$QG_MAC" "$QG/24" 1500
    on sn route add default via "$UPSTREAM"
    for net in a b; do
        add_cable sn "sg-$net" n1 "sg-$net-switch"
        plug n1 "sg-$net-switch" "br-$net"
        configure sn "sg-$net" "${CSNAT_MAC[$net]}" "${SUBNET[$net]}.2/24" "$mtu"
    done
    for guest in "${!GUEST_HOST[@]}"; do
        on sn neigh add "$(guest_ip "$guest")" lladdr "$(guest_mac "$guest")" dev "sg-$(guest_net "$guest")" nud permanent
    done
    within sn nft -f - <<NFT
table ip nat {
    chain postrouting {
        type nat hook postrouting priority srcnat
        oifname qg snat to $QG fully-random
    }
}
NFT
}

# The upstream router and a host of the world behind it.
add_outside() {
    add_namespace up
    add_namespace x
    within up sysctl -qw net.ipv4.ip_forward=1
    add_cable up provider wire provider-up
    plug wire provider-up provider
    configure up provider "$UPSTREAM_MAC" "$UPSTREAM/24" 1500
    add_cable up world x eth0
    configure up world 52:54:00:00:00:02 198.51.100.1/24 1500
    configure x eth0 52:54:00:00:00:08 "$OUTSIDE/24" 1500
    on x route add default via 198.51.100.1
    background x "$WORK/x-tcp" "$SELF/talk" tcp-serve 8080
    background x "$WORK/x-udp" "$SELF/talk" udp-serve 53
}

add_guest() {
    local guest=$1 host=${GUEST_HOST[$1]} net
    net=$(guest_net "$guest")
    add_namespace "$guest"
    add_cable "$host" "tapport-$guest" "$guest" eth0
    plug "$host" "tapport-$guest" "br-$net"
    bridge_on "$host" fdb replace "$(guest_mac "$guest")" dev "tapport-$guest" master static
    configure "$guest" eth0 "$(guest_mac "$guest")" "$(guest_ip "$guest")/24" "$mtu"
    on "$guest" route add default via "${SUBNET[$net]}.1"
    background "$guest" "$WORK/$guest-tcp" "$SELF/talk" tcp-serve 8080
    background "$guest" "$WORK/$guest-udp" "$SELF/talk" udp-serve 9000
}
