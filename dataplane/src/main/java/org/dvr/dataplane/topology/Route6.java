package org.dvr.dataplane.topology;

/**
 * What a router's IPv6 FIB says of a prefix: directly connected, or by way of a next hop.
 *
 * @param text the prefix as written, for explanations
 * @param port router port the packet leaves by
 * @param nextHopHigh high half of the next hop, both halves 0 = connected
 * @param nextHopLow low half of the next hop
 */
public record Route6(String text, RouterPort6 port, long nextHopHigh, long nextHopLow) {
    /** @return true when destinations of the prefix are neighbors themselves */
    public boolean isConnected() {
        return nextHopHigh == 0 && nextHopLow == 0;
    }

    @Override
    public String toString() {
        return text;
    }
}
