package org.dvr.dataplane.io.shortcut;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One direction of a TCP connection, of a UDP conversation or of ICMP echoes that the kernel is to forward: which packets, and what becomes of them. A plain struct that is filled in, handed to {@link
 * ShortcutTable#open}, and used again. Numbers are in host order, addresses too.
 */
public final class Shortcut {
    /** The most bytes of {@link #headers}: those of VXLAN. */
    public static final int MAX_HEADERS = 64;

    // Which packets.
    /** Index of the device they come by. */
    public int device;
    /** Where the inner frame begins: 0, 50 behind VXLAN, 42 behind GRE with a key, both over IPv4. */
    public int innerAt;
    /** 802.1Q VLAN id, 0xFFFF untagged, and in tunnels. */
    public int vlanId;
    /** Outer source address. */
    public int outerSource;
    /** Outer destination address. */
    public int outerDestination;
    /** The word of the tunnel header that names the segment: VNI and an empty byte, or the GRE key. */
    public int segmentationWord;
    /** First eight bytes of the inner Ethernet header. */
    public long macs;
    /** The last four bytes of the source MAC. */
    public int sourceMacTail;
    /** IPv4 source and destination. */
    public long addresses;
    /** TCP, UDP or ICMP. */
    public int protocol;
    /** Of an ICMP echo: request or reply. */
    public int icmpType;
    /** Source and destination port; of an echo the identifier, twice. */
    public int ports;
    /** TTL. */
    public int ttl;
    /** Bytes of the longest packet once it is on a wire, IPv4 header included. */
    public int longestPacket;
    /** Bytes of the longest frame as it comes. */
    public int longestFrame;

    // What becomes of them.
    /** Index of the device they leave by. */
    public int outDevice;
    /** VLAN id they leave with, 0xFFFF untagged, and in tunnels. */
    public int newVlanId;
    /** By how much the TTL falls. */
    public int ttlCost;
    /** True when addresses, and ports of TCP and UDP, are written anew. */
    public boolean isTranslated;
    /** IPv4 source and destination they leave with. */
    public long newAddresses;
    /** Ports they leave with; of an echo the identifier, twice. */
    public int newPorts;
    /** What is added to the IPv4 header's checksum (RFC 1624), TTL included; 16 bits. */
    public int ipDelta;
    /** The part of it that is addresses; 16 bits. */
    public int addressesDelta;
    /** What ports or the identifier add to the transport checksum; 16 bits. */
    public int portsDelta;
    /** All that stands before the packet when it leaves: Ethernet, or the headers of a tunnel whose total length is that of {@link #headersLength} and {@link #sampleLength} together. */
    public final UnsafeBuffer headers = new UnsafeBuffer(BufferUtil.allocateDirectAligned(MAX_HEADERS, 8));
    /** Bytes of them: 14, 56 with GRE, 64 with VXLAN. */
    public int headersLength;
    /** Bytes of the packet that the headers were made for. */
    public int sampleLength;
}
