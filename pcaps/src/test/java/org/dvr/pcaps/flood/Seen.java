package org.dvr.pcaps.flood;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.tunnel.VxlanHeader;

/**
 * An IPv4 packet at an attachment point, without what carries it.
 *
 * @param timeNs          since the start
 * @param point           attachment point
 * @param source          address
 * @param destination     address
 * @param protocol        IP protocol number
 * @param sourcePort      port, or identifier of an echo; 0 in a later fragment and in an ICMP error
 * @param destinationPort likewise
 * @param ttl             TTL
 * @param fragment        identification and fragment word of a fragment, 0 of a whole packet
 * @param rest            of all that a translation leaves alone: transport header without ports and checksum, payload
 */
record Seen(
        long timeNs,
        String point,
        int source,
        int destination,
        int protocol,
        int sourcePort,
        int destinationPort,
        int ttl,
        int fragment,
        int rest) {
    private static final int IN_TUNNEL = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + 8 + VxlanHeader.LENGTH;

    /** Reads a frame; null when it is no IPv4. */
    static Seen of(
            final long timeNs, final String point, final DirectBuffer frame, final int offset, final int length) {
        final boolean isTunneled = point.equals("underlay");
        final UnsafeBuffer bytes = new UnsafeBuffer(frame, offset, length);
        final int at = (isTunneled ? IN_TUNNEL : 0) + EthernetHeader.LENGTH;
        if (length < at + Ipv4Header.MIN_LENGTH || bytes.getByte(at - 2) != 8 || bytes.getByte(at - 1) != 0) {
            return null;
        }
        final Ipv4Header ip = new Ipv4Header().wrap(bytes, at);
        final int transport = at + ip.headerLength();
        final int end = at + ip.totalLength();
        int sourcePort = 0;
        int destinationPort = 0;
        int rest = 1;
        if (ip.fragmentOffset() > 0) {
            rest = hash(rest, bytes, transport, end);
        } else if (ip.protocol() == IpProtocol.ICMP) {
            final int type = bytes.getByte(transport);
            rest = hash(rest, bytes, transport, transport + 2);
            if (IcmpHeader.isError(type)) {
                rest = hash(rest, bytes, transport + 4, transport + 8); // what it quotes is translated
            } else {
                sourcePort = port(bytes, transport + 4);
                destinationPort = sourcePort;
                rest = hash(rest, bytes, transport + 6, end);
            }
        } else {
            sourcePort = port(bytes, transport);
            destinationPort = port(bytes, transport + 2);
            final int checksum = transport + (ip.protocol() == IpProtocol.TCP ? 16 : 6);
            rest = hash(rest, bytes, transport + 4, checksum);
            rest = hash(rest, bytes, checksum + 2, end);
        }
        return new Seen(
                timeNs,
                point,
                ip.source(),
                ip.destination(),
                ip.protocol(),
                sourcePort,
                destinationPort,
                ip.ttl(),
                ip.isFragment() ? (ip.id() << 16) | (bytes.getShort(at + 6, ByteOrder.BIG_ENDIAN) & 0xFFFF) : 0,
                rest);
    }

    /** {@return what this packet must become} */
    Seen as(
            final long newTimeNs,
            final String newPoint,
            final int newSource,
            final int newDestination,
            final int newSourcePort,
            final int newDestinationPort,
            final int newTtl) {
        final boolean hasPorts = (fragment & 0x1FFF) == 0;
        return new Seen(
                newTimeNs,
                newPoint,
                newSource,
                newDestination,
                protocol,
                hasPorts ? newSourcePort : 0,
                hasPorts ? newDestinationPort : 0,
                newTtl,
                fragment,
                rest);
    }

    private static int port(final DirectBuffer bytes, final int at) {
        return bytes.getShort(at, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    private static int hash(final int before, final DirectBuffer bytes, final int from, final int to) {
        int hash = before;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + bytes.getByte(i);
        }
        return hash;
    }

    @Override
    public String toString() {
        return timeNs + " " + point + " " + Ipv4Address.toString(source) + ":" + sourcePort + " > "
                + Ipv4Address.toString(destination) + ":" + destinationPort + " protocol " + protocol + " ttl " + ttl
                + " fragment " + Integer.toHexString(fragment) + " rest " + Integer.toHexString(rest);
    }
}
