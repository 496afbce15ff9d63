package org.dvr.dataplane.fuzz;

import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.testing.FrameAssert;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;

/**
 * An IPv4 packet that left, without what carries it.
 *
 * @param attachment      where
 * @param frame           from its Ethernet header, without a tunnel
 * @param source          address
 * @param destination     address
 * @param protocol        IP protocol number
 * @param sourcePort      port, or identifier of an echo; 0 where there is none
 * @param destinationPort likewise
 * @param offset          of a fragment, in bytes
 * @param isWhole         no fragment
 * @param isError         an ICMP error
 * @param payload         behind the transport header; of a later fragment all of it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Parsed(
        String attachment,
        byte[] frame,
        int source,
        int destination,
        int protocol,
        int sourcePort,
        int destinationPort,
        int offset,
        boolean isWhole,
        boolean isError,
        byte[] payload) {
    private static final int TUNNEL_LENGTH = 50;
    private static final int VNI = 101;

    /** Reads a frame and judges its checksums; null when it is no IPv4. */
    static Parsed of(final String attachment, final byte[] bytes, final boolean isTunneled) {
        if (bytes[12] != 8 || bytes[13] != 0) {
            return null;
        }
        final FrameAssert outer = FrameAssert.assertFrame(bytes);
        (isTunneled ? outer.isVxlan(VNI) : outer).hasValidChecksums();
        return inner(attachment, isTunneled ? Arrays.copyOfRange(bytes, TUNNEL_LENGTH, bytes.length) : bytes);
    }

    /** Reads what an ICMP error quotes. */
    Parsed quoted() {
        final int at = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + IcmpHeader.LENGTH;
        FrameAssert.assertFrame(frame).quotedPacket().hasValidChecksums();
        return inner(attachment, Arrays.copyOfRange(frame, at - EthernetHeader.LENGTH, frame.length));
    }

    private static Parsed inner(final String attachment, final byte[] frame) {
        final UnsafeBuffer buffer = new UnsafeBuffer(frame);
        final Ipv4Header ip = new Ipv4Header().wrap(buffer, EthernetHeader.LENGTH);
        final int at = EthernetHeader.LENGTH + ip.headerLength();
        final int end = Math.min(frame.length, EthernetHeader.LENGTH + ip.totalLength());
        int sourcePort = 0;
        int destinationPort = 0;
        int header = 0;
        boolean isError = false;
        if (ip.fragmentOffset() == 0 && end - at >= UdpHeader.LENGTH) {
            switch (ip.protocol()) {
                case IpProtocol.TCP, IpProtocol.UDP -> {
                    final UdpHeader ports = new UdpHeader().wrap(buffer, at);
                    sourcePort = ports.sourcePort();
                    destinationPort = ports.destinationPort();
                    header = ip.protocol() == IpProtocol.TCP ? TcpHeader.MIN_LENGTH : UdpHeader.LENGTH;
                }
                case IpProtocol.ICMP -> {
                    final IcmpHeader icmp = new IcmpHeader().wrap(buffer, at);
                    isError = IcmpHeader.isError(icmp.type());
                    sourcePort = isError ? 0 : icmp.identifier();
                    destinationPort = sourcePort;
                    header = IcmpHeader.LENGTH;
                }
                default -> {
                    // No ports.
                }
            }
        }
        return new Parsed(
                attachment,
                frame,
                ip.source(),
                ip.destination(),
                ip.protocol(),
                sourcePort,
                destinationPort,
                ip.fragmentOffset(),
                !ip.isFragment(),
                isError,
                Arrays.copyOfRange(frame, Math.min(end, at + header), end));
    }
}
