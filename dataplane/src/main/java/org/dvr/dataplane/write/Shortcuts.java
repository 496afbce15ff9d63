package org.dvr.dataplane.write;

import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.flow.FlowCache;
import org.dvr.dataplane.flow.FlowEntry;
import org.dvr.dataplane.flow.TcpNumbers;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.FlowKey;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.shortcut.Shortcut;
import org.dvr.dataplane.io.shortcut.ShortcutTable;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.nat.memory.Words;

/**
 * Flows that the kernel forwards by itself, as their remembered verdicts say, so that nothing is copied to the worker and back and nobody has to wake up: of TCP, UDP and
 * ICMP echoes those that go on, and at once those that bring large segments. What begins or ends a connection still comes here, and so does everything as soon as a
 * verdict may be another one: a new topology, other ways to peers, a neighbor that moved, or somebody who watches close all shortcuts at once.
 *
 * <p>Every {@value #INTERVAL_NS} ns each is looked at, {@value #SLICE} of them in one duty cycle: what went by it is counted, its connection goes on living, and it stays
 * open if the verdict still holds and something has gone by within {@value #IDLE_NS} ns. One that is not looked at for {@value #LEASE_NS} ns ends by itself. Owned by one
 * worker; allocates nothing after construction.
 */
public final class Shortcuts {
    /** Tells whether what the kernel does is still what would be done here. */
    public interface Judge {
        /**
         * Judges a flow, and tracks what has gone by.
         *
         * @param key of the flow
         * @param ttl of its packets
         * @param frames that have gone by since the last time, 0 or more
         * @param last numbers of the last one
         * @param nowNs current time
         * @return false when the stages have to decide about those to come
         */
        boolean goesOn(FlowKey key, int ttl, long frames, TcpNumbers last, long nowNs);
    }

    private static final long INTERVAL_NS = 50_000_000;
    private static final long LEASE_NS = 1_000_000_000;
    private static final long IDLE_NS = 300_000_000;
    private static final int SLICE = 16;
    private static final int SHORT = 0xFFFF;
    private static final int SAMPLE_LENGTH = Ipv4Header.MIN_LENGTH + TcpHeader.MIN_LENGTH;
    private static final int BEHIND_VXLAN =
            EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + UdpHeader.LENGTH + VxlanHeader.LENGTH;
    private static final int BEHIND_GRE = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + GreHeader.KEYED_LENGTH;

    private final ShortcutTable table;
    private final FlowCache flows;
    private final FlowWriter writer;
    private final Outlets outlets;
    private final WorkerCounters counters;
    private final Judge judge;
    private final Shortcut shortcut = new Shortcut();
    private final FlowKey sample = new FlowKey();
    private final TcpNumbers last = new TcpNumbers();

    // Slots that are open, in no order.
    private final int[] open = new int[ShortcutTable.SLOTS];
    private int openCount;
    private int next = -1; // to be looked at, of those that are open; -1 = all have been
    private long roundNs;
    private long nextNs;

    // By slot, those that are open.
    private final boolean[] isOpen = new boolean[ShortcutTable.SLOTS];
    private final int[] places = new int[ShortcutTable.SLOTS]; // in open
    private final FlowKey[] keys = new FlowKey[ShortcutTable.SLOTS];
    private final int[] ttls = new int[ShortcutTable.SLOTS];
    private final int[] egresses = new int[ShortcutTable.SLOTS];
    private final int[] growths =
            new int[ShortcutTable.SLOTS]; // by how many bytes a frame is longer when it leaves, without its tag before
    private final long[] movedNs = new long[ShortcutTable.SLOTS];
    private final long[] frames = new long[ShortcutTable.SLOTS]; // counted already, as the next
    private final long[] bytes = new long[ShortcutTable.SLOTS];

    private final RegularFlows regulars = new RegularFlows();
    private final int[] opposites = new int[ShortcutTable.SLOTS]; // by slot: where the other direction has its place

