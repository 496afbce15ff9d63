package org.dvr.nat.conntrack;

/**
 * Where a TCP connection stands, judged from the flags of the segments that pass (RFC 9293 §3.3.2, seen from the
 * middle), with one timeout per state.
 *
 * <p>The names and the timeouts are those that Linux operators know from {@code /proc/net/nf_conntrack}. Sequence
 * numbers and windows are not looked at here ("liberal": an out-of-window segment stays valid), save those of a RST,
 * which is judged before it comes here ({@link ConntrackTable#packet}).
 *
 * <p>Transitions depend on who sent the segment: the <em>leader</em> or the <em>follower</em>. While a connection opens
 * the leader is the side that sent the first segment; once it closes, the side that sent the first FIN. So a
 * retransmitted FIN is not taken for the other side's. A segment can
 *
 * <ul>
 *   <li>move the connection to another state, whose timeout then runs;
 *   <li>keep it where it is and start its timeout again (retransmissions, data);
 *   <li>be ignored: state and timeout stay as they are (a SYN into an established connection, flags that mean nothing).
 * </ul>
 *
 * Where only one direction passes (half flows, asymmetric paths) the sender's acknowledgment alone establishes the
 * connection. The first segment may be any: without SYN the connection is picked up in mid-stream as
 * {@link #ESTABLISHED}, or {@link #FIN_WAIT} if it carries FIN. RST closes from every state.
 */
public enum TcpState {
    /** Opened in the table, no segment tracked yet. */
    NEW(0),
    /** A SYN has passed, its answer has not. */
    SYN_SENT(1),
    /** A SYN+ACK has passed, its acknowledgment has not. */
    SYN_RECV(2),
    /** The handshake is complete, or the connection was picked up in mid-stream. */
    ESTABLISHED(3),
    /** One side has sent FIN. */
    FIN_WAIT(4),
    /** The first FIN was acknowledged; the other side may still send. */
    CLOSE_WAIT(5),
    /** Both sides have sent FIN. */
    LAST_ACK(6),
    /** The second FIN was acknowledged. */
    TIME_WAIT(7),
    /** Reset. */
    CLOSE(8),
    /** Both sides have sent SYN without ACK: simultaneous open (RFC 9293 §3.5, figure 7). */
    SYN_SENT2(9);

    /** FIN bit of the TCP flags. */
    public static final int FIN = 0x01;

    /** SYN bit of the TCP flags. */
    public static final int SYN = 0x02;

    /** RST bit of the TCP flags. */
    public static final int RST = 0x04;

    /** ACK bit of the TCP flags. */
    public static final int ACK = 0x10;

    /** Answer of {@link #next} for a segment that changes neither state nor timeout. */
    static final int IGNORED = -1;

    private static final int EVENT_SYN = 0;
    private static final int EVENT_SYN_ACK = 1;
    private static final int EVENT_ACK = 2;
    private static final int EVENT_FIN = 3;
    private static final int EVENT_RST = 4;
    private static final int EVENT_NONE = 5;
    private static final int EVENTS = 6;
    private static final int LEADER = 0;
    private static final int FOLLOWER = 1;

    /** Indexed by code. */
    private static final TcpState[] STATES = new TcpState[values().length];

    private static final int TENTATIVE =
            1 << SYN_SENT.code | 1 << SYN_SENT2.code | 1 << SYN_RECV.code | 1 << TIME_WAIT.code | 1 << CLOSE.code;

    private static final byte[] EVENT_OF_FLAGS = new byte[32];
    private static final byte[] NEXT = new byte[STATES.length * EVENTS * 2];

