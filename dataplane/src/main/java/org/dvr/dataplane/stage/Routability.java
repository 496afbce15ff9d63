package org.dvr.dataplane.stage;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.topology.Router;

/** What no router forwards, distributed or central (RFC 1812 §5.2.2, §5.3.7). */
public final class Routability {
    private static final int METADATA_IP = 0xA9FE_A9FE; // 169.254.169.254

    private Routability() {}

    /**
     * What is wrong with a packet.
     *
     * @param facts of the packet
     * @param verdict its addresses as they are now
     * @param router where it is
     * @return null = nothing
     */
    public static DropReason obstacle(final Facts facts, final Verdict verdict, final Router router) {
        if (facts.ipFault != DecodeFault.NONE) {
            return DropReason.of(facts.ipFault);
        }
        if (facts.etherType != EtherType.IPV4) {
            return facts.etherType == EtherType.IPV6 ? DropReason.ROUTER_DOWN : DropReason.NOT_IP;
        }
        if (!router.isUp()) {
            return DropReason.ROUTER_DOWN;
        }
        final int destination = verdict.destination;
        if (destination == METADATA_IP) {
            return DropReason.METADATA_RESERVED;
        }
        if (Ipv4Address.isMartianSource(verdict.source)) {
            return DropReason.MARTIAN_SOURCE;
        }
        if (Ipv4Address.isMartianSource(destination)) { // the same ranges are no destination either
            return DropReason.MARTIAN_DESTINATION;
        }
        return null;
    }
}
