package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.dvr.nat.NatTranslator;
import org.dvr.nat.policy.PortRange;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;

/** Nothing on a packet's way allocates: the best of several rounds is exactly 0 bytes. */
class ConntrackTableAllocationTest {
    private static final int ROUNDS = 10;
    private static final int CONNECTIONS = 2_000;
    private static final long SECOND = 1_000_000_000L;

    private final ConntrackTable table = new ConntrackTable(1_024, 1, ConntrackTimeouts.DEFAULTS);
    private final NatTranslator translator = new NatTranslator(table, PortRange.UNPRIVILEGED);
    private long nowNs;
    private long touched;

    @Test
    void shouldAllocateNothingOnAPacketsWay() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertTrue(threads.isThreadAllocatedMemorySupported());
        long best = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            liveAndDie();
            best = Math.min(best, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, best);
        assertTrue(touched != 0);
        assertTrue(table.reclaimed() > 0, "a full table was met");
        assertTrue(table.clashCount() > 0, "a clash was met");
        assertTrue(table.expired() > 0 && table.removed() > 0, "both ends were met");
    }

    private void liveAndDie() {
        for (int i = 0; i < CONNECTIONS; i++) {
            final long addresses = TupleKey.addresses(0x0A000000 + (i & 7), 0xC633640A);
            final int protocol = (i & 1) == 0 ? TupleKey.TCP : TupleKey.UDP;
            // Four guests leave by one address with the same port: three of them are given others.
            final long ports = TupleKey.ports(1, protocol, 40_000 + (i >>> 3), 80);
            final long hash = table.hash(addresses, ports);
            touched += table.touch(hash) + table.touchEntry(hash);
            int reference = translator.lookup(addresses, ports, hash, nowNs);
            if (reference == NatTranslator.MISSING) {
                reference = translator.openSource(addresses, ports, 0xCB007133, TcpState.SYN, i, nowNs);
            }
            if (reference >= 0) {
                translator.packet(reference | 1, TcpState.SYN | TcpState.ACK, nowNs);
                touched += translator.translatedAddresses(reference) ^ translator.translatedPorts(reference);
            }
            if (reference >= 0 && i % 100 == 0) {
                translator.open(addresses, ports, TcpState.ACK, i, nowNs);
                table.remove(reference);
            }
        }
        translator.openDestination(1, TupleKey.ports(1, TupleKey.UDP, 1, 1), 3, 0, 0, nowNs);
        nowNs += 200 * SECOND;
        translator.expire(nowNs, 100);
        table.expireAll(nowNs);
    }
}
