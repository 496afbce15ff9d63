package org.dvr.dataplane.frame;

/**
 * Every sentence that a stage may say of a frame, with the name an operator of Neutron knows the place by. Placeholders: {@code {0}} and
 * {@code {1}} are the table entries that decided, the others are read from the frame ({@link FrameTrace}).
 */
public enum Because {
    // parsing
    PARSED_TUNNEL("parse", "tunnel frame from {peerIp}, id {vni}: looked at the frame inside"),
    PARSED("parse", "frame on {ingress}, {vlan}"),
    MALFORMED("parse", "malformed: {0}"),

    // br-int / br-tun / br-phys, inbound
    ENTERS("br-int in", "{ingress} is in network {0}"),
    VNI_KNOWN("br-tun in", "id {vni} is network {0}, from {1}"),
    VNI_UNKNOWN("br-tun in", "id {vni} is no network that this host serves"),
    PEER_UNKNOWN("br-tun in", "outer source {peerIp} is no known tunnel endpoint"),
    VLAN_KNOWN("br-phys in", "{vlan} on {ingress} is network {0}"),
    VLAN_UNKNOWN("br-phys in", "{vlan} on {ingress} is no network of this host"),
    PORT_SECURITY_MAC("port security", "{srcMac} is not a MAC that {ingress} may use"),
    PORT_SECURITY_ARP("port security", "{ingress} may not claim {arpSender}"),
    DVR_SOURCE_RESTORED(
            "br-int in",
            "source is another host's DVR MAC, {0} is a serviced or csnat port here: source becomes gateway MAC {srcMac}"),
    DVR_SOURCE_DROPPED("br-int in", "source is another host's DVR MAC and {dstMac} is no serviced port here"),
    DVR_DESTINATION_RESTORED("br-int in", "destination is our DVR MAC: becomes gateway MAC {dstMac} of {0}"),
    SOURCE_OURS("br-int in", "source {srcMac} is a MAC only this host sends from ({0})"),
    LEARNED("br-int in", "learned: {srcMac} is behind {0}"),
    FDB_FULL("br-int in", "the table of learned MACs is full: {srcMac} is not remembered"),

    // ARP
    ARP_GATEWAY(
            "arp",
            "{arpTarget} is an address of router {0}: answered here with gateway MAC {answerMac}, the request goes no further"),
    ARP_RESPONDER("arp responder", "{arpTarget} in network {segment} is known to be at {answerMac}: answered here"),
    ARP_OWN_ADDRESS("arp", "{arpSender} asks for its own address: not answered"),
    ARP_UNKNOWN("arp", "{arpTarget} is not known in network {segment}: sent on"),
    ARP_GATEWAY_REMOTE(
            "arp", "{arpTarget} is a gateway's and the request comes from another host, which answers its own guests"),
    ARP_GATEWAY_CLAIMED("arp", "{arpTarget} is the address of router {0}: nobody else may claim it"),
    PROXY_ARP("fip proxy arp", "{arpTarget} is a floating IP of this host, for {0}: answered with {answerMac}"),
    PROXY_ARP_FORWARDED(
            "fip proxy arp",
            "{arpTarget} is a floating IP whose ports router {0} forwards on this host: answered with {answerMac}"),
    PROXY_ARP_OWN("fip proxy arp", "{arpTarget} is an address of our own, of the {0}: answered with {answerMac}"),
    PROXY_ARP_NOT_OURS("fip proxy arp", "{arpTarget} is not realised on this host: not answered"),
    ARP_LEARNED("arp", "{arpSender} is at {0}: remembered as neighbor"),
    ARP_REPLY_OURS("arp", "a reply to our own request"),
    ARP_UNDERLAY("arp", "{arpTarget} is our tunnel address: answered"),
    ARP_UNDERLAY_OTHER("arp", "{arpTarget} is not our tunnel address"),

    ND_GATEWAY(
            "nd",
            "{ndTarget} is an address of router {0}: answered here with gateway MAC {answerMac}, the solicitation goes no further"),
    ND_GATEWAY_REMOTE(
            "nd",
            "{ndTarget} is a gateway's and the solicitation comes from another host, which answers its own guests"),
    PORT_SECURITY_ND("port security", "{ingress} may not claim {ndTarget}"),

