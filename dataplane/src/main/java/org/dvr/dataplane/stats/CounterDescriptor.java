package org.dvr.dataplane.stats;

/**
 * What is counted besides drops: label, unit and one sentence each. Labels are an operator contract: append only. {@code docs/counters.md} is
 * made from this list and from {@link org.dvr.dataplane.frame.DropReason}.
 */
public enum CounterDescriptor {
    RX("ports.NAME.rx", "frames", "received at an attachment point"),
    RX_BYTES("ports.NAME.rx_bytes", "bytes", "received at an attachment point, from the Ethernet header on"),
    TX("ports.NAME.tx", "frames", "sent at an attachment point"),
    TX_BYTES("ports.NAME.tx_bytes", "bytes", "sent at an attachment point, from the Ethernet header on"),
    CONSUMED("consumed", "frames", "that were for this host itself and ended here as they should"),
    GENERATED(
            "generated",
            "frames",
            "made here: ARP, echo replies, ICMP errors, announcements, fragments of packets too long, packets of large segments beyond the first of each"),
    FLOODED("flooded", "frames", "copies of flooded frames beyond the first of each"),
    HELD("held", "frames", "that wait for a neighbor to answer ARP, or for the first fragment of their packet"),
    FLOWS_ACTIVE("flows.active", "connections", "remembered now"),
    FLOWS_CREATED("flows.created", "connections", "opened since the start"),
    FLOWS_EXPIRED("flows.expired", "connections", "forgotten because their time was up"),
    FLOWS_RESTORED("flows.restored", "connections", "taken over from an earlier replay; absent where none was"),
    FLOWS_CAPACITY("flows.capacity", "connections", "remembered at most"),
    FLOWS_HIGH_WATER(
            "flows.high_water", "connections", "the most that were remembered at a time; of several workers the sum"),
    FLOWS_REMOVED("flows.removed", "connections", "cut because what translates them went away"),
    FLOWS_RECLAIMED_TENTATIVE(
            "flows.reclaimed_tentative",
            "connections",
            "unanswered, half open or over, given up to make room for others"),
    FLOWS_RECLAIMED_SETTLED(
            "flows.reclaimed_settled", "connections", "answered, given up to make room: the table is too small"),
    FLOWS_REFUSED_GUEST("flows.refused_guest", "connections", "refused: the guest holds as many as it may"),
    FLOWS_REFUSED_ROUTER("flows.refused_router", "connections", "refused: the router holds as many as it may"),
    FLOWS_REFUSED_CLASH("flows.refused_clash", "connections", "refused: another one could not be told from it"),
    FLOWS_REFUSED_PORTS("flows.refused_ports", "connections", "refused: no source port or identifier was free"),
    FLOWS_RESETS_IGNORED(
            "flows.resets_ignored", "segments", "RSTs of those who do not see the connection; forwarded, not believed"),
    FRAGMENTS_OPENED("fragments.opened", "packets", "of which a fragment came to be translated"),
    FRAGMENTS_EVICTED(
            "fragments.evicted", "packets", "forgotten before all of their fragments had come, for want of room"),
    ALARMS_CONNECTIONS("alarms.connections", "times", "the connection table passed 80 % of its capacity"),
    ALARMS_PORTS("alarms.ports", "times", "source ports of an external address began to run out"),
    ALARMS_FRAGMENTS("alarms.fragments", "times", "the fragment table began to run full"),
    SEGMENTED(
            "segmented",
            "frames",
            "large TCP or UDP segments of local senders that were cut here, for a tunnel or a device that takes none"),
    HANDED_OVER("handed_over", "frames", "received by another worker than the one that they belong to"),
    SHORTCUT(
            "shortcut",
            "frames",
            "of known flows that the kernel forwarded by itself, as it was told; received and sent, too");

    private final String label;
    private final String unit;
    private final String sentence;

    CounterDescriptor(final String label, final String unit, final String sentence) {
        this.label = label;
        this.unit = unit;
        this.sentence = sentence;
    }

    /** @return its place in the counters JSON */
    public String label() {
        return label;
    }

    public String unit() {
        return unit;
    }

    /** @return what is counted, in words */
    public String sentence() {
        return sentence;
    }
}
