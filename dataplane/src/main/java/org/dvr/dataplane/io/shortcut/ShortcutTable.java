package org.dvr.dataplane.io.shortcut;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.dataplane.io.sys.SocketBuffers;
import org.dvr.nat.memory.Words;

/**
 * Which flows the kernel forwards for one worker, in memory that its programs see ({@link ShortcutMaps}).
 *
 * <p>Each flow has one place, by a hash of its addresses and ports; where two meet, the second goes without. What is open is open until a time: a worker that has
 * ended or hangs does not keep anything open. A place that is being written is even told from one that is not ({@link Slot#SEQUENCE}), and whoever was in the middle
 * of reading it throws its packet away. Owned by the worker.
 */
public final class ShortcutTable {
    private static final int SLOT_BITS = 12;

    /** Places. */
    public static final int SLOTS = 1 << SLOT_BITS;

    /** Bytes of all. */
    static final int LENGTH = SLOTS * Slot.LENGTH;

    static final int HASH_SHIFT = Integer.SIZE - SLOT_BITS;
    static final int FIRST_FACTOR = 0x9E37_79B1;
    static final int SECOND_FACTOR = 0x85EB_CA77;
    static final int THIRD_FACTOR = 0xC2B2_AE3D;

    private final UnsafeBuffer places;

    /** {@code places}: {@link #LENGTH} bytes. */
    ShortcutTable(final UnsafeBuffer places) {
        this.places = places;
    }

    /**
     * @param addresses IPv4 source and destination
     * @param ports source and destination port
     * @return where a flow has its place
     */
    public static int slot(final long addresses, final int ports) {
        int hash = Integer.reverseBytes((int) (addresses >>> 32)) * FIRST_FACTOR;
        hash = (hash + Integer.reverseBytes((int) addresses)) * SECOND_FACTOR;
        hash = (hash + Integer.reverseBytes(ports)) * THIRD_FACTOR;
        return hash >>> HASH_SHIFT;
    }

    /**
     * Has the kernel forward a flow.
     *
     * @param slot of its addresses and ports; nothing is open there
     * @param flow what to do
     * @param untilNs CLOCK_MONOTONIC, as {@link System#nanoTime}
     */
    public void open(final int slot, final Shortcut flow, final long untilNs) {
        final int at = slot << Slot.SHIFT;
        final long address = places.addressOffset() + at;
        final int sequence = places.getInt(at + Slot.SEQUENCE);
        places.putInt(at + Slot.SEQUENCE, sequence | 1);
        VarHandle.fullFence();
        putWhich(address, flow);
        putRewrite(address, flow);
        Words.putLong(address + Slot.UNTIL, untilNs);
        places.putIntRelease(at + Slot.SEQUENCE, (sequence | 1) + 1);
    }

    private static void putWhich(final long address, final Shortcut flow) {
        Words.putInt(address + Slot.DEVICE, flow.device);
        Words.putNetInt(address + Slot.DESTINATION_MAC_TAIL, (int) (flow.macs >>> 16));
        Words.putNetShort(address + Slot.DESTINATION_MAC_HEAD, (int) (flow.macs >>> 48));
        Words.putNetInt(address + Slot.SOURCE_MAC_HEAD, (int) (flow.macs << 16) | flow.sourceMacTail >>> 16);
        Words.putNetShort(address + Slot.SOURCE_MAC_TAIL, flow.sourceMacTail);
        Words.putNetInt(address + Slot.PORTS, flow.ports);
        Words.putNetLong(address + Slot.SOURCE, flow.addresses);
        Words.putNetInt(address + Slot.OUTER_SOURCE, flow.outerSource);
        Words.putNetInt(address + Slot.OUTER_DESTINATION, flow.outerDestination);
        Words.putNetInt(address + Slot.SEGMENTATION_ID, flow.segmentationWord);
        Words.putInt(address + Slot.INNER_AT, flow.innerAt);
        Words.putInt(address + Slot.VLAN_ID, flow.vlanId);
        Words.putNetInt(address + Slot.TTL_AND_PROTOCOL, flow.ttl << 24 | flow.protocol << 16 | flow.icmpType << 8);
        Words.putInt(address + Slot.LONGEST_PACKET, flow.longestPacket);
        Words.putInt(address + Slot.LONGEST_FRAME, flow.longestFrame);
    }

