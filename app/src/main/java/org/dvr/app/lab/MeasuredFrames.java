package org.dvr.app.lab;

import java.util.ArrayList;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.VxlanHeader;

/**
 * The frames of measurements: UDP in IPv4, 64 bytes on a wire, which is 60 without the check sequence; a few flows, so that no queue has a single one.
 * <pre>
 *   outer Ethernet | IPv4 | UDP | VXLAN | Ethernet | IPv4 | UDP | 18 bytes
 *   ------- where it comes by a tunnel --|
 * </pre>
 */
final class MeasuredFrames {
    /** Frames, one of each flow. */
    static final int FLOWS = 16;

    private static final int LENGTH = 60;
    private static final int IP = EthernetHeader.LENGTH;
    private static final int OUTER =
            EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + UdpHeader.LENGTH + VxlanHeader.LENGTH;
    private static final int FIRST_PORT = 20_000;
    private static final int PORT = 9_000;
    private static final int TTL = 64;

    private MeasuredFrames() {}

    /** From a guest, by its gateway. */
    static List<UnsafeBuffer> fromGuest(final Guest guest, final String ip) {
        return flows(
                0,
                (frame, flow) -> inner(
                        frame, 0, guest.mac(), guest.network().gatewayMac(), guest.ip(), ip, TTL, FIRST_PORT + flow));
    }

    /** From the upstream router to a floating IP of a host. */
    static List<UnsafeBuffer> fromOutside(final Host host, final String floating) {
        return flows(
                0,
                (frame, flow) -> inner(
                        frame, 0, Cast.UPSTREAM_MAC, host.fgMac(), Cast.OUTSIDE_IP, floating, TTL, FIRST_PORT + flow));
    }

    /** From a guest without a floating IP, routed by its host, by tunnel to the SNAT side. */
    static List<UnsafeBuffer> toNetworkHost(final Guest guest, final Host networkHost) {
        return flows(OUTER, (frame, flow) -> {
            outer(frame, guest.host(), networkHost, guest.network().segment(), FIRST_PORT + flow);
            inner(
                    frame,
                    OUTER,
                    guest.host().dvrMac(),
                    guest.network().csnatMac(),
                    guest.ip(),
                    Cast.OUTSIDE_IP,
                    TTL - 1,
                    FIRST_PORT + flow);
        });
    }

    private interface Writer {
        void write(UnsafeBuffer frame, int flow);
    }

    private static List<UnsafeBuffer> flows(final int outer, final Writer writer) {
        final List<UnsafeBuffer> frames = new ArrayList<>();
        for (int flow = 0; flow < FLOWS; flow++) {
            final UnsafeBuffer frame = new UnsafeBuffer(BufferUtil.allocateDirectAligned(outer + LENGTH, Long.BYTES));
            writer.write(frame, flow);
            frames.add(frame);
        }
        return frames;
    }

    private static void outer(
            final UnsafeBuffer frame, final Host from, final Host to, final int segment, final int port) {
        final int length = frame.capacity() - IP;
        ethernet(frame, 0, from.underlayMac(), to.underlayMac());
        ipv4(frame, IP, length, from.tunnelIp(), to.tunnelIp(), TTL);
        // RFC 7348 §5: a checksum of zero says that there is none.
        udp(frame, IP + Ipv4Header.MIN_LENGTH, port, VxlanHeader.PORT, length - Ipv4Header.MIN_LENGTH);
        new VxlanHeader().wrap(frame, OUTER - VxlanHeader.LENGTH).write(segment);
    }

    private static void inner(
            final UnsafeBuffer frame,
            final int at,
            final String fromMac,
            final String toMac,
            final String from,
            final String to,
            final int ttl,
            final int port) {
        ethernet(frame, at, fromMac, toMac);
        ipv4(frame, at + IP, LENGTH - IP, from, to, ttl);
        final int length = LENGTH - IP - Ipv4Header.MIN_LENGTH;
        udp(frame, at + IP + Ipv4Header.MIN_LENGTH, port, PORT, length)
                .updateChecksum(InternetChecksum.pseudoHeader(
                        Ipv4Address.parse(from), Ipv4Address.parse(to), IpProtocol.UDP, length));
    }

    private static void ethernet(final UnsafeBuffer frame, final int at, final String from, final String to) {
        new EthernetHeader()
                .wrap(frame, at)
                .destination(MacAddress.parse(to))
                .source(MacAddress.parse(from))
                .etherType(EtherType.IPV4);
    }

    private static void ipv4(
            final UnsafeBuffer frame,
            final int at,
            final int length,
            final String from,
            final String to,
            final int ttl) {
        new Ipv4Header()
                .wrap(frame, at)
                .version(4)
                .headerLength(Ipv4Header.MIN_LENGTH)
                .totalLength(length)
                .dontFragment(true)
                .ttl(ttl)
                .protocol(IpProtocol.UDP)
                .source(Ipv4Address.parse(from))
                .destination(Ipv4Address.parse(to))
                .updateChecksum();
    }

    private static UdpHeader udp(
            final UnsafeBuffer frame, final int at, final int from, final int to, final int length) {
        return new UdpHeader()
                .wrap(frame, at)
                .sourcePort(from)
                .destinationPort(to)
                .length(length);
    }
}
