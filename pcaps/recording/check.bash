# What recordings must contain, judged by tshark. Sourced by `record`.
#
# A line that begins with a name is a file: scenario, host, attachment point, and "opens" where the conversation begins there. The lines under it
# are the least number of frames that a display filter must find.
readonly EXPECTED='
ping-same-subnet-over-vxlan c1 tapport-a1 opens
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.1.12
  4 icmp.type == 8 && ip.dst == 10.0.1.12 && ip.ttl == 64
ping-same-subnet-over-vxlan c1 underlay
  4 vxlan.vni == 101 && icmp.type == 0 && eth.dst == fa:16:3e:0a:00:11 && ip.ttl == 64
ping-same-subnet-over-gre c1 tapport-a1 opens
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.1.12
  4 icmp.type == 8 && ip.dst == 10.0.1.12
ping-same-subnet-over-gre c1 underlay
  4 gre.key == 101 && gre.proto == 0x6558 && icmp.type == 0 && eth.dst == fa:16:3e:0a:00:11
tcp-same-subnet-over-vxlan c1 tapport-a1 opens
  1 tcp.flags.syn == 1 && tcp.flags.ack == 0
  70 tcp.len > 1000
  1 tcp.flags.fin == 1
tcp-same-subnet-over-vxlan c1 underlay
  1 tcp.flags.syn == 1 && tcp.flags.ack == 1
  1 tcp.ack >= 100001
  1 tcp.flags.fin == 1
fragments-same-subnet-over-vxlan c1 tapport-a1 opens
  12 ip.flags.mf == 1
  1 udp.length == 4008
  1 udp.length == 9008
  2 icmp.type == 8 && ip.frag_offset > 0
fragments-same-subnet-over-vxlan c1 underlay
  12 vxlan.vni == 101 && ip.flags.mf == 1
  1 udp.length == 4008
  1 udp.length == 9008
  2 icmp.type == 0 && ip.frag_offset > 0
routed-between-guests-of-one-host c1 tapport-a1 opens
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.1.1
  4 icmp.type == 8 && ip.dst == 10.0.2.11 && eth.dst == fa:16:3e:0a:00:01 && ip.ttl == 64
  1 tcp.flags.syn == 1 && tcp.flags.ack == 0
  1 tcp.flags.fin == 1
  1 udp.dstport == 9000
routed-between-guests-of-one-host c1 tapport-b1
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.2.1
  4 icmp.type == 0 && eth.dst == fa:16:3e:0b:00:01
  1 tcp.flags.syn == 1 && tcp.flags.ack == 1
  1 tcp.flags.fin == 1
  1 udp.srcport == 9000
routed-to-another-host c1 tapport-a1 opens
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.1.1
  4 icmp.type == 8 && ip.dst == 10.0.2.12 && eth.dst == fa:16:3e:0a:00:01 && ip.ttl == 64
  1 tcp.flags.syn == 1 && tcp.flags.ack == 0
  1 tcp.flags.fin == 1
routed-to-another-host c1 underlay
  4 vxlan.vni == 101 && icmp.type == 0 && eth.src == fa:16:3f:00:00:02 && eth.dst == fa:16:3e:0a:00:11 && ip.ttl == 63
  1 tcp.flags.syn == 1 && tcp.flags.ack == 1 && eth.src == fa:16:3f:00:00:02
  1 tcp.flags.fin == 1
  1 udp.srcport == 9000
routed-from-another-host c2 underlay opens
  4 vxlan.vni == 102 && icmp.type == 8 && eth.src == fa:16:3f:00:00:01 && eth.dst == fa:16:3e:0b:00:12 && ip.ttl == 63
  1 tcp.flags.syn == 1 && tcp.flags.ack == 0 && eth.src == fa:16:3f:00:00:01
  1 tcp.flags.fin == 1
  1 udp.dstport == 9000
routed-from-another-host c2 tapport-b2
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.2.1
  4 icmp.type == 0 && eth.dst == fa:16:3e:0b:00:01 && ip.ttl == 64
  1 tcp.flags.syn == 1 && tcp.flags.ack == 1
  1 tcp.flags.fin == 1
routed-to-another-host-over-gre c1 tapport-a1 opens
  4 icmp.type == 8 && ip.dst == 10.0.2.12 && eth.dst == fa:16:3e:0a:00:01
  1 tcp.flags.syn == 1 && tcp.flags.ack == 0
  1 tcp.flags.fin == 1
routed-to-another-host-over-gre c1 underlay
  4 gre.key == 101 && icmp.type == 0 && eth.src == fa:16:3f:00:00:02 && eth.dst == fa:16:3e:0a:00:11 && ip.ttl == 63
  1 tcp.flags.syn == 1 && tcp.flags.ack == 1
  1 tcp.flags.fin == 1