    private static void putRewrite(final long address, final Shortcut flow) {
        Words.putInt(address + Slot.KIND, kind(flow));
        putChecksum(address, flow.protocol);
        Words.putInt(address + Slot.OUT_DEVICE, flow.outDevice);
        Words.putInt(address + Slot.NEW_VLAN_ID, flow.newVlanId);
        Words.putInt(address + Slot.NEW_TTL, flow.ttl - flow.ttlCost);
        Words.putInt(address + Slot.IP_DELTA, inNetworkOrder(flow.ipDelta));
        Words.putInt(address + Slot.ADDRESSES_DELTA, inNetworkOrder(flow.addressesDelta));
        Words.putInt(address + Slot.PORTS_DELTA, inNetworkOrder(flow.portsDelta));
        Words.putNetLong(address + Slot.NEW_ADDRESSES, flow.newAddresses);
        Words.putNetInt(address + Slot.NEW_PORTS, flow.newPorts);
        Words.putInt(address + Slot.HEADERS_LENGTH, flow.headersLength);
        Words.putInt(
                address + Slot.OUTER_LENGTH,
                inNetworkOrder(flow.headersLength + flow.sampleLength - EthernetHeader.LENGTH));
        Words.copy(flow.headers.addressOffset(), address + Slot.HEADERS, Shortcut.MAX_HEADERS);
    }

    private static int kind(final Shortcut flow) {
        if (!flow.isTranslated) {
            return flow.ttlCost == 0 ? 0 : Slot.ROUTED;
        }
        final int addresses = Slot.ROUTED | Slot.TRANSLATED;
        if (flow.protocol != IpProtocol.ICMP) {
            return addresses | Slot.WITH_PORTS;
        }
        return flow.newPorts == flow.ports ? addresses : addresses | Slot.WITH_IDENTIFIER;
    }

    private static void putChecksum(final long address, final int protocol) {
        final int offset = protocol == IpProtocol.TCP
                ? TcpHeader.CHECKSUM_OFFSET
                : protocol == IpProtocol.UDP ? UdpHeader.CHECKSUM_OFFSET : IcmpHeader.CHECKSUM_OFFSET;
        Words.putInt(address + Slot.CHECKSUM_AT, EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + offset);
        Words.putInt(address + Slot.CHECKSUM_FLAGS, protocol == IpProtocol.UDP ? SocketBuffers.MAY_BE_ABSENT : 0);
    }

    /** A number of 16 bits as the kernel reads it from a frame. */
    private static int inNetworkOrder(final int number) {
        return Short.toUnsignedInt(Short.reverseBytes((short) number));
    }

    /**
     * Has what is open stay open.
     *
     * @param slot that is open
     * @param untilNs CLOCK_MONOTONIC, as {@link System#nanoTime}
     */
    public void renew(final int slot, final long untilNs) {
        places.putLongRelease((slot << Slot.SHIFT) + Slot.UNTIL, untilNs);
    }

    /**
     * Ends it; packets that are under way in the kernel still take it.
     *
     * @param slot that is open
     */
    public void close(final int slot) {
        places.putLongRelease((slot << Slot.SHIFT) + Slot.UNTIL, 0);
    }

    /** @return frames that have ever been forwarded by way of a place */
    public long frames(final int slot) {
        return places.getLongAcquire((slot << Slot.SHIFT) + Slot.FRAMES);
    }

    /** @return bytes of them, as they came */
    public long bytes(final int slot) {
        return places.getLong((slot << Slot.SHIFT) + Slot.BYTES);
    }

    /** @return sequence number of the last segment by way of a place, 0 of a flow without */
    public int tcpSequence(final int slot) {
        return Integer.reverseBytes(places.getInt((slot << Slot.SHIFT) + Slot.TCP_SEQUENCE));
    }

    /** @return acknowledgment number of it */
    public int tcpAcknowledgment(final int slot) {
        return Integer.reverseBytes(places.getInt((slot << Slot.SHIFT) + Slot.TCP_ACKNOWLEDGMENT));
    }

    /** @return header length (in 4 bytes, upper half of the first byte) and flags (second byte) of it */
    public int tcpOffsetAndFlags(final int slot) {
        return Integer.reverseBytes(places.getInt((slot << Slot.SHIFT) + Slot.TCP_FLAGS)) >>> 16;
    }

    /** @return bytes of its packet, IPv4 header included */
    public int packetLength(final int slot) {
        return places.getInt((slot << Slot.SHIFT) + Slot.PACKET_LENGTH);
    }
}