    /**
     * @param table what the kernel is told; of no other worker
     * @param flows verdicts
     * @param writer headers
     * @param outlets where frames leave
     * @param counters of this worker
     * @param judge of this worker
     */
    public Shortcuts(
            final ShortcutTable table,
            final FlowCache flows,
            final FlowWriter writer,
            final Outlets outlets,
            final WorkerCounters counters,
            final Judge judge) {
        this.table = table;
        this.flows = flows;
        this.writer = writer;
        this.outlets = outlets;
        this.counters = counters;
        this.judge = judge;
        for (int i = 0; i < keys.length; i++) {
            keys[i] = new FlowKey();
        }
    }

    /**
     * Tells whether a frame's flow had better be forwarded by the kernel, and counts it.
     *
     * @param frame decided
     * @param key of it
     * @return true for a large TCP segment that leaves by one way, and for what goes on
     */
    public boolean isWorthwhile(final Frame frame, final FlowKey key) {
        return frame.verdict.action == Action.FORWARD
                && key.hash != FlowKey.NONE
                && (frame.offload.kind() == Offload.TCP4 || isWorthwhile(key));
    }

    /**
     * Tells whether a flow goes on, so that it had better be forwarded by the kernel, and counts a packet of it.
     *
     * @param key of a packet that is forwarded here
     * @return true once in {@value RegularFlows#MANY} packets at most, but at once for what comes back from where a shortcut leads
     */
    public boolean isWorthwhile(final FlowKey key) {
        final int ports = (int) (key.ports >>> 32);
        return ports != 0 && regulars.count(ShortcutTable.slot(key.addresses, ports), key.addresses, ports);
    }

    /**
     * Has the kernel forward a flow from now on, if it can: a packet of it has just been forwarded here.
     *
     * @param key of the flow
     * @param ttl of its packets
     * @param cycle of the burst
     */
    public void offer(final FlowKey key, final int ttl, final Cycle cycle) {
        final int ports = (int) (key.ports >>> 32);
        if (key.hash == FlowKey.NONE || ports == 0 || !isSupported(protocol(key))) {
            return;
        }
        final int slot = ShortcutTable.slot(key.addresses, ports);
        if (isOpen[slot]) {
            return;
        }
        final long entry = flows.find(key);
        if (entry == FlowCache.ABSENT) {
            return;
        }
        final int conditions = flows.conditions(entry);
        final int egress = Words.getInt(entry + FlowEntry.EGRESS);
        shortcut.device = device((int) key.ports & FlowKey.ATTACHMENT_MASK);
        shortcut.outDevice = device(egress);
        if (!FlowCache.isSteady(conditions)
                || shortcut.device == 0
                || shortcut.outDevice == 0
                || !describe(key, ttl, entry, conditions, cycle)) {
            return;
        }
        frames[slot] = table.frames(slot);
        bytes[slot] = table.bytes(slot);
        table.open(slot, shortcut, cycle.nowNs() + LEASE_NS);
        keys[slot].takeFrom(key);
        ttls[slot] = ttl;
        egresses[slot] = egress;
        growths[slot] =
                shortcut.headersLength + tagLength(shortcut.newVlanId) - EthernetHeader.LENGTH - shortcut.innerAt;
        movedNs[slot] = cycle.nowNs();
        if (openCount == 0) {
            nextNs = cycle.nowNs() + INTERVAL_NS;
        }
        isOpen[slot] = true;
        places[slot] = openCount;
        open[openCount++] = slot;
        want(slot);
    }

    private static boolean isSupported(final int protocol) {
        return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP || protocol == IpProtocol.ICMP;
    }

    private static int vlanId(final FlowKey key) {
        return (int) key.kind >>> 16 & SHORT;
    }

    private static int tagLength(final int vlanId) {
        return vlanId == FlowKey.UNTAGGED ? 0 : VlanTag.LENGTH;
    }

