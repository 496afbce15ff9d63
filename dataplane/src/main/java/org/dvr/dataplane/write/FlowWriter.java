package org.dvr.dataplane.write;

import java.util.Arrays;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.flow.FlowEntry;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.FlowKey;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.neighbor.NeighborCache;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.memory.Words;

/**
 * Writes and sends a routine frame as its flow's {@link FlowEntry} says: what {@link FrameWriter} would do by its verdict, from words that were computed when the
 * verdict was remembered. New headers are put in front of the packet and the frame moved to where they begin, so that a tunnel's are stripped by leaving them behind:
 *
 * <pre>
 *   before   | outer headers | Ethernet | packet        after   | Ethernet | packet
 *   before             | Ethernet, tag? | packet        after   | outer headers | Ethernet | packet
 * </pre>
 *
 * <p>Of the outer headers all that is alike for one peer is kept, in four words each, until {@link #forgetPeers}. Owned by one worker.
 */
public final class FlowWriter {
    private static final int PEER_WORDS = 4;
    private static final int SCRATCH_LENGTH = Frame.HEADROOM + FramePool.LONGEST_FRAME;
    private static final int SHORT = 0xFFFF;
    private static final long LOW_32 = 0xFFFF_FFFFL;

    private static final int IPV4_TTL = 8;
    private static final int IPV4_DESTINATION = 16;
    private static final int ICMP_IDENTIFIER = 4;

    private static final int OUTER_LENGTH = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    private static final int VXLAN_LENGTH = OUTER_LENGTH + UdpHeader.LENGTH + VxlanHeader.LENGTH;
    private static final int GRE_LENGTH = OUTER_LENGTH + GreHeader.KEYED_LENGTH;

    /** The most bytes that stand before a packet: those of VXLAN. */
    static final int MAX_HEADERS = VXLAN_LENGTH + EthernetHeader.LENGTH;