floating-ip-from-outside c1 provider opens
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 203.0.113.51
  4 icmp.type == 8 && ip.dst == 203.0.113.51 && eth.dst == fa:16:3e:0e:00:41 && ip.ttl == 63
  1 tcp.flags.syn == 1 && tcp.flags.ack == 0
  1 tcp.flags.fin == 1
  1 udp.dstport == 9000
floating-ip-from-outside c1 tapport-a1
  4 icmp.type == 0 && ip.src == 10.0.1.11 && eth.dst == fa:16:3e:0a:00:01 && ip.ttl == 64
  1 tcp.flags.syn == 1 && tcp.flags.ack == 1
  1 tcp.flags.fin == 1
  1 udp.srcport == 9000
floating-ip-to-outside c1 tapport-a1 opens
  1 udp.dstport == 33434 && ip.ttl == 1
  1 udp.dstport == 33435 && ip.ttl == 2
  1 udp.dstport == 33436 && ip.ttl == 3
  3 icmp.type == 8
  1 dns.flags.response == 0
floating-ip-to-outside c1 provider
  1 arp.opcode == 2 && arp.src.proto_ipv4 == 203.0.113.1 && arp.dst.proto_ipv4 == 203.0.113.41
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 203.0.113.51
floating-ip-to-floating-ip-of-another-host c2 provider opens
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 203.0.113.52 && arp.src.proto_ipv4 == 203.0.113.41
  1 arp.opcode == 2 && arp.src.proto_ipv4 == 203.0.113.51 && arp.src.hw_mac == fa:16:3e:0e:00:41 && arp.dst.proto_ipv4 == 203.0.113.42
  4 icmp.type == 8 && ip.src == 203.0.113.51 && ip.dst == 203.0.113.52 && eth.dst == fa:16:3e:0e:00:42 && ip.ttl == 62
  1 tcp.flags.syn == 1 && tcp.flags.ack == 0
  1 tcp.flags.fin == 1
floating-ip-to-floating-ip-of-another-host c2 tapport-a2
  4 icmp.type == 0 && ip.src == 10.0.1.12 && ip.dst == 203.0.113.51
  1 tcp.flags.syn == 1 && tcp.flags.ack == 1
  1 tcp.flags.fin == 1
without-floating-ip-to-outside c1 tapport-a3 opens
  4 icmp.type == 8 && eth.dst == fa:16:3e:0a:00:01
  1 tcp.flags.syn == 1 && tcp.flags.ack == 0
  1 tcp.flags.fin == 1
  1 dns.flags.response == 0
without-floating-ip-to-outside c1 underlay
  4 vxlan.vni == 101 && icmp.type == 0 && eth.src == fa:16:3e:0a:00:02 && eth.dst == fa:16:3e:0a:00:13 && ip.ttl == 62
  1 tcp.flags.syn == 1 && tcp.flags.ack == 1
  1 tcp.flags.fin == 1
  1 dns.flags.response == 1
arp-of-all-kinds c1 tapport-a1 opens
  3 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.1.12 && eth.dst == ff:ff:ff:ff:ff:ff
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.1.12 && eth.dst == fa:16:3e:0a:00:12
  2 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.1.1 && eth.dst == ff:ff:ff:ff:ff:ff
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.1.1 && eth.dst == fa:16:3e:0a:00:01
  1 arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.1.99
  3 arp.opcode == 1 && arp.src.proto_ipv4 == 0.0.0.0
  2 arp.opcode == 1 && arp.src.proto_ipv4 == 10.0.1.11 && arp.dst.proto_ipv4 == 10.0.1.11
  1 arp.opcode == 2 && arp.src.proto_ipv4 == 10.0.1.11 && arp.dst.proto_ipv4 == 10.0.1.11
arp-of-all-kinds c1 underlay
  1 vxlan.vni == 101 && arp.opcode == 1 && arp.src.proto_ipv4 == 10.0.1.12 && arp.dst.proto_ipv4 == 10.0.1.12
  1 vxlan.vni == 101 && arp.opcode == 2 && arp.src.proto_ipv4 == 10.0.1.12 && arp.dst.proto_ipv4 == 10.0.1.12
  1 vxlan.vni == 101 && arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.1.99
'

readonly MAX_BYTES=200000
readonly PARALLEL=4
readonly NANOSECOND_PCAP=4d3cb2a1 # first bytes of the file, little-endian
readonly BROKEN='_ws.malformed || ip.checksum.status == 0 || icmp.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0'
# Unverified: a checksum that tshark had no means to judge. None must escape except in fragments, which it judges when they are together.
readonly UNJUDGED='ip.checksum.status == 2 || tcp.checksum.status == 2 || udp.checksum.status == 2'