    // forwarding by MAC
    TO_LOCAL("br-int", "{dstMac} is the port {0} on this host"),
    TO_PEER("br-tun", "{dstMac} is behind {0} (L2 population)"),
    TO_LEARNED_PEER("br-tun", "{dstMac} was learned behind {0}"),
    TO_LEARNED_PORT("br-int", "{dstMac} was learned on {0}"),
    TO_UPLINK("br-phys", "{dstMac} is not on this host: out by {0}"),
    TO_ROUTER("br-int", "{dstMac} is the gateway MAC {0} of router {1}"),
    TO_FIP("br-int", "{dstMac} is our MAC on the external network: {0}"),
    TO_CENTRAL("br-int", "{dstMac} is port {0} of central router {1}"),
    TO_GATEWAY_PORT("br-int", "{dstMac} is the {0}"),
    GATEWAY_FROM_REMOTE("br-int", "{dstMac} is a gateway MAC, which no other host may send to"),
    FLOOD("br-tun flood", "{dstMac} goes to everybody in network {segment}"),
    FLOOD_UNKNOWN("br-tun flood", "{dstMac} is not known in network {segment}: goes to everybody"),
    SPLIT_HORIZON("br-tun", "from a tunnel and for another tunnel"),
    SAME_PORT("br-int", "{dstMac} is on the port it came from"),
    DVR_MAC_OUT("br-tun out", "leaves the host: gateway MAC becomes our DVR MAC {srcMac}"),

    // qrouter
    NOT_ROUTED("qrouter", "router {router} cannot route it: {0}"),
    OWN_ADDRESS_ECHO("qrouter", "{dst} is an address of router {router}: echo answered"),
    OWN_ADDRESS("qrouter", "{dst} is an address of router {router}, which serves nothing but echo"),
    ROUTE_CONNECTED("qrouter", "router {router}: {dst} is in connected subnet {0}"),
    ROUTE_EXTRA("qrouter", "router {router}: extra route {0} via {nextHop}"),
    ROUTE_FLOATING_IP(
            "qrouter", "router {router}: no route to {dst}, but {src} has a floating IP here: table 16, out by rfp"),
    ROUTE_FORWARDED(
            "qrouter",
            "router {router}: no route to {dst}, but it belongs to a connection of a forwarded port: table 16, out by rfp"),
    ROUTE_FAST_EXIT(
            "qrouter",
            "router {router}: no route to {dst}, {src} is in the address scope of the external network: fast exit, out by rfp"),
    ROUTE_SCOPE("qrouter", "router {router}: {src} and network {0} are in different address scopes"),
    ROUTE_REDIRECT(
            "qrouter",
            "router {router}: no route to {dst}, {src} has no floating IP here: SNAT redirect to csnat port {nextHop}"),
    ROUTE6_EXTRA("qrouter", "router {router}: extra route {0} via {nextHop6}"),
    ROUTE6_REDIRECT("qrouter", "router {router}: no route to {dst}: IPv6 redirect to csnat port at {dstMac}"),
    ROUTE_NONE("qrouter", "router {router}: no route to {dst}"),
    TTL_EXCEEDED("qrouter", "TTL {ttl} ends at router {router}"),
    TOO_BIG("qrouter", "{length} bytes exceed the MTU of network {0}"),

    // NAT in qrouter
    NAT_SOURCE("qrouter nat", "source becomes {src}:{sport} (floating IP)"),
    NAT_DESTINATION("qrouter nat", "destination becomes {dst}:{dport}"),
    NAT_FORWARDED_PORT("qrouter nat", "a forwarded port, to {0}"),
    NAT_NEW("qrouter nat", "new connection, {0} flows tracked"),
    NAT_KNOWN("qrouter nat", "known connection"),
    NAT_ERROR(
            "qrouter nat",
            "ICMP error about a packet of a known connection: from {src} to {dst}, the quote becomes {0}"),
    NAT_STALE("qrouter nat", "the connection belongs to a floating IP that has moved: forgotten"),
    NAT_REFUSED("qrouter nat", "cannot be translated: {0}"),

    // fip namespace
    FIP_TTL_EXCEEDED("fip", "TTL {ttl} ends in the fip namespace"),
    FIP_TURN("fip", "{dst} is a floating IP of this host: turned around inside"),
    FIP_ONLINK("fip", "{dst} is on-link on external network {segment}"),
    FIP_ROUTE("fip", "extra route {0} via {nextHop}"),
    FIP_DEFAULT("fip", "default route via external gateway {nextHop}"),
    FIP_NO_ROUTE("fip", "no external gateway for {src}"),
    FIP_TOO_BIG("fip", "{length} bytes exceed the MTU of external network {0}"),
    FIP_IN("fip", "{dst} is the floating IP of {0}: to router {1} by rfp"),
    FIP_FORWARDED("fip", "{dst} is a floating IP whose ports are forwarded: to router {0} by rfp"),
    FIP_FORWARDED_ECHO("fip", "{dst} is a floating IP whose ports are forwarded here: echo answered"),
    FIP_NOT_FORWARDED("fip", "ports of floating IP {dst} are forwarded here, but not this one"),
    FIP_OWN_ECHO("fip", "{dst} is our fg address: echo answered"),
    FIP_OWN("fip", "{dst} is our fg address, which serves nothing but echo"),
    FIP_FAST_EXIT("fip", "{dst} is in tenant network {0} of the same address scope: to router {1} by rfp"),
    FIP_NOT_OURS("fip", "{dst} is no floating IP of this host"),

