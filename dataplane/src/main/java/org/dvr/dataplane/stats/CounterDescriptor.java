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
            "made here: ARP, echo replies, ICMP errors, announcements, fragments of packets too long"),
    FLOODED("flooded", "frames", "copies of flooded frames beyond the first of each"),
    HELD("held", "frames", "that wait for a neighbor to answer ARP, or for the first fragment of their packet"),
    FLOWS_ACTIVE("flows.active", "connections", "remembered now"),
    FLOWS_CREATED("flows.created", "connections", "opened since the start"),
    FLOWS_EXPIRED("flows.expired", "connections", "forgotten because their time was up");

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