check_recordings() {
    local folder=$1 line words name='' host point opening='' first
    local -A opened=()
    WORK=$(mktemp -d)
    trap 'rm -rf -- "$WORK"' EXIT
    : >"$WORK/complaints"
    while read -r line; do
        read -ra words <<<"$line"
        case ${line:0:1} in
            '') ;;
            [0-9])
                least+=("${words[0]}")
                filters+=("${words[*]:1}")
                ;;
            *)
                [[ -z $name ]] || check_file_aside "$folder" "$name" "$host" "$point"
                name=${words[0]} host=${words[1]} point=${words[2]} opening=${words[3]-}
                least=() filters=()
                first=$(first_time "$folder/$name/in/$point.pcap")
                if [[ $opening == opens ]]; then
                    opened[$name]=$first
                else
                    later[$name/$point]=$first
                fi
                ;;
        esac
    done <<<"$EXPECTED"
    check_file_aside "$folder" "$name" "$host" "$point"
    check_openings
    wait
    [[ ! -s $WORK/complaints ]] || fail "$(wc -l <"$WORK/complaints") complaints"
    note "recordings in $folder are as expected"
}

declare -A later=()

# Of the merged frames of a scenario the first one is the opener's.
check_openings() {
    local file
    for file in "${!later[@]}"; do
        if [[ -n ${later[$file]} ]] && ! [[ ${opened[${file%/*}]} < ${later[$file]} ]]; then
            complain "$file begins before the side that opens the conversation"
        fi
    done
}

complain() {
    echo "$*" >>"$WORK/complaints"
    note "$*"
}

# Time of the first frame as digits that compare as text; empty where there is none.
first_time() {
    if [[ -s $1 ]]; then
        # shellcheck disable=SC2046,SC2183 # two words: seconds, nanoseconds
        printf '%010d%09d' $(od -An -tu4 -j24 -N8 "$1")
    fi
}

# A few at a time: tshark takes longer to start than to read these files.
check_file_aside() {
    while (($(jobs -rp | wc -l) >= PARALLEL)); do
        wait -n || true
    done
    check_file "$@" &
}

check_file() {
    local file=$1/$2/in/$4.pcap name="$2/in/$4.pcap" i counts
    if ! [[ -s $file ]]; then
        complain "$name: missing"
        return
    fi
    [[ $(od -An -tx1 -N4 "$file" | tr -d ' ') == "$NANOSECOND_PCAP" ]] || complain "$name: not a nanosecond pcap"
    (($(stat -c %s "$file") <= MAX_BYTES)) || complain "$name: larger than $MAX_BYTES bytes"
    diff -q <(topology "$([[ $2 == *-gre ]] && echo gre || echo vxlan)") "$1/$2/topology.yaml" >/dev/null \
        || complain "$2/topology.yaml: not the cloud that is recorded"
    local zero=("$BROKEN" "$UNJUDGED" "!($(arrives "$3" "$4"))" 'frame.time_delta < 0' 'frame.len > 1514')
    read -ra counts <<<"$(count "$file" "${zero[@]}" "${filters[@]}")"
    ((${#counts[@]} == ${#zero[@]} + ${#filters[@]})) || { complain "$name: tshark did not count" && return; }
    for i in "${!zero[@]}"; do
        ((counts[i] == 0)) || complain "$name: ${counts[i]} frames with ${zero[i]}"
    done
    for i in "${!filters[@]}"; do
        ((counts[i + ${#zero[@]}] >= least[i])) || complain "$name: ${counts[i + ${#zero[@]}]} frames, not ${least[i]}, with ${filters[i]}"
    done
}

# Display filter of what may arrive at point $2 of host $1; frame[0:6] and frame[6:6] are the outer MACs.
arrives() {
    local peer sources=
    case $2 in
        tap*) echo "frame[6:6] == $(guest_mac "${2#tapport-}") && !vxlan && !gre" ;;
        underlay)
            for peer in $(peers_of "$1"); do
                sources+="${sources:+ || }frame[6:6] == $(underlay_mac "$peer")"
            done
            echo "frame[0:6] == $(underlay_mac "$1") && ($sources) && (vxlan || gre)"
            ;;
        *) echo "(frame[0:6] == $(fg_mac "$1") || frame[0:6] == ff:ff:ff:ff:ff:ff) && !(frame[6:6] == $(fg_mac "$1"))" ;;
    esac
}

# FILE FILTER…: frames that each filter finds, in one reading.
count() {
    local file=$1 statistics=io,stat,0 filter
    for filter in "${@:2}"; do
        statistics+=",$filter"
    done
    tshark -n -q -r "$file" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -o tcp.relative_sequence_numbers:TRUE \
        -z "$statistics" 2>/dev/null | awk -F'|' '/<>/ { for (i = 3; i < NF; i += 2) printf "%d ", $i }'
}