    static {
        for (final TcpState state : values()) {
            STATES[state.code] = state;
        }
        for (int flags = 0; flags < EVENT_OF_FLAGS.length; flags++) {
            EVENT_OF_FLAGS[flags] = (byte) event(flags);
        }
        // null: ignored.               SYN          SYN+ACK      ACK          FIN
        rule(NEW, LEADER, /*         */ SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT);
        rule(NEW, FOLLOWER, /*       */ SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT);
        // An ACK of the leader without a SYN+ACK before it: the answer takes another way, this is a half flow.
        rule(SYN_SENT, LEADER, /*    */ SYN_SENT, null, ESTABLISHED, null);
        // An ACK of the follower alone answers some older connection (RFC 9293 §3.5.1); the RST to follow will tell.
        rule(SYN_SENT, FOLLOWER, /*  */ SYN_SENT2, SYN_RECV, null, null);
        rule(SYN_SENT2, LEADER, /*   */ SYN_SENT2, SYN_RECV, null, null);
        rule(SYN_SENT2, FOLLOWER, /* */ SYN_SENT2, SYN_RECV, null, null);
        // Only in a simultaneous open does the side that sent the first SYN send SYN+ACK too.
        rule(SYN_RECV, LEADER, /*    */ SYN_RECV, ESTABLISHED, ESTABLISHED, FIN_WAIT);
        rule(SYN_RECV, FOLLOWER, /*  */ null, SYN_RECV, SYN_RECV, FIN_WAIT);
        // A SYN here is answered by a challenge ACK (RFC 9293 §3.10.7.4); the RST after it closes the connection.
        rule(ESTABLISHED, LEADER, /**/ null, null, ESTABLISHED, FIN_WAIT);
        rule(ESTABLISHED, FOLLOWER, /**/ null, null, ESTABLISHED, FIN_WAIT);
        rule(FIN_WAIT, LEADER, /*    */ null, null, FIN_WAIT, FIN_WAIT);
        rule(FIN_WAIT, FOLLOWER, /*  */ null, null, CLOSE_WAIT, LAST_ACK);
        rule(CLOSE_WAIT, LEADER, /*  */ null, null, CLOSE_WAIT, CLOSE_WAIT);
        rule(CLOSE_WAIT, FOLLOWER, /**/ null, null, CLOSE_WAIT, LAST_ACK);
        rule(LAST_ACK, LEADER, /*    */ null, null, TIME_WAIT, LAST_ACK);
        rule(LAST_ACK, FOLLOWER, /*  */ null, null, LAST_ACK, LAST_ACK);
        // The ports are used again: a new connection with the tuples, and the translation, of the old one.
        rule(TIME_WAIT, LEADER, /*   */ SYN_SENT, null, TIME_WAIT, TIME_WAIT);
        rule(TIME_WAIT, FOLLOWER, /* */ SYN_SENT, null, TIME_WAIT, TIME_WAIT);
        rule(CLOSE, LEADER, /*       */ SYN_SENT, null, CLOSE, CLOSE);
        rule(CLOSE, FOLLOWER, /*     */ SYN_SENT, null, CLOSE, CLOSE);
    }

    private final int code;

    TcpState(final int code) {
        this.code = code;
    }

    /** The number that stands for the state in a connection's entry. */
    int code() {
        return code;
    }

    /**
     * Reads a state from an entry.
     *
     * @param code as {@link #code} gave it
     * @return the state
     */
    static TcpState of(final int code) {
        return STATES[code];
    }

    /**
     * Judges a number that comes from elsewhere.
     *
     * @param code any
     * @return whether {@link #of} knows it
     */
    static boolean isCode(final int code) {
        return code >= 0 && code < STATES.length;
    }

    /**
     * Follows one segment.
     *
     * @param state code of the current state
     * @param flags TCP flags of the segment, the low 8 bits of bytes 12 and 13 of the header
     * @param leader whether the leader sent it
     * @return code of the next state (the same to start its timeout again) or {@link #IGNORED}
     */
    static int next(final int state, final int flags, final boolean leader) {
        final int event = EVENT_OF_FLAGS[flags & EVENT_OF_FLAGS.length - 1];
        return NEXT[slot(state, event, leader ? LEADER : FOLLOWER)];
    }

    /**
     * Tells states of a connection that few would miss from the others.
     *
     * @param state code of a state
     * @return 1 where the handshake is not complete or the connection is over, else 0; also 0 for {@link #NEW}, which all other protocols are in
     */
    static int tentative(final int state) {
        return TENTATIVE >>> state & 1;
    }

    private static int event(final int flags) {
        if ((flags & RST) != 0) {
            return EVENT_RST;
        }
        if ((flags & SYN) != 0) {
            return (flags & ACK) != 0 ? EVENT_SYN_ACK : EVENT_SYN;
        }
        if ((flags & FIN) != 0) {
            return EVENT_FIN;
        }
        return (flags & ACK) != 0 ? EVENT_ACK : EVENT_NONE;
    }

    private static void rule(
            final TcpState state,
            final int sender,
            final TcpState onSyn,
            final TcpState onSynAck,
            final TcpState onAck,
            final TcpState onFin) {
        put(state, sender, EVENT_SYN, onSyn);
        put(state, sender, EVENT_SYN_ACK, onSynAck);
        put(state, sender, EVENT_ACK, onAck);
        put(state, sender, EVENT_FIN, onFin);
        put(state, sender, EVENT_RST, CLOSE);
        put(state, sender, EVENT_NONE, null);
    }

    private static void put(final TcpState state, final int sender, final int event, final TcpState next) {
        NEXT[slot(state.code, event, sender)] = (byte) (next == null ? IGNORED : next.code);
    }

    private static int slot(final int state, final int event, final int sender) {
        return (state * EVENTS + event) * 2 + sender;
    }
}
