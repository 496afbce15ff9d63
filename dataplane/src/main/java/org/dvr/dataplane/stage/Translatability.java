package org.dvr.dataplane.stage;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.nat.NatTranslator;

/** What no address translation can do, whichever router does it. */
public final class Translatability {
    private Translatability() {}

    /**
     * What is wrong with a packet that is to be translated.
     *
     * @param facts of the packet
     * @return null = nothing
     */
    public static DropReason obstacle(final Facts facts) {
        if (facts.isFragment && IcmpHeader.isError(facts.icmpType)) {
            return DropReason.NAT_FRAGMENT; // what it quotes is spread over several packets
        }
        return facts.transportFault == DecodeFault.NONE ? null : DropReason.of(facts.transportFault);
    }

    /**
     * Why no connection was opened.
     *
     * @param answer of {@link NatTranslator#open}, below 0
     * @return the reason to drop its packet
     */
    public static DropReason refused(final int answer) {
        return answer == NatTranslator.TABLE_FULL ? DropReason.CONNTRACK_FULL : DropReason.NAT_PORTS_EXHAUSTED;
    }
}
