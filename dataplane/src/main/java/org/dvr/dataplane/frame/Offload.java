package org.dvr.dataplane.frame;

/**
 * What a sender left for a device to do to a frame, as the virtio-net header of packet sockets and taps says it (linux/virtio_net.h): complete a
 * transport checksum, cut a large segment. Carried beside the frame from the port it came in by to the one it leaves by; whoever hands the frame to
 * something that cannot do the work does it before.
 *
 * <pre>
 *   checksumAt - frame.offset()    csum_start         checksumOffset   csum_offset
 *   segmentSize                    gso_size           segmentKind      gso_type
 * </pre>
 *
 * Positions are absolute in the frame's buffer, so that stripping and adding headers leaves them right. One owner at a time: that of its frame.
 */
public final class Offload {
    /** No large segment: {@code VIRTIO_NET_HDR_GSO_NONE}. */
    public static final int WHOLE = 0;

    /** TCP over IPv4: {@code VIRTIO_NET_HDR_GSO_TCPV4}. */
    public static final int TCP4 = 1;

    /** TCP over IPv6: {@code VIRTIO_NET_HDR_GSO_TCPV6}. */
    public static final int TCP6 = 4;

    /** UDP datagrams of one size, over either IP: {@code VIRTIO_NET_HDR_GSO_UDP_L4}. */
    public static final int UDP = 5;

    /** Flag of a kind: congestion was experienced ({@code VIRTIO_NET_HDR_GSO_ECN}). */
    public static final int ECN = 0x80;

    /** {@link #checksumOffset} of SCTP, whose checksum is a CRC32c (RFC 9260 §6.8): no device that is told of this place would compute that. */
    public static final int CRC32C = 8;

    /** Where the transport header begins whose checksum field holds the pseudo-header's sum only; 0 = no checksum is left to be completed. */
    public int checksumAt;

    /** From there to the checksum field: 16 for TCP, 6 for UDP; {@link #CRC32C} for SCTP. */
    public int checksumOffset;

    /** Most payload bytes of a packet when it is cut; 0 where {@link #segmentKind} is {@link #WHOLE}. */
    public int segmentSize;

    /** {@link #WHOLE}, {@link #TCP4}, {@link #TCP6} or {@link #UDP}, and maybe {@link #ECN}. */
    public int segmentKind;

    /** Where the inner Ethernet header begins, of a large segment that goes into a tunnel uncut; 0 otherwise. The other places are those of the inner packet. */
    public int innerAt;

    /** The device has verified the transport checksum. */
    public boolean isVerified;

    /** Nothing is left to do, and nothing is known. */
    public void clear() {
        checksumAt = 0;
        segmentSize = 0;
        segmentKind = WHOLE;
        innerAt = 0;
        isVerified = false;
    }

    /** @return true when anything is left to be done */
    public boolean isPending() {
        return (checksumAt | segmentKind) != 0;
    }

    /** @return {@link #segmentKind} without its flag */
    public int kind() {
        return segmentKind & ~ECN;
    }

    /** @return true when a transport checksum has to be completed before the frame is on a wire */
    public boolean hasPartialChecksum() {
        return checksumAt != 0;
    }

    /** @return true when the frame has to be cut before it is on a wire */
    public boolean isLargeSegment() {
        return segmentKind != WHOLE;
    }

    /**
     * Takes over what is left to do to another frame.
     *
     * @param other of the frame that this one is a copy of
     * @param distance from the other frame's bytes to ours in the buffer
     */
    public void takeFrom(final Offload other, final int distance) {
        checksumAt = other.checksumAt == 0 ? 0 : other.checksumAt + distance;
        checksumOffset = other.checksumOffset;
        segmentSize = other.segmentSize;
        segmentKind = other.segmentKind;
        innerAt = other.innerAt == 0 ? 0 : other.innerAt + distance;
        isVerified = other.isVerified;
    }
}
