package org.dvr.nat.conntrack;

import org.dvr.nat.tuple.TupleKey;

/**
 * How long a connection is remembered after its last packet, per protocol and state, in seconds. The defaults are those
 * of Linux, which operators of the original expect.
 *
 * <p>A connection is <em>one way</em> until a packet of the reply direction was seen, and a <em>stream</em> from then
 * on (Linux waits two more seconds before it calls UDP a stream; we do not).
 *
 * @param tcpSynSentSeconds a SYN, or two in a simultaneous open, without answer; 120
 * @param tcpSynRecvSeconds a SYN+ACK that was not acknowledged; 60
 * @param tcpEstablishedSeconds an established connection of which both directions were seen; 432,000 (five days)
 * @param tcpFinWaitSeconds one side has sent FIN; 120
 * @param tcpCloseWaitSeconds the first FIN was acknowledged; 60
 * @param tcpLastAckSeconds both sides have sent FIN; 30
 * @param tcpTimeWaitSeconds the second FIN was acknowledged; 120
 * @param tcpCloseSeconds after a RST; 10
 * @param tcpUnacknowledgedSeconds established, but only one direction was ever seen: picked up in mid-stream, or a half
 *     flow; 300, so that a sender of lone ACKs cannot fill the table for days
 * @param udpSeconds UDP, one way; 30
 * @param udpStreamSeconds UDP stream; 120
 * @param icmpSeconds ICMP echo; 30
 * @param greSeconds GRE, one way; 30
 * @param greStreamSeconds GRE stream; 180
 * @param sctpSeconds SCTP; 210
 * @param otherSeconds every other protocol; 600
 */
public record ConntrackTimeouts(
        int tcpSynSentSeconds,
        int tcpSynRecvSeconds,
        int tcpEstablishedSeconds,
        int tcpFinWaitSeconds,
        int tcpCloseWaitSeconds,
        int tcpLastAckSeconds,
        int tcpTimeWaitSeconds,
        int tcpCloseSeconds,
        int tcpUnacknowledgedSeconds,
        int udpSeconds,
        int udpStreamSeconds,
        int icmpSeconds,
        int greSeconds,
        int greStreamSeconds,
        int sctpSeconds,
        int otherSeconds) {
    /** The longest timeout, as Linux bounds it: 2^31 milliseconds in whole seconds. */
    public static final int MAX_SECONDS = 2_147_483;

    /** The defaults that each component states. */
    public static final ConntrackTimeouts DEFAULTS = new ConntrackTimeouts(
            120, 60, 432_000, 120, 60, 30, 120, 10, 300, /* others */ 30, 120, 30, 30, 180, 210, 600);

    private static final long NS_PER_SECOND = 1_000_000_000L;

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException if one is below 1 or above {@link #MAX_SECONDS}; the message names it
     */
    public ConntrackTimeouts {
        check("tcpSynSentSeconds", tcpSynSentSeconds);
        check("tcpSynRecvSeconds", tcpSynRecvSeconds);
        check("tcpEstablishedSeconds", tcpEstablishedSeconds);
        check("tcpFinWaitSeconds", tcpFinWaitSeconds);
        check("tcpCloseWaitSeconds", tcpCloseWaitSeconds);
        check("tcpLastAckSeconds", tcpLastAckSeconds);
        check("tcpTimeWaitSeconds", tcpTimeWaitSeconds);
        check("tcpCloseSeconds", tcpCloseSeconds);
        check("tcpUnacknowledgedSeconds", tcpUnacknowledgedSeconds);
        check("udpSeconds", udpSeconds);
        check("udpStreamSeconds", udpStreamSeconds);
        check("icmpSeconds", icmpSeconds);
        check("greSeconds", greSeconds);
        check("greStreamSeconds", greStreamSeconds);
        check("sctpSeconds", sctpSeconds);
        check("otherSeconds", otherSeconds);
    }

    /**
     * The timeout of a TCP state.
     *
     * @param state where the connection stands
     * @param replied whether both directions were seen
     * @return nanoseconds
     */
    long tcpNs(final TcpState state, final boolean replied) {
        final int seconds =
                switch (state) {
                    case NEW, SYN_SENT, SYN_SENT2 -> tcpSynSentSeconds;
                    case SYN_RECV -> tcpSynRecvSeconds;
                    case ESTABLISHED -> replied ? tcpEstablishedSeconds : tcpUnacknowledgedSeconds;
                    case FIN_WAIT -> tcpFinWaitSeconds;
                    case CLOSE_WAIT -> tcpCloseWaitSeconds;
                    case LAST_ACK -> tcpLastAckSeconds;
                    case TIME_WAIT -> tcpTimeWaitSeconds;
                    case CLOSE -> tcpCloseSeconds;
                };
        return seconds * NS_PER_SECOND;
    }

    /**
     * The timeout of a protocol that has no states of its own here.
     *
     * @param protocol IP protocol number, anything but TCP
     * @param replied whether both directions were seen
     * @return nanoseconds
     */
    long otherNs(final int protocol, final boolean replied) {
        final int seconds =
                switch (protocol) {
                    case TupleKey.UDP -> replied ? udpStreamSeconds : udpSeconds;
                    case TupleKey.GRE -> replied ? greStreamSeconds : greSeconds;
                    case TupleKey.ICMP, TupleKey.ICMPV6 -> icmpSeconds;
                    case TupleKey.SCTP -> sctpSeconds;
                    default -> otherSeconds;
                };
        return seconds * NS_PER_SECOND;
    }

    private static void check(final String name, final int seconds) {
        if (seconds < 1 || seconds > MAX_SECONDS) {
            throw new IllegalArgumentException(name + " must be 1 to " + MAX_SECONDS + ", " + name + "=" + seconds);
        }
    }
}
