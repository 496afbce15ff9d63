package org.dvr.nat.tuple;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TupleKeyTest {
    private static final int GUEST = 0x0A00010B;
    private static final int REMOTE = 0xC633640A;

    @Test
    void shouldPackEachFieldWhereTheDiagramHasIt() {
        assertEquals(0x0A00010B_C633640AL, TupleKey.addresses(GUEST, REMOTE));
        assertEquals(0xABCDEF_06_9C40_0050L, TupleKey.ports(0xABCDEF, TupleKey.TCP, 40_000, 80));
    }

    @Test
    void shouldReadBackEveryFieldAtItsBounds() {
        final int[] addresses = {0, 1, -1, Integer.MIN_VALUE, GUEST, REMOTE};
        for (final int source : addresses) {
            for (final int destination : addresses) {
                final long packed = TupleKey.addresses(source, destination);
                assertEquals(source, TupleKey.source(packed));
                assertEquals(destination, TupleKey.destination(packed));
            }
        }
        for (final int zone : new int[] {0, 1, 0x800000, TupleKey.MAX_ZONE}) {
            for (final int protocol : new int[] {0, 1, 128, 255}) {
                for (final int port : new int[] {0, 1, 0x8000, 0xFFFF}) {
                    assertPorts(zone, protocol, port, 0xFFFF - port);
                }
            }
        }
    }

    @Test
    void shouldExchangeSourceAndDestinationAndNothingElse() {
        final Random random = new Random(7);
        for (int i = 0; i < 1_000; i++) {
            final long addresses = random.nextLong();
            final long ports = random.nextLong();
            final long inverse = TupleKey.inversePorts(ports);
            assertEquals(TupleKey.source(addresses), TupleKey.destination(TupleKey.inverseAddresses(addresses)));
            assertEquals(TupleKey.destination(addresses), TupleKey.source(TupleKey.inverseAddresses(addresses)));
            assertEquals(TupleKey.sourcePort(ports), TupleKey.destinationPort(inverse));
            assertEquals(TupleKey.destinationPort(ports), TupleKey.sourcePort(inverse));
            assertEquals(TupleKey.zone(ports), TupleKey.zone(inverse));
            assertEquals(TupleKey.protocol(ports), TupleKey.protocol(inverse));
            assertEquals(ports, TupleKey.inversePorts(inverse));
        }
    }

    @Test
    void shouldReplaceBothPortsOnly() {
        final long ports = TupleKey.ports(TupleKey.MAX_ZONE, 255, 1, 2);
        assertEquals(TupleKey.ports(TupleKey.MAX_ZONE, 255, 0xFFFF, 0xFFFE), TupleKey.withPorts(ports, 0xFFFF, 0xFFFE));
    }

    @Test
    void shouldPrintPortsOrIdentifierOrNeither() {
        assertEquals("tcp 10.0.1.11:40000 > 198.51.100.10:80 zone 3", print(TupleKey.TCP, 40_000, 80));
        assertEquals("udp 10.0.1.11:40000 > 198.51.100.10:53 zone 3", print(TupleKey.UDP, 40_000, 53));
        assertEquals("icmp 10.0.1.11 > 198.51.100.10 id 77 zone 3", print(TupleKey.ICMP, 77, 77));
        assertEquals("gre 10.0.1.11 > 198.51.100.10 zone 3", print(TupleKey.GRE, 0, 0));
        assertEquals("sctp 10.0.1.11:7 > 198.51.100.10:9 zone 3", print(TupleKey.SCTP, 7, 9));
        assertEquals("protocol 50 10.0.1.11 > 198.51.100.10 zone 3", print(50, 0, 0));
    }

    private static String print(final int protocol, final int sourcePort, final int destinationPort) {
        final long ports = TupleKey.ports(3, protocol, sourcePort, destinationPort);
        return TupleKey.appendTo(new StringBuilder(), TupleKey.addresses(GUEST, REMOTE), ports)
                .toString();
    }

    private static void assertPorts(
            final int zone, final int protocol, final int sourcePort, final int destinationPort) {
        final long packed = TupleKey.ports(zone, protocol, sourcePort, destinationPort);
        assertEquals(zone, TupleKey.zone(packed));
        assertEquals(protocol, TupleKey.protocol(packed));
        assertEquals(sourcePort, TupleKey.sourcePort(packed));
        assertEquals(destinationPort, TupleKey.destinationPort(packed));
    }
}
