package org.dvr.nat.conntrack;

import java.util.List;
import org.dvr.nat.tuple.TupleKey;

/**
 * How long a connection is remembered after its last packet, per protocol and state, in seconds. The defaults are those
 * of Linux, which operators of the original expect (dvr.md §7.4).
 *
 * <p>Operators write them by {@link #NAMES}, which are the components' names in the way of Linux: {@code tcp_established}, {@code udp_stream} and so on;
 * values are such as {@code 90}, {@code 90s}, {@code 30m}, {@code 2h4m} or {@code 5d}. {@code icmp} is that of ICMPv6 queries as well.
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
 * @param sctpSeconds SCTP, whatever its state; 210
 * @param otherSeconds every other protocol, ESP among them; 600
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

    /** What operators call the timeouts, in the order of the components. */
    public static final List<String> NAMES = List.of(
            "tcp_syn_sent",
            "tcp_syn_recv",
            "tcp_established",
            "tcp_fin_wait",
            "tcp_close_wait",
            "tcp_last_ack",
            "tcp_time_wait",
            "tcp_close",
            "tcp_unacknowledged",
            "udp",
            "udp_stream",
            "icmp",
            "gre",
            "gre_stream",
            "sctp",
            "other");

    private static final String UNITS = "dhms";
    private static final int[] SECONDS_OF_UNIT = {86_400, 3_600, 60, 1};
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
     * Changes one timeout; cold.
     *
     * @param name one of {@link #NAMES}
     * @param text how long, as {@link #parseSeconds} reads it
     * @return the same with this one changed
     * @throws IllegalArgumentException if the name is unknown, or the text no duration or out of range
     */
    public ConntrackTimeouts with(final String name, final String text) {
        final int index = NAMES.indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException("unknown timeout " + name + ", known are " + String.join(", ", NAMES));
        }
        final int[] seconds = seconds();
        seconds[index] = parseSeconds(text);
        return of(seconds);
    }

    /**
     * Tells one timeout; cold.
     *
     * @param name one of {@link #NAMES}
     * @return seconds
     * @throws IllegalArgumentException if the name is unknown
     */
    public int seconds(final String name) {
        final int index = NAMES.indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException("unknown timeout " + name + ", known are " + String.join(", ", NAMES));
        }
        return seconds()[index];
    }

    /**
     * Reads a duration: a number of seconds, or numbers each with its unit, d, h, m or s, the larger unit first; cold.
     *
     * @param text such as {@code 90}, {@code 90s} or {@code 2h4m}
     * @return seconds, 1 to {@link #MAX_SECONDS}
     * @throws IllegalArgumentException if it cannot be read, or is out of range
     */
    public static int parseSeconds(final String text) {
        long total = 0;
        int nextUnit = 0;
        int position = 0;
        do {
            final int start = position;
            long number = 0;
            while (position < text.length() && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
                number = Math.min(number * 10 + text.charAt(position) - '0', Integer.MAX_VALUE);
                position++;
            }
            final boolean isPlain = start == 0 && position == text.length();
            final int unit = isPlain ? UNITS.length() - 1 : unitAt(text, position);
            if (position == start || unit < nextUnit) {
                throw new IllegalArgumentException("a duration must be such as 90, 90s or 2h4m, not " + text);
            }
            total += number * SECONDS_OF_UNIT[unit];
            nextUnit = unit + 1;
            position++;
        } while (position < text.length());
        if (total < 1 || total > MAX_SECONDS) {
            throw new IllegalArgumentException("a timeout must be 1 s to " + MAX_SECONDS + " s, not " + text);
        }
        return (int) total;
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

    private static int unitAt(final String text, final int position) {
        return position < text.length() ? UNITS.indexOf(text.charAt(position)) : -1;
    }

    private int[] seconds() {
        return new int[] {
            tcpSynSentSeconds,
            tcpSynRecvSeconds,
            tcpEstablishedSeconds,
            tcpFinWaitSeconds,
            tcpCloseWaitSeconds,
            tcpLastAckSeconds,
            tcpTimeWaitSeconds,
            tcpCloseSeconds,
            tcpUnacknowledgedSeconds,
            udpSeconds,
            udpStreamSeconds,
            icmpSeconds,
            greSeconds,
            greStreamSeconds,
            sctpSeconds,
            otherSeconds
        };
    }

    private static ConntrackTimeouts of(final int[] seconds) {
        return new ConntrackTimeouts(
                seconds[0],
                seconds[1],
                seconds[2],
                seconds[3],
                seconds[4],
                seconds[5],
                seconds[6],
                seconds[7],
                seconds[8],
                seconds[9],
                seconds[10],
                seconds[11],
                seconds[12],
                seconds[13],
                seconds[14],
                seconds[15]);
    }

    private static void check(final String name, final int seconds) {
        if (seconds < 1 || seconds > MAX_SECONDS) {
            throw new IllegalArgumentException(name + " must be 1 to " + MAX_SECONDS + ", " + name + "=" + seconds);
        }
    }
}
