package org.dvr.dataplane.io.netlink;

import java.io.IOException;
import org.agrona.DirectBuffer;
import org.dvr.dataplane.topology.IpAddress;

/** Asks the kernel which way a packet from the tunnel address to a peer takes: policy rules, tables and learned path MTUs included. */
final class UnderlayRoutes {
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    private final NetlinkSocket requests;
    private UnderlayRoute answer;

    UnderlayRoutes(final NetlinkSocket requests) {
        this.requests = requests;
    }

    /**
     * @param local the tunnel address, one of this host's
     * @param peer of the same family
     * @return the way, or the reason why there is none
     */
    UnderlayRoute find(final IpAddress local, final IpAddress peer) throws IOException {
        final int bits = peer.isIpv4() ? IPV4_BITS : IPV6_BITS;
        final Request request = new Request(
                        "the kernel has no route", Rtnetlink.RTM_GETROUTE, 0, Rtnetlink.RTMSG_LENGTH)
                .header8(0, peer.isIpv4() ? Rtnetlink.AF_INET : Rtnetlink.AF_INET6)
                .header8(1, bits)
                .header8(2, bits)
                .attribute(Rtnetlink.RTA_DST, peer)
                .attribute(Rtnetlink.RTA_SRC, local);
        answer = new UnderlayRoute(0, 0, null, 0, "no answer");
        try {
            requests.ask(request, this::onMessage);
        } catch (final NetlinkException e) {
            return new UnderlayRoute(0, 0, null, 0, e.getMessage());
        }
        return answer;
    }

    private void onMessage(final int type, final DirectBuffer buffer, final int offset, final int end) {
        if (type != Rtnetlink.RTM_NEWROUTE || end - offset < Rtnetlink.RTMSG_LENGTH) {
            return;
        }
        int index = 0;
        int mtu = 0;
        IpAddress gateway = null;
        final Attributes attributes = new Attributes().wrap(buffer, offset + Rtnetlink.RTMSG_LENGTH, end);
        while (attributes.next()) {
            switch (attributes.type()) {
                case Rtnetlink.RTA_OIF -> index = attributes.asInt();
                case Rtnetlink.RTA_GATEWAY -> gateway = attributes.asAddress(0);
                case Rtnetlink.RTA_VIA -> gateway = attributes.asAddress(Short.BYTES); // behind its family
                case Rtnetlink.RTA_METRICS -> mtu = mtu(attributes.nested());
                default -> {} // of no interest here
            }
        }
        answer = new UnderlayRoute(buffer.getByte(offset + Rtnetlink.RTMSG_TYPE) & 0xFF, index, gateway, mtu, "");
    }

    private static int mtu(final Attributes metrics) {
        while (metrics.next()) {
            if (metrics.type() == Rtnetlink.RTAX_MTU) {
                return metrics.asInt();
            }
        }
        return 0;
    }
}
