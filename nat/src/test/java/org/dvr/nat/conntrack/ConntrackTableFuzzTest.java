package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Random;
import org.dvr.nat.NatTranslator;
import org.dvr.nat.policy.PortRange;
import org.dvr.nat.policy.SourcePort;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;

/**
 * Drives table and translator with any bytes: five per operation, of which the first is the operation. Whatever they
 * are, counts add up, every live connection is found by both tuples, and what one direction translates the other
 * translates back.
 */
class ConntrackTableFuzzTest {
    private static final int OPERATION_LENGTH = 5;
    private static final int MAX_OPERATIONS = 2_000;
    private static final long SECOND = 1_000_000_000L;
    private static final int[] PROTOCOLS = {TupleKey.TCP, TupleKey.UDP, TupleKey.ICMP, TupleKey.GRE};

    @FuzzTest(maxDuration = "60s")
    void shouldKeepItsInvariants(final byte[] input) {
        drive(input);
    }

    @Test
    void shouldKeepItsInvariantsForSeededBytes() {
        for (int seed = 0; seed < 50; seed++) {
            final byte[] input = new byte[OPERATION_LENGTH * 500];
            new Random(seed).nextBytes(input);
            drive(input);
        }
    }

    private static void drive(final byte[] bytes) {
        final ByteBuffer input = ByteBuffer.wrap(bytes);
        final ConntrackLimits limits = bytes.length % 2 == 0 ? ConntrackLimits.DEFAULT : new ConntrackLimits(10, 5);
        final ConntrackTable table = new ConntrackTable(16, bytes.length, ConntrackTimeouts.DEFAULTS, limits);
        final NatTranslator translator = new NatTranslator(table, new PortRange(3, 6));
        long nowNs = 0;
        for (int i = 0; i < MAX_OPERATIONS && input.remaining() >= OPERATION_LENGTH; i++) {
            nowNs = step(translator, input, nowNs);
            assertInvariants(table, nowNs);
        }
        table.expireAll(nowNs + ConntrackTimeouts.MAX_SECONDS * SECOND);
        assertEquals(0, table.active());
        assertEquals(table.created(), table.removed() + table.expired() + table.reclaimed());
        assertFalse(table.isAlarming());
    }

    /** One operation; answers the time after it. Few addresses and ports, so that connections meet. */
    private static long step(final NatTranslator translator, final ByteBuffer input, final long nowNs) {
        final int operation = input.get() & 0x0F;
        final int hosts = input.get();
        final int ports = input.get();
        final int flags = input.get();
        final int rest = input.get();
        final int protocol = PROTOCOLS[rest & 3];
        final int sourcePort = protocol == TupleKey.GRE ? 0 : ports & 7;
        final int destinationPort = protocol == TupleKey.ICMP ? sourcePort : sourcePort == 0 ? 0 : ports >> 3 & 7;
        final long addresses = TupleKey.addresses(hosts & 3, hosts >> 2 & 3);
        final long portsOfTuple = TupleKey.ports(rest >> 2 & 1, protocol, sourcePort, destinationPort);
        final int newAddress = hosts >> 4 & 3;
        switch (operation) {
            case 0, 1, 2, 3, 4, 5 -> forward(translator, addresses, portsOfTuple, newAddress, flags, operation, nowNs);
            case 6 -> translator.expire(nowNs, rest & 0x1F);
            case 7 -> translator.table().remove(2 + (rest & 0x1F));
            case 8 -> translator.flush(rest >> 2 & 1, newAddress, hosts & 3);
            case 9 -> translator.table().expireAll(nowNs);
            case 10 -> {
                return nowNs + (rest & 0xFF) * SECOND;
            }
            default -> forward(translator, addresses, portsOfTuple, newAddress, flags, 3 + (operation & 4), nowNs);
        }
        return nowNs;
    }

    private static void forward(
            final NatTranslator translator,
            final long addresses,
            final long ports,
            final int newAddress,
            final int flags,
            final int kind,
            final long nowNs) {
        int reference = translator.lookup(addresses, ports, nowNs);
        if (reference >= 0) {
            // Numbers of few values, so that some RSTs are believed.
            translator.packet(reference, flags, flags >> 4, newAddress, hosts(addresses), nowNs);
        } else {
            final int owner = newAddress & 1;
            final long leaving = TupleKey.addresses(newAddress, TupleKey.destination(addresses) ^ (kind & 1));
            reference = switch (kind % 4) {
                case 0 -> translator.openSource(addresses, ports, newAddress, flags, owner, nowNs);
                case 1 -> translator.openDestination(addresses, ports, newAddress, flags, owner, nowNs);
                case 2 -> translator.open(addresses, ports, flags, owner, nowNs);
                default ->
                    translator.open(
                            addresses, ports, leaving, forwardedPort(ports), SourcePort.RANDOM, flags, owner, nowNs);
            };
            if (reference >= 0) {
                translator.note(reference, flags, flags >> 4, 0, 0);
            }
        }
        if (reference < 0) {
            return;
        }
        // The answer to what left finds the way back to what came.
        final long outAddresses = translator.translatedAddresses(reference);
        final long outPorts = translator.translatedPorts(reference);
        final int back =
                translator.lookup(TupleKey.inverseAddresses(outAddresses), TupleKey.inversePorts(outPorts), nowNs);
        assertEquals(reference >>> 1, back >>> 1);
        assertEquals(TupleKey.inverseAddresses(addresses), translator.translatedAddresses(back));
        assertEquals(TupleKey.inversePorts(ports), translator.translatedPorts(back));
    }

    private static int hosts(final long addresses) {
        return (int) addresses & 3;
    }

    /** Another destination port, where the protocol has ports that may change. */
    private static int forwardedPort(final long ports) {
        final int protocol = TupleKey.protocol(ports);
        final int port = TupleKey.destinationPort(ports);
        return protocol == TupleKey.TCP || protocol == TupleKey.UDP ? port ^ 1 : port;
    }

    private static void assertInvariants(final ConntrackTable table, final long nowNs) {
        assertEquals(table.created() - table.removed() - table.expired() - table.reclaimed(), table.active());
        assertTrue(table.active() >= 0 && table.active() <= table.capacity());
        final int[] visited = new int[1];
        table.forEach((connections, reference) -> {
            visited[0]++;
            // The moment before it ends: looking must not remove it.
            final long aliveNs = Math.min(nowNs, connections.expiresAtNs(reference) - 1);
            final long addresses = connections.originalAddresses(reference);
            final long ports = connections.originalPorts(reference);
            final long replyAddresses = connections.replyAddresses(reference);
            final long replyPorts = connections.replyPorts(reference);
            final boolean equal = addresses == replyAddresses && ports == replyPorts;
            assertEquals(reference, connections.find(addresses, ports, connections.hash(addresses, ports), aliveNs));
            assertEquals(
                    equal ? reference : reference | 1,
                    connections.find(
                            replyAddresses, replyPorts, connections.hash(replyAddresses, replyPorts), aliveNs));
        });
        assertEquals(table.active(), visited[0]);
    }
}