    private static int protocol(final FlowKey key) {
        return (int) key.kind >>> 8 & 0xFF;
    }

    private int device(final int attachmentId) {
        final PacketPort port = outlets.get(attachmentId);
        return port == null ? 0 : port.shortcutDevice();
    }

    /** What comes back has addresses and ports of what leaves, the other way round; the first packet of it is enough. */
    private void want(final int slot) {
        final long addresses = Long.rotateLeft(shortcut.newAddresses, Integer.SIZE);
        final int ports = Integer.rotateLeft(shortcut.newPorts, Short.SIZE);
        final int opposite = ShortcutTable.slot(addresses, ports);
        opposites[slot] = opposite;
        if (!isOpen[opposite]) {
            opposites[opposite] = slot;
            regulars.expect(opposite, addresses, ports);
        }
    }

    private boolean describe(
            final FlowKey key, final int ttl, final long entry, final int conditions, final Cycle cycle) {
        sample.takeFrom(key);
        sample.length = SAMPLE_LENGTH;
        final int headers = writer.putHeaders(shortcut.headers.addressOffset(), entry, conditions, sample, cycle);
        if (headers == 0) {
            return false;
        }
        shortcut.headersLength = headers;
        shortcut.sampleLength = SAMPLE_LENGTH;
        final int tunnel = (int) key.ports >>> FlowKey.TUNNEL_SHIFT;
        final int id = (int) key.tunnel;
        shortcut.innerAt = tunnel == 0 ? 0 : tunnel == 1 ? BEHIND_VXLAN : BEHIND_GRE;
        shortcut.segmentationWord = tunnel == 1 ? id << 8 : id;
        shortcut.outerSource = (int) (key.tunnel >>> 32);
        shortcut.outerDestination = cycle.topology().vtepIp();
        shortcut.vlanId = vlanId(key);
        shortcut.newVlanId = FlowWriter.tag(entry, conditions);
        shortcut.macs = key.macs;
        shortcut.sourceMacTail = (int) (key.kind >>> 32);
        shortcut.addresses = key.addresses;
        shortcut.protocol = protocol(key);
        shortcut.icmpType = (int) key.kind & 0xFF; // 0 of other protocols
        shortcut.ports = (int) (key.ports >>> 32);
        shortcut.ttl = ttl;
        shortcut.longestPacket = Math.min(flows.longestPacket(entry), writer.longestPacket(entry, conditions));
        shortcut.longestFrame = headers == EthernetHeader.LENGTH
                ? Integer.MAX_VALUE
                : FrameWriter.MAX_TUNNEL_SEGMENT + EthernetHeader.LENGTH - headers + shortcut.innerAt;
        rewrite(entry, conditions);
        return true;
    }

    private void rewrite(final long entry, final int conditions) {
        final int deltas = Words.getInt(entry + FlowEntry.DELTAS);
        final boolean isTranslated = (conditions & FlowEntry.TRANSLATED) != 0;
        shortcut.ttlCost = conditions & 0xFF;
        shortcut.isTranslated = isTranslated;
        shortcut.ipDelta = deltas >>> 16;
        shortcut.newAddresses = isTranslated ? Words.getLong(entry + FlowEntry.NEW_ADDRESSES) : shortcut.addresses;
        shortcut.newPorts = isTranslated ? Words.getInt(entry + FlowEntry.NEW_PORTS) : shortcut.ports;
        if (shortcut.protocol == IpProtocol.ICMP) {
            final int before = shortcut.ports >>> 16;
            final int identifier = FlowWriter.identifier(before, shortcut.newPorts);
            shortcut.newPorts = identifier << 16 | identifier;
            shortcut.portsDelta = add(identifier, ~before & SHORT);
        } else {
            shortcut.addressesDelta = add(shortcut.ipDelta, shortcut.ttlCost << 8);
            shortcut.portsDelta = add(deltas & SHORT, ~shortcut.addressesDelta & SHORT);
        }
    }