    private final Outlets outlets;
    private final FrameWriter writer;
    private final NeighborCache neighbors;
    private final WorkerCounters counters;
    private long[] peers = new long[0]; // by the peer's id; all 0 = not known yet
    private long peerMac; // of the frame that is to be written
    private final UnsafeBuffer scratch = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SCRATCH_LENGTH, 64));
    private final Offload offload = new Offload(); // of what is written there

    /**
     * @param outlets where frames leave
     * @param writer knows the MTU of the way to each peer
     * @param neighbors MACs of tunnel peers
     * @param counters of this worker
     */
    public FlowWriter(
            final Outlets outlets,
            final FrameWriter writer,
            final NeighborCache neighbors,
            final WorkerCounters counters) {
        this.outlets = outlets;
        this.writer = writer;
        this.neighbors = neighbors;
        this.counters = counters;
    }

    /** Forgets how peers are reached: after a change of the topology or of the underlay, between two bursts. */
    public void forgetPeers() {
        Arrays.fill(peers, 0);
    }

    /**
     * Tells whether a frame can be written by what is remembered.
     *
     * @param entry of its flow, absolute address
     * @param conditions of the entry
     * @param key of the frame
     * @param cycle of the burst
     * @return false when it is one for {@link FrameWriter}: too long for its tunnel, or the peer's MAC is not known
     */
    public boolean canWrite(final long entry, final int conditions, final FlowKey key, final Cycle cycle) {
        if ((conditions & (FlowEntry.TO_VXLAN | FlowEntry.TO_GRE | FlowEntry.UNUSUAL)) == 0) {
            return true;
        }
        if ((conditions & FlowEntry.UNUSUAL) != 0) {
            return false;
        }
        final int id = Words.getInt(entry + FlowEntry.PEER);
        final int at = id * PEER_WORDS;
        if (at >= peers.length || peers[at + 3] == 0) {
            learnPeer(id, cycle.topology());
        }
        final int overhead = (conditions & FlowEntry.TO_VXLAN) != 0 ? VXLAN_LENGTH : GRE_LENGTH;
        if (overhead + key.length > (int) peers[at + 3]) { // without one of the two Ethernet headers
            return false;
        }
        peerMac = peers[at] >>> 16;
        return peerMac != 0 || isResolved(id, cycle);
    }

    private boolean isResolved(final int id, final Cycle cycle) {
        peerMac = neighbors.find(
                NeighborCache.UNDERLAY, cycle.topology().peerById(id).ip(), cycle.nowNs());
        return peerMac != NeighborCache.MISSING;
    }

    private void learnPeer(final int id, final TopologySnapshot topology) {
        final int at = id * PEER_WORDS;
        if (at >= peers.length) {
            peers = Arrays.copyOf(peers, Math.max(at + PEER_WORDS, 2 * peers.length)); // once in a long while
        }
        final Peer peer = topology.peerById(id);
        final long sourceMac = topology.underlayMac();
        final int source = topology.vtepIp();
        peers[at] = peer.mac() << 16 | sourceMac >>> 32;
        peers[at + 1] = sourceMac << 32 | EtherType.IPV4 << 16 | TunnelWriter.VERSION_AND_IHL;
        peers[at + 2] = (long) source << 32 | (peer.ip() & LOW_32);
        final int sum = TunnelWriter.VERSION_AND_IHL
                + TunnelWriter.DONT_FRAGMENT
                + (TunnelWriter.TTL << 8)
                + (source >>> 16)
                + (source & SHORT)
                + (peer.ip() >>> 16)
                + (peer.ip() & SHORT);
        peers[at + 3] = (long) sum << 32 | writer.pathMtu(topology, peer);
    }

    /**
     * Writes and sends a frame, and counts what became of it.
     *
     * @param arrival its key is routine; its bytes stay as they are
     * @param entry of its flow, absolute address; {@link #canWrite} has just said so
     * @param conditions of the entry
     * @param cycle of the burst
     */
    public void write(final Arrival arrival, final long entry, final int conditions, final Cycle cycle) {
        final FlowKey key = arrival.key;
        final int headers = headersLength(entry, conditions);
        final int length = headers + key.length;
        final int egress = Words.getInt(entry + FlowEntry.EGRESS);
        final PacketPort port = outlets.open(egress);
        if (port == null) {
            counters.dropped(DropReason.PORT_GONE);
            return;
        }
        final boolean isCompletedHere = arrival.checksumStart() != 0 && !port.takesOffload();
        final long place = isCompletedHere ? PacketPort.NOWHERE : port.place(length);
        if (place == PacketPort.FULL) {
            counters.dropped(DropReason.PORT_FULL);
            return;
        }
        final long start = place == PacketPort.NOWHERE ? scratch.addressOffset() : place;
        final long packet = start + headers;
        Words.copy(key.packet, packet, key.length);
        if ((conditions & (FlowEntry.TRANSLATED | 0xFF)) != 0) {
            rewrite(packet, arrival, entry, conditions);
        }
        if ((conditions & (FlowEntry.TO_VXLAN | FlowEntry.TO_GRE)) == 0) {
            putEthernet(start, packet, entry, vlanId(entry));
        } else if ((conditions & FlowEntry.TO_VXLAN) != 0) {
            putVxlan(start, length, entry, conditions, key);
        } else {
            putGre(start, length, entry);
        }
        final int checksumStart = arrival.checksumStart() == 0 ? 0 : headers + Ipv4Header.MIN_LENGTH;
        if (place != PacketPort.NOWHERE) {
            port.sendPlaced(length, checksumStart, arrival.checksumOffset());
        } else if (!hand(port, length, checksumStart, arrival.checksumOffset(), cycle.nowNs())) {
            counters.dropped(DropReason.PORT_FULL);
            return;
        }
        counters.sent(egress, length);
    }

    /**
     * Writes what stands before the packets of a flow when they leave, for somebody else who forwards them; but for the {@link #tag}.
     *
     * @param to absolute address of {@link #MAX_HEADERS} bytes
     * @param entry of its flow, absolute address
     * @param conditions of the entry
     * @param key of a packet of the flow; its length is that of the packet that the headers are for
     * @param cycle of the burst
     * @return bytes of the headers; 0 when there is no one way to write them, or the peer's MAC is not known
     */
    int putHeaders(final long to, final long entry, final int conditions, final FlowKey key, final Cycle cycle) {
        if (!canWrite(entry, conditions, key, cycle)) {
            return 0;
        }
        final boolean isWrapped = (conditions & (FlowEntry.TO_VXLAN | FlowEntry.TO_GRE)) != 0;
        final int headers = isWrapped ? headersLength(entry, conditions) : EthernetHeader.LENGTH;
        if ((conditions & FlowEntry.TO_VXLAN) != 0) {
            putVxlan(to, headers + key.length, entry, conditions, key);
        } else if ((conditions & FlowEntry.TO_GRE) != 0) {
            putGre(to, headers + key.length, entry);
        } else {
            putEthernet(to, to + headers, entry, FlowKey.UNTAGGED);
        }
        return headers;
    }

    /**
     * Reads how long packets of a flow may be that are put into its tunnel.
     *
     * @param entry of its flow, for which {@link #putHeaders} has just written some
     * @param conditions of the entry
     * @return bytes of the IP packet
     */
    int longestPacket(final long entry, final int conditions) {
        if ((conditions & (FlowEntry.TO_VXLAN | FlowEntry.TO_GRE)) == 0) {
            return Integer.MAX_VALUE;
        }
        final int overhead = (conditions & FlowEntry.TO_VXLAN) != 0 ? VXLAN_LENGTH : GRE_LENGTH;
        return (int) peers[Words.getInt(entry + FlowEntry.PEER) * PEER_WORDS + 3] - overhead;
    }

    private boolean hand(
            final PacketPort port,
            final int length,
            final int checksumStart,
            final int checksumOffset,
            final long nowNs) {
        offload.checksumAt = checksumStart;
        offload.checksumOffset = checksumOffset;
        if (checksumStart != 0) {
            ChecksumCompletion.completeFor(port, scratch, 0, length, offload);
        }
        return port.transmit(scratch, 0, length, offload, nowNs);
    }

    /**
     * Tells by which tag packets of a flow leave.
     *
     * @param entry of its flow
     * @param conditions of the entry
     * @return VLAN id, {@link FlowKey#UNTAGGED} without, and in tunnels
     */
    static int tag(final long entry, final int conditions) {
        return (conditions & (FlowEntry.TO_VXLAN | FlowEntry.TO_GRE)) == 0 ? vlanId(entry) : FlowKey.UNTAGGED;
    }

    /** Of what is not wrapped. */
    private static int vlanId(final long entry) {
        return Words.getInt(entry + FlowEntry.NEW_SOURCE_MAC) & SHORT;
    }

    private static int headersLength(final long entry, final int conditions) {
        if ((conditions & FlowEntry.TO_VXLAN) != 0) {
            return VXLAN_LENGTH + EthernetHeader.LENGTH;
        }
        if ((conditions & FlowEntry.TO_GRE) != 0) {
            return GRE_LENGTH + EthernetHeader.LENGTH;
        }
        return vlanId(entry) != FlowKey.UNTAGGED ? EthernetHeader.LENGTH + VlanTag.LENGTH : EthernetHeader.LENGTH;
    }

    /** TTL, addresses, ports and what they add to the checksums (RFC 1624). {@code to}: of the packet as it leaves. */
    private static void rewrite(final long to, final Arrival arrival, final long entry, final int conditions) {
        final FlowKey key = arrival.key;
        final int deltas = Words.getInt(entry + FlowEntry.DELTAS);
        final long word = key.ttlWord;
        final int cost = conditions & 0xFF;
        final long checksum = update((int) (word >>> 32) & SHORT, deltas >>> 16);
        final long head = (word >>> 48 << 48) - ((long) cost << 56) | checksum << 32;
        if ((conditions & FlowEntry.TRANSLATED) == 0) {
            Words.putNetLong(to + IPV4_TTL, head | (word & LOW_32));
            return;
        }
        final long addresses = Words.getLong(entry + FlowEntry.NEW_ADDRESSES);
        Words.putNetLong(to + IPV4_TTL, head | addresses >>> 32);
        Words.putNetInt(to + IPV4_DESTINATION, (int) addresses);
        final long from = key.packet + Ipv4Header.MIN_LENGTH;
        final long l4 = to + Ipv4Header.MIN_LENGTH;
        final int ports = Words.getInt(entry + FlowEntry.NEW_PORTS);
        final int protocol = (int) (word >>> 48) & 0xFF;
        if (protocol == IpProtocol.UDP) {
            Words.putNetInt(l4, ports);
            final int old = Words.getNetShort(from + UdpHeader.CHECKSUM_OFFSET);
            if (arrival.checksumStart() != 0) {
                Words.putNetShort(l4 + UdpHeader.CHECKSUM_OFFSET, partial(old, deltas >>> 16, cost));
            } else if (old != 0) { // zero means "no checksum" and stays so (RFC 768)
                Words.putNetShort(
                        l4 + UdpHeader.CHECKSUM_OFFSET, InternetChecksum.asSentByUdp(update(old, deltas & SHORT)));
            }
        } else if (protocol == IpProtocol.TCP) {
            Words.putNetInt(l4, ports);
            final int old = Words.getNetShort(from + TcpHeader.CHECKSUM_OFFSET);
            Words.putNetShort(
                    l4 + TcpHeader.CHECKSUM_OFFSET,
                    arrival.checksumStart() != 0 ? partial(old, deltas >>> 16, cost) : update(old, deltas & SHORT));
        } else if (protocol == IpProtocol.ICMP) {
            final int before = (int) (key.ports >>> 48);
            final int identifier = identifier(before, ports);
            if (identifier != before) {
                Words.putNetShort(l4 + ICMP_IDENTIFIER, identifier);
                Words.putNetShort(
                        l4 + IcmpHeader.CHECKSUM_OFFSET,
                        InternetChecksum.replace16(
                                Words.getNetShort(from + IcmpHeader.CHECKSUM_OFFSET), before, identifier));
            }
        }
    }

    /** An echo's identifier, of which translation has changed at most one of the two ports that stand for it. */
    static int identifier(final int before, final int newPorts) {
        return newPorts >>> 16 == before ? newPorts & SHORT : newPorts >>> 16;
    }

    /** {@code delta}: folded. */
    private static int update(final int checksum, final int delta) {
        final int sum = (~checksum & SHORT) + delta;
        return ~((sum & SHORT) + (sum >>> 16)) & SHORT;
    }

    /** The field holds the sum of the pseudo header, not complemented: addresses count, neither ports nor the TTL, whose part of the delta is taken off. */
    private static int partial(final int field, final int delta, final int cost) {
        int sum = field + delta + (cost << 8);
        sum = (sum & SHORT) + (sum >>> 16);
        return (sum & SHORT) + (sum >>> 16);
    }

    private static void putEthernet(final long start, final long packet, final long entry, final int vlanId) {
        final long macs = Words.getLong(entry + FlowEntry.NEW_MACS);
        final long source = Words.getLong(entry + FlowEntry.NEW_SOURCE_MAC);
        Words.putNetLong(start, macs);
        if (vlanId == FlowKey.UNTAGGED) {
            Words.putNetLong(packet - 8, (source & ~(long) SHORT) | EtherType.IPV4);
        } else {
            Words.putNetLong(start + 8, (source << 16 & ~LOW_32) | (long) EtherType.VLAN << 16 | vlanId);
            Words.putNetShort(packet - 2, EtherType.IPV4);
        }
    }

    private void putVxlan(
            final long start, final int length, final long entry, final int conditions, final FlowKey key) {
        final long addresses = putOuter(entry, length, start, IpProtocol.UDP);
        final long source = Words.getLong(entry + FlowEntry.NEW_SOURCE_MAC);
        final int flowHash = (conditions & FlowEntry.ANY_PORTS) == 0 ? (int) source : flowHash(entry, key);
        final long sourcePort = TunnelWriter.sourcePort(flowHash);
        final int udpLength = length - OUTER_LENGTH;
        Words.putNetLong(start + 32, addresses << 48 | sourcePort << 32 | (long) VxlanHeader.PORT << 16 | udpLength);
        final int vni = Words.getInt(entry + FlowEntry.SEGMENTATION_ID);
        final long macs = Words.getLong(entry + FlowEntry.NEW_MACS);
        Words.putNetLong(start + 40, (long) VxlanHeader.VNI_FLAG << 40 | vni >>> 8);
        Words.putNetLong(start + 48, (long) vni << 56 | macs >>> 16);
        Words.putNetLong(start + 56, (source & ~(long) SHORT) | EtherType.IPV4);
    }

    private static int flowHash(final long entry, final FlowKey key) {
        final int ports = (int) (key.ports >>> 32);
        final int protocol = (int) key.kind >>> 8 & 0xFF;
        return Facts.flowHash(Words.getLong(entry + FlowEntry.FLOW_HASH), ports >>> 16, ports & SHORT, protocol);
    }

    private void putGre(final long start, final int length, final long entry) {
        final long addresses = putOuter(entry, length, start, IpProtocol.GRE);
        final int greKey = Words.getInt(entry + FlowEntry.SEGMENTATION_ID);
        Words.putNetLong(start + 32, addresses << 48 | TunnelWriter.GRE_KEYED >>> 16 | greKey >>> 16);
        final long macs = Words.getLong(entry + FlowEntry.NEW_MACS);
        final long source = Words.getLong(entry + FlowEntry.NEW_SOURCE_MAC);
        Words.putNetLong(start + 40, (long) greKey << 48 | macs >>> 16);
        Words.putNetLong(start + 48, (source & ~(long) SHORT) | EtherType.IPV4);
    }

    /** Outer Ethernet and IPv4 headers but for the last two bytes. */
    private long putOuter(final long entry, final int length, final long start, final int protocol) {
        final int at = Words.getInt(entry + FlowEntry.PEER) * PEER_WORDS;
        final int totalLength = length - EthernetHeader.LENGTH;
        final long addresses = peers[at + 2];
        int sum = (int) (peers[at + 3] >>> 32) + protocol + totalLength;
        sum = (sum & SHORT) + (sum >>> 16);
        sum = ~((sum & SHORT) + (sum >>> 16)) & SHORT;
        Words.putNetLong(start, peerMac << 16 | (peers[at] & SHORT));
        Words.putNetLong(start + 8, peers[at + 1]);
        Words.putNetLong(
                start + 16,
                (long) totalLength << 48 | (long) TunnelWriter.DONT_FRAGMENT << 16 | TunnelWriter.TTL << 8 | protocol);
        Words.putNetLong(start + 24, (long) sum << 48 | addresses >>> 16);
        return addresses;
    }
}