    // snat namespace and legacy qrouter
    CENTRAL_NOT_ROUTED("snat", "router {router} cannot route it: {0}"),
    CENTRAL_OWN_ECHO("snat", "{dst} is an address of router {router}: echo answered"),
    CENTRAL_OWN("snat", "{dst} is an address of router {router}, which serves nothing but echo"),
    CENTRAL_CONNECTED("snat", "router {router}: {dst} is in connected subnet {0}"),
    CENTRAL_EXTRA("snat", "router {router}: extra route {0} via {nextHop}"),
    CENTRAL_ONLINK("snat", "router {router}: {dst} is on-link on external network {0}"),
    CENTRAL_DEFAULT("snat", "router {router}: default route via external gateway {nextHop}"),
    CENTRAL_SCOPE("snat", "router {router}: {src} and network {0} are in different address scopes"),
    CENTRAL_NO_ROUTE("snat", "router {router}: no route to {dst}"),
    CENTRAL_TTL_EXCEEDED("snat", "TTL {ttl} ends at router {router}"),
    CENTRAL_TOO_BIG("snat", "{length} bytes exceed the MTU of network {0}"),
    CENTRAL_FORWARDED_PORT("snat nat", "a forwarded port, to {0}"),
    CENTRAL_FLOATING_IP("snat nat", "the floating IP of {0}"),
    CENTRAL_NAT_DESTINATION("snat nat", "new connection: destination becomes {dst}:{dport}"),
    CENTRAL_NAT_SOURCE("snat nat", "new connection: source becomes {src}:{sport}"),
    CENTRAL_NAT_NONE("snat nat", "new connection, tracked and not translated"),
    CENTRAL_NAT_KNOWN("snat nat", "known connection: {src}:{sport} > {dst}:{dport}"),
    CENTRAL_NAT_ERROR(
            "snat nat", "ICMP error about a packet of a known connection: from {src} to {dst}, the quote becomes {0}"),
    CENTRAL_NAT_REFUSED("snat nat", "cannot be translated: {0}"),

    // metadata
    METADATA_OUT("metadata", "a request of guest {0}: goes to the proxy at {dst}:{dport}, from {src}"),
    METADATA_IN("metadata", "an answer for guest {0}: goes to {dst}, from {src}:{sport}"),
    METADATA_ARP("metadata", "{arpTarget} stands for guest {0}: answered with {answerMac}"),
    METADATA_REFUSED("metadata", "refused: {0}"),
    METADATA_TOO_BIG("metadata", "{length} bytes exceed the MTU of network {0}"),

    // fragments
    FRAGMENT_FIRST("fragments", "first fragment: {sport} and {dport} are remembered for the others of its packet"),
    FRAGMENT_LATER("fragments", "later fragment: {sport} and {dport} are known from the first one of its packet"),
    FRAGMENT_HELD("fragments", "later fragment, the first one of its packet has not come yet: held"),
    FRAGMENT_RESUMED("fragments", "the first fragment has come, with {sport} and {dport}: goes on"),
    FRAGMENT_REFUSED("fragments", "refused: {0}"),
    FRAGMENTED("fragments", "{length} bytes exceed {0}: leaves in {1} fragments"),
    SEGMENTED("segments", "a large segment: leaves as {1} packets of at most {0} bytes of payload"),

    // neighbors
    NEIGHBOR_PERMANENT("neighbor", "{nextHop} is at {dstMac} (control plane)"),
    NEIGHBOR_OWN("neighbor", "{nextHop} is at {dstMac}, on this host"),
    NEIGHBOR_LEARNED("neighbor", "{nextHop} is at {dstMac} (ARP)"),
    NEIGHBOR6_PERMANENT("neighbor", "{nextHop6} is at {dstMac} (control plane)"),
    NEIGHBOR6_UNKNOWN(
            "neighbor", "{nextHop6} is not known to the control plane, and routers do not ask for IPv6 neighbors"),
    NEIGHBOR_ASKED("neighbor", "nobody knows {nextHop}: held, ARP request sent"),
    NEIGHBOR_WAITED("neighbor", "{nextHop} has been asked for: held"),
    NEIGHBOR_FAILED("neighbor", "{nextHop} did not answer"),

    // answers
    ANSWER_LIMITED("icmp", "no ICMP error: {sender} has caused as many as its rate allows"),
    ANSWER_FORBIDDEN("icmp", "no ICMP error: {0}"),
    MADE("made here", "{0}"),

    // result
    DROPPED("verdict", "dropped: {0} ({1})");

    private final String stage;
    private final String template;

    Because(final String stage, final String template) {
        this.stage = stage;
        this.template = template;
    }

    /** @return where it was decided, as an operator of Neutron would say */
    public String stage() {
        return stage;
    }

    /** @return the sentence with its placeholders */
    public String template() {
        return template;
    }
}
