package org.dvr.dataplane.io.afxdp;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.dataplane.frame.Offload;

/**
 * Finds transport checksums that a sender has left to its device. The kernel notes that beside the frame ({@code CHECKSUM_PARTIAL}), which XDP cannot see;
 * but the field then holds the folded sum of the pseudo-header, and a complete one does so once in 65,536 packets. Completing that once more gives the
 * same bytes, unless the packet was damaged.
 *
 * <p>In a tunnel the inner packet is looked at: nobody verifies the outer checksum.
 */
final class PartialChecksum {
    private static final int ETHERNET_LENGTH = 14;
    private static final int VLAN_LENGTH = 4;
    private static final int IPV4_LENGTH = 20;
    private static final int IPV6_LENGTH = 40;
    private static final int UDP_LENGTH = 8;
    private static final int TCP_LENGTH = 20;
    private static final int VXLAN_LENGTH = 8;
    private static final int GRE_LENGTH = 4;
    private static final int UDP_CHECKSUM = 6;
    private static final int TCP_CHECKSUM = 16;
    private static final int NONE = -1;

    private PartialChecksum() {}

    /**
     * Notes a partial checksum.
     *
     * @param frame holds the frame
     * @param at its first byte
     * @param length of it in bytes
     * @param vxlanPort UDP port of VXLAN where tunnels end here, otherwise 0
     * @param distance from there to where the frame is going to be in its own buffer
     * @param offload where it is noted
     */
    static void find(
            final UnsafeBuffer frame,
            final int at,
            final int length,
            final int vxlanPort,
            final int distance,
            final Offload offload) {
        final int inner = look(frame, at, at + length, vxlanPort, distance, offload);
        if (inner != NONE) {
            look(frame, inner, at + length, 0, distance, offload);
        }
    }

    /** Answers where a tunnel's inner frame begins. */
    private static int look(
            final UnsafeBuffer frame,
            final int at,
            final int end,
            final int vxlanPort,
            final int distance,
            final Offload offload) {
        int ip = at + ETHERNET_LENGTH;
        if (ip + IPV4_LENGTH > end) {
            return NONE;
        }
        int type = half(frame, ip - 2);
        while ((type == EtherType.VLAN || type == EtherType.QINQ) && ip + VLAN_LENGTH + IPV4_LENGTH <= end) {
            ip += VLAN_LENGTH;
            type = half(frame, ip - 2);
        }
        if (type == EtherType.IPV4) {
            return lookAtIpv4(frame, ip, end, vxlanPort, distance, offload);
        }
        return type == EtherType.IPV6 ? lookAtIpv6(frame, ip, end, vxlanPort, distance, offload) : NONE;
    }

    private static int lookAtIpv4(
            final UnsafeBuffer frame,
            final int ip,
            final int end,
            final int vxlanPort,
            final int distance,
            final Offload offload) {
        final int headerLength = (frame.getByte(ip) & 0x0F) << 2;
        final int length = half(frame, ip + 2) - headerLength;
        final int transport = ip + headerLength;
        if (headerLength < IPV4_LENGTH || (half(frame, ip + 6) & 0x3FFF) != 0 || transport + length > end) {
            return NONE; // malformed or a fragment, which nobody leaves to a device
        }
        final long addresses = words(frame, ip + 12, 2);
        return lookAtTransport(
                frame, transport, length, frame.getByte(ip + 9) & 0xFF, addresses, vxlanPort, distance, offload);
    }

    private static int lookAtIpv6(
            final UnsafeBuffer frame,
            final int ip,
            final int end,
            final int vxlanPort,
            final int distance,
            final Offload offload) {
        final int length = half(frame, ip + 4);
        final int transport = ip + IPV6_LENGTH;
        if (transport + length > end) {
            return NONE;
        }
        final long addresses = words(frame, ip + 8, 8);
        return lookAtTransport(
                frame, transport, length, frame.getByte(ip + 6) & 0xFF, addresses, vxlanPort, distance, offload);
    }

    private static int lookAtTransport(
            final UnsafeBuffer frame,
            final int at,
            final int length,
            final int protocol,
            final long addresses,
            final int vxlanPort,
            final int distance,
            final Offload offload) {
        if (protocol == IpProtocol.TCP && length >= TCP_LENGTH) {
            judge(frame, at, TCP_CHECKSUM, addresses + protocol + length, distance, offload);
        } else if (protocol == IpProtocol.UDP && length >= UDP_LENGTH) {
            if (vxlanPort != 0 && half(frame, at + 2) == vxlanPort) {
                return at + UDP_LENGTH + VXLAN_LENGTH;
            }
            judge(frame, at, UDP_CHECKSUM, addresses + protocol + length, distance, offload);
        } else if (protocol == IpProtocol.GRE && length >= GRE_LENGTH && vxlanPort != 0) {
            return innerOfGre(frame, at);
        }
        return NONE;
    }

    private static int innerOfGre(final UnsafeBuffer frame, final int at) {
        final int flags = half(frame, at);
        if (half(frame, at + 2) != EtherType.TRANSPARENT_ETHERNET_BRIDGING || (flags & 0x4FFF) != 0) {
            return NONE;
        }
        // Checksum, key and sequence number take four bytes each where they are (RFC 2890 §2).
        return at + GRE_LENGTH + (Integer.bitCount(flags & 0xB000) << 2);
    }

    private static void judge(
            final UnsafeBuffer frame,
            final int at,
            final int checksumOffset,
            final long sum,
            final int distance,
            final Offload offload) {
        long folded = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        if (half(frame, at + checksumOffset) == folded) {
            offload.checksumAt = at + distance;
            offload.checksumOffset = checksumOffset;
        }
    }

    /** Sum of words of 32 bits. */
    private static long words(final UnsafeBuffer frame, final int at, final int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += frame.getInt(at + i * Integer.BYTES, BIG_ENDIAN) & 0xFFFF_FFFFL;
        }
        return sum;
    }

    private static int half(final UnsafeBuffer frame, final int at) {
        return frame.getShort(at, BIG_ENDIAN) & 0xFFFF;
    }
}
