package org.dvr.nat.conntrack;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.MutableDirectBuffer;
import org.dvr.nat.tuple.TupleKey;

/**
 * Flyweight over a connection outside of its table, as it is handed to another thread and written to a file. Little endian; times are relative, so that
 * they mean the same in another process.
 *
 * <pre>
 *    0  original addresses (8)      8  original ports (8)
 *   16  reply addresses (8)        24  reply ports (8)
 *   32  remaining lifetime, ns (8) 40  age, ns (8)
 *   48  state word (4)             52  owner (4)
 *   state word: | 0 (21) | leader (1) | reply seen (1) | original seen (1) | TCP state (8) |
 * </pre>
 *
 * Whoever holds the buffer owns it. {@link #isPlausible} judges bytes that come from elsewhere; the other accessors trust it.
 */
public final class ConnectionRecord {
    /** Bytes of a record. */
    public static final int LENGTH = 56;

    private static final int ORIGINAL_ADDRESSES = 0;
    private static final int ORIGINAL_PORTS = 8;
    private static final int REPLY_ADDRESSES = 16;
    private static final int REPLY_PORTS = 24;
    private static final int REMAINING = 32;
    private static final int AGE = 40;
    private static final int STATE = 48;
    private static final int OWNER = 52;

    private static final int STATE_BITS = 0x7FF;
    private static final int TCP_STATE_MASK = 0xFF;
    /** Lifetimes count from the start of an export, connections live on while it goes on: a day is more than it takes. */
    private static final long LONGEST_LIFETIME_NS = (ConntrackTimeouts.MAX_SECONDS + 86_400) * 1_000_000_000L;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Looks at a record.
     *
     * @param buffer holds it
     * @param offset of its first byte; {@link #LENGTH} bytes from there on are its own
     * @return this
     */
    public ConnectionRecord wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /**
     * Judges a record that was not written by this process.
     *
     * @return whether a table could have held it: one zone and protocol, a lifetime that a timeout may have, a TCP state that exists, no unknown bits
     */
    public boolean isPlausible() {
        final long remaining = remainingNs();
        final int word = stateWord();
        final int tcpState = word & TCP_STATE_MASK;
        final boolean isTcp = TupleKey.protocol(originalPorts()) == TupleKey.TCP;
        return originalPorts() >>> 32 == replyPorts() >>> 32
                && remaining > 0
                && remaining <= LONGEST_LIFETIME_NS
                && ageNs() >= 0
                && (word & ~STATE_BITS) == 0
                && (isTcp ? TcpState.isCode(tcpState) : tcpState == 0);
    }

    /** {@return isolation domain, 0 to {@link TupleKey#MAX_ZONE}} */
    public int zone() {
        return TupleKey.zone(originalPorts());
    }

    /**
     * Moves the connection to another zone: numbers of zones differ from process to process.
     *
     * @param zone 0 to {@link TupleKey#MAX_ZONE}
     * @return this
     */
    public ConnectionRecord zone(final int zone) {
        buffer.putLong(offset + ORIGINAL_PORTS, withZone(originalPorts(), zone), LITTLE_ENDIAN);
        buffer.putLong(offset + REPLY_PORTS, withZone(replyPorts(), zone), LITTLE_ENDIAN);
        return this;
    }

    private static long withZone(final long ports, final int zone) {
        return TupleKey.ports(
                zone, TupleKey.protocol(ports), TupleKey.sourcePort(ports), TupleKey.destinationPort(ports));
    }

    /** {@return addresses half of the original tuple} */
    public long originalAddresses() {
        return buffer.getLong(offset + ORIGINAL_ADDRESSES, LITTLE_ENDIAN);
    }

    /** {@return ports half of the original tuple} */
    public long originalPorts() {
        return buffer.getLong(offset + ORIGINAL_PORTS, LITTLE_ENDIAN);
    }

    /** {@return addresses half of the reply tuple} */
    public long replyAddresses() {
        return buffer.getLong(offset + REPLY_ADDRESSES, LITTLE_ENDIAN);
    }

    /** {@return ports half of the reply tuple} */
    public long replyPorts() {
        return buffer.getLong(offset + REPLY_PORTS, LITTLE_ENDIAN);
    }

    /** {@return nanoseconds until the connection ends unless a packet comes, counted from the time of the export; more than 0} */
    public long remainingNs() {
        return buffer.getLong(offset + REMAINING, LITTLE_ENDIAN);
    }

    /** {@return nanoseconds since the connection began, 0 or more} */
    public long ageNs() {
        return buffer.getLong(offset + AGE, LITTLE_ENDIAN);
    }

    /** {@return to whom the connection is accounted, see {@link ConntrackTable#owner}} */
    public int owner() {
        return buffer.getInt(offset + OWNER, LITTLE_ENDIAN);
    }

    /** {@return where a TCP connection stands; {@link TcpState#NEW} for other protocols} */
    public TcpState tcpState() {
        return TcpState.of(stateWord() & TCP_STATE_MASK);
    }

    /** {@return whether both directions were seen} */
    public boolean isReplied() {
        return (stateWord() & ConntrackTable.BOTH_SEEN) == ConntrackTable.BOTH_SEEN;
    }

    int stateWord() {
        return buffer.getInt(offset + STATE, LITTLE_ENDIAN);
    }

    void tuples(
            final long originalAddresses, final long originalPorts, final long replyAddresses, final long replyPorts) {
        buffer.putLong(offset + ORIGINAL_ADDRESSES, originalAddresses, LITTLE_ENDIAN);
        buffer.putLong(offset + ORIGINAL_PORTS, originalPorts, LITTLE_ENDIAN);
        buffer.putLong(offset + REPLY_ADDRESSES, replyAddresses, LITTLE_ENDIAN);
        buffer.putLong(offset + REPLY_PORTS, replyPorts, LITTLE_ENDIAN);
    }

    void times(final long remainingNs, final long ageNs) {
        buffer.putLong(offset + REMAINING, remainingNs, LITTLE_ENDIAN);
        buffer.putLong(offset + AGE, ageNs, LITTLE_ENDIAN);
    }

    void state(final int word, final int owner) {
        buffer.putInt(offset + STATE, word & STATE_BITS, LITTLE_ENDIAN);
        buffer.putInt(offset + OWNER, owner, LITTLE_ENDIAN);
    }
}
