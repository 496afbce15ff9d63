package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Paths through the states. A path is a list of segments: {@code >} original or {@code <} reply direction, then S SYN,
 * A ACK, F FIN, R RST, P PSH, - none.
 */
class TcpStateTest {
    private static final long ADDRESSES = TupleKey.addresses(0x0A00010B, 0xC633640A);
    private static final long PORTS = TupleKey.ports(1, TupleKey.TCP, 40_000, 80);
    private static final long SECOND = 1_000_000_000L;

    private final ConntrackTable table = new ConntrackTable(16, 1, ConntrackTimeouts.DEFAULTS);
    private long nowNs = 5 * SECOND;

    @ParameterizedTest(name = "{0} then {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                ">S             | <SA | true",
                ">S             | >S  | true", // a SYN, whatever it does
                ">S <SA         | >A  | true",
                ">S <SA >A      | >AP | false",
                ">S <SA >A      | <A  | false",
                ">S <SA >A      | <-  | false",
                ">S <SA >A      | <FA | true",
                ">S <SA >A      | >R  | true",
                ">S <SA >A >FA  | >A  | false",
                ">S <SA >A >FA  | <A  | true",
                ">A             | >A  | false",
                ">A             | <A  | true" // the first of its direction
            })
    void shouldTellWhatWouldChangeAConnection(final String path, final String next, final boolean isChange) {
        final int reference = open(path);
        assertEquals(isChange, table.isChangedBy(reference | (next.charAt(0) == '<' ? 1 : 0), flags(next)));
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                // Opening.
                ">S                                | SYN_SENT    | 120",
                ">S >S                             | SYN_SENT    | 120",
                ">S <SA                            | SYN_RECV    | 60",
                ">S <SA <SA                        | SYN_RECV    | 60",
                ">S <SA >S                         | SYN_RECV    | 60",
                ">S <SA >A                         | ESTABLISHED | 432000",
                ">S <SA >AP <A                     | ESTABLISHED | 432000",
                ">S <A                             | SYN_SENT    | 120",
                ">S <RA                            | CLOSE       | 10",
                ">S <SA >R                         | CLOSE       | 10",
                // Simultaneous open.
                ">S <S                             | SYN_SENT2   | 120",
                ">S <S >S                          | SYN_SENT2   | 120",
                ">S <S >SA                         | SYN_RECV    | 60",
                ">S <S <SA >SA                     | ESTABLISHED | 432000",
                ">S <S >SA <SA >A                  | ESTABLISHED | 432000",
                // The opener closes.
                ">S <SA >A >FA                     | FIN_WAIT    | 120",
                ">S <SA >A >FA >FA                 | FIN_WAIT    | 120",
                ">S <SA >A >FA >A                  | FIN_WAIT    | 120",
                ">S <SA >A >FA <A                  | CLOSE_WAIT  | 60",
                ">S <SA >A >FA <A <AP >A           | CLOSE_WAIT  | 60",
                ">S <SA >A >FA <A >FA              | CLOSE_WAIT  | 60",
                ">S <SA >A >FA <A <FA              | LAST_ACK    | 30",
                ">S <SA >A >FA <A <FA <FA          | LAST_ACK    | 30",
                ">S <SA >A >FA <A <FA >A           | TIME_WAIT   | 120",
                ">S <SA >A >FA <FA                 | LAST_ACK    | 30",
                ">S <SA >A >FA <FA >A              | TIME_WAIT   | 120",
                ">S <SA >A >FA <FA >A <FA >A       | TIME_WAIT   | 120",
                // The other side closes.
                ">S <SA >A <FA                     | FIN_WAIT    | 120",
                ">S <SA >A <FA <FA                 | FIN_WAIT    | 120",
                ">S <SA >A <FA >A                  | CLOSE_WAIT  | 60",
                ">S <SA >A <FA >A >FA              | LAST_ACK    | 30",
                ">S <SA >A <FA >A >FA <A           | TIME_WAIT   | 120",
                // Both close at once.
                ">S <SA >A >FA <FA <A              | LAST_ACK    | 30",
                ">S <SA >A >FA <FA <A >A           | TIME_WAIT   | 120",
                // Reset in every state.
                ">S <SA >A <R                      | CLOSE       | 10",
                ">S <SA >A >FA <RA                 | CLOSE       | 10",
                ">S <SA >A >FA <A <R               | CLOSE       | 10",
                ">S <SA >A >FA <FA >R              | CLOSE       | 10",
                ">S <SA >A >FA <FA >A <R           | CLOSE       | 10",
                ">S <SA >A <R >A                   | CLOSE       | 10",
                // The ports are used again.
                ">S <SA >A <R >S                   | SYN_SENT    | 120",
                ">S <SA >A <R >S <SA >A            | ESTABLISHED | 432000",
                ">S <SA >A >FA <FA >A >S           | SYN_SENT    | 120",
                ">S <SA >A >FA <FA >A <S           | SYN_SENT    | 120",
                ">S <SA >A >FA <FA >A <S >SA       | SYN_RECV    | 60",
                ">S <SA >A >FA <FA >A <S >SA <A    | ESTABLISHED | 432000",
                // Picked up in mid-stream, half flows.
                ">A                                | ESTABLISHED | 300",
                ">AP >A                            | ESTABLISHED | 300",
                ">A <A                             | ESTABLISHED | 432000",
                ">FA                               | FIN_WAIT    | 120",
                ">FA <FA >A                        | TIME_WAIT   | 120",
                ">R                                | CLOSE       | 10",
                ">SA                               | SYN_RECV    | 60",
                ">SA >A                            | ESTABLISHED | 300",
                ">S >A                             | ESTABLISHED | 300",
                ">SA <A >A                         | ESTABLISHED | 432000",
                // Flags that mean nothing.
                ">-                                | NEW         | 120",
                ">S <SA >A <-                      | ESTABLISHED | 432000",
            })
    void shouldReachStateAndTimeout(final String path, final TcpState state, final long seconds) {
        final int reference = open(path);
        assertEquals(state, table.tcpState(reference));
        assertEquals(nowNs + seconds * SECOND, table.expiresAtNs(reference));
    }

    @Test
    void shouldStartTheTimeoutAgainWithEachDataSegment() {
        final int reference = established();
        nowNs += 400_000 * SECOND;
        table.packet(reference | 1, TcpState.ACK, nowNs);
        assertEquals(nowNs + 432_000 * SECOND, table.expiresAtNs(reference));
    }

    @Test
    void shouldNotProlongAConnectionBySegmentsItIgnores() {
        final int reference = established();
        final long before = table.expiresAtNs(reference);
        nowNs += SECOND;
        for (final int flags : List.of(TcpState.SYN, TcpState.SYN | TcpState.ACK, 0, 0x08)) {
            table.packet(reference, flags, nowNs);
            table.packet(reference | 1, flags, nowNs);
        }
        assertEquals(TcpState.ESTABLISHED, table.tcpState(reference));
        assertEquals(before, table.expiresAtNs(reference));
    }

    @Test
    void shouldForgetTheAnswersOfTheConnectionBeforeWhenPortsAreUsedAgain() {
        final int reference = established();
        table.packet(reference | 1, TcpState.RST, nowNs);
        nowNs += SECOND;
        table.packet(reference, TcpState.SYN, nowNs);
        assertFalse(table.isReplied(reference));
        assertEquals(nowNs, table.createdNs(reference));
    }

    @Test
    void shouldKeepTheBeginningWhenTheFirstSynIsSentAgain() {
        final long beganNs = nowNs;
        final int reference = table.open(
                ADDRESSES, PORTS, TupleKey.inverseAddresses(ADDRESSES), TupleKey.inversePorts(PORTS), 0, nowNs);
        table.packet(reference, TcpState.SYN, nowNs);
        nowNs += SECOND;
        table.packet(reference, TcpState.SYN, nowNs);
        assertEquals(beganNs, table.createdNs(reference));
        assertEquals(nowNs + 120 * SECOND, table.expiresAtNs(reference));
    }

    private int open(final String path) {
        final int reference = table.open(
                ADDRESSES, PORTS, TupleKey.inverseAddresses(ADDRESSES), TupleKey.inversePorts(PORTS), 0, nowNs);
        for (final String segment : path.split(" ", -1)) {
            table.packet(reference | (segment.charAt(0) == '<' ? 1 : 0), flags(segment), nowNs);
        }
        return reference;
    }

    private int established() {
        final int reference = table.open(
                ADDRESSES, PORTS, TupleKey.inverseAddresses(ADDRESSES), TupleKey.inversePorts(PORTS), 0, nowNs);
        table.packet(reference, TcpState.SYN, nowNs);
        table.packet(reference | 1, TcpState.SYN | TcpState.ACK, nowNs);
        table.packet(reference, TcpState.ACK, nowNs);
        return reference;
    }

    private static int flags(final String segment) {
        int flags = 0;
        for (int i = 1; i < segment.length(); i++) {
            flags |= switch (segment.charAt(i)) {
                case 'S' -> TcpState.SYN;
                case 'A' -> TcpState.ACK;
                case 'F' -> TcpState.FIN;
                case 'R' -> TcpState.RST;
                case 'P' -> 0x08;
                case '-' -> 0;
                default -> throw new IllegalArgumentException(segment);
            };
        }
        return flags;
    }
}