    /** One's complement sum of 16 bits. */
    private static int add(final int first, final int second) {
        final int sum = first + second;
        return (sum & SHORT) + (sum >>> 16);
    }

    /**
     * Looks at some of what is open, when it is time.
     *
     * @param nowNs current time
     */
    public void timers(final long nowNs) {
        if (openCount == 0 || nowNs - nextNs < 0) {
            return;
        }
        if (next < 0) {
            roundNs = nowNs;
            next = openCount;
        }
        next = Math.min(next, openCount - 1);
        for (int i = 0; i < SLICE && next >= 0; i++) {
            settle(open[next], nowNs);
            next = Math.min(next, openCount) - 1;
        }
        if (next < 0) {
            nextNs = roundNs + INTERVAL_NS;
        }
    }

    /**
     * Looks at both directions of a connection: before it is ended here, while its last segments have gone by elsewhere.
     *
     * @param facts of the segment that ends it
     * @param nowNs current time
     */
    public void settleFor(final Facts facts, final long nowNs) {
        if (openCount != 0) {
            final long addresses = (long) facts.source << 32 | (facts.destination & 0xFFFF_FFFFL);
            final int slot = ShortcutTable.slot(addresses, facts.sourcePort << 16 | facts.destinationPort);
            final int opposite = opposites[slot];
            if (isOpen[slot]) {
                settle(slot, nowNs);
            }
            if (isOpen[opposite]) {
                settle(opposite, nowNs);
            }
        }
    }

    /** Counts and tracks what has gone by; ends what holds no longer. */
    private void settle(final int slot, final long nowNs) {
        if (goesOn(slot, nowNs) && nowNs - movedNs[slot] < IDLE_NS) {
            table.renew(slot, nowNs + LEASE_NS);
            return;
        }
        table.close(slot);
        isOpen[slot] = false;
        final int moved = open[--openCount];
        open[places[slot]] = moved;
        places[moved] = places[slot];
    }

    private boolean goesOn(final int slot, final long nowNs) {
        final long count = take(slot);
        if (count != 0) {
            movedNs[slot] = nowNs;
        }
        final int offsetAndFlags = table.tcpOffsetAndFlags(slot);
        last.flags = offsetAndFlags & 0xFF;
        last.sequence = table.tcpSequence(slot);
        last.acknowledgment = table.tcpAcknowledgment(slot);
        last.length = offsetAndFlags == 0
                ? 0
                : table.packetLength(slot) - Ipv4Header.MIN_LENGTH - (offsetAndFlags >>> 10 & 0x3C);
        return judge.goesOn(keys[slot], ttls[slot], count, last, nowNs);
    }

    /** Counts what has gone by since the last time. */
    private long take(final int slot) {
        final long count = table.frames(slot) - frames[slot];
        if (count != 0) {
            final long length = table.bytes(slot) - bytes[slot];
            frames[slot] += count;
            bytes[slot] += length;
            final long tags = count * tagLength(vlanId(keys[slot])); // the kernel keeps them beside frames
            counters.received((int) keys[slot].ports & FlowKey.ATTACHMENT_MASK, count, length + tags);
            counters.sent(egresses[slot], count, length + count * growths[slot]);
            counters.shortcut(count);
        }
        return count;
    }

    /** Ends all of them, now: what comes next is decided here. */
    public void closeAll() {
        for (int i = 0; i < openCount; i++) {
            final int slot = open[i];
            table.close(slot);
            isOpen[slot] = false;
            take(slot);
        }
        openCount = 0;
        next = -1;
    }

    /** @return when they are to be looked at, {@link Long#MAX_VALUE} while none is open */
    public long nextDeadlineNs() {
        return openCount == 0 ? Long.MAX_VALUE : nextNs;
    }
}
