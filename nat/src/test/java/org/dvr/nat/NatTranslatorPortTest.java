package org.dvr.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.conntrack.TcpState;
import org.dvr.nat.policy.PortRange;
import org.dvr.nat.policy.PortShortages;
import org.dvr.nat.policy.SourcePort;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The choice of source ports and ICMP identifiers behind a shared address. */
class NatTranslatorPortTest {
    private static final int ZONE = 7;
    private static final int GUEST = 0x0A00010B; // 10.0.1.11
    private static final int GATEWAY = 0xCB007132; // 203.0.113.50
    private static final int REMOTE = 0xC633640A; // 198.51.100.10
    private static final long SECOND = 1_000_000_000L;

    private ConntrackTable table = new ConntrackTable(70_000, 1, ConntrackTimeouts.DEFAULTS);
    private NatTranslator translator = new NatTranslator(table, PortRange.UNPRIVILEGED);
    private long nowNs;

    /** What an answer from outside is known by. */
    private record Answer(int protocol, int external, int externalPort, int remote, int remotePort) {}

    /** What leaves, and the answer that is its own. */
    private record Flow(long addresses, long ports, Answer answer) {}

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void shouldNeverGiveTwoConnectionsTheSameAnswers(final long seed) {
        final Random random = new Random(seed);
        table = new ConntrackTable(30_000, seed, ConntrackTimeouts.DEFAULTS);
        translator = new NatTranslator(table, new PortRange(1_024, 4_095));
        final int[] protocols = {TupleKey.TCP, TupleKey.UDP, TupleKey.ICMP};
        final Map<Answer, Flow> live = new HashMap<>();
        int exhausted = 0;
        for (int i = 0; i < 60_000; i++) {
            final int protocol = protocols[random.nextInt(protocols.length)];
            final int sourcePort = random.nextInt(2_000);
            final long addresses = TupleKey.addresses(GUEST + random.nextInt(50), REMOTE + random.nextInt(2));
            final long ports = TupleKey.ports(ZONE, protocol, sourcePort, protocol == TupleKey.ICMP ? sourcePort : 80);
            if (translator.lookup(addresses, ports, nowNs) >= 0) {
                continue;
            }
            final int reference =
                    open(addresses, ports, random.nextBoolean() ? SourcePort.RANDOM : SourcePort.KEEP_IF_FREE);
            if (reference == NatTranslator.PORTS_EXHAUSTED) {
                exhausted++;
                if (exhausted % 64 == 1) { // counting takes a while
                    assertEquals(
                            3_072, countOf(live, protocol, TupleKey.destination(addresses)), "refused with ports left");
                }
            } else {
                final Flow flow = new Flow(addresses, ports, answerOf(reference));
                assertNull(live.put(flow.answer, flow));
                assertEquals(GATEWAY, flow.answer.external);
            }
            if (i % 3 == 0) {
                final Flow gone = live.values().iterator().next();
                assertTrue(table.remove(translator.lookup(gone.addresses, gone.ports, nowNs)));
                live.remove(gone.answer);
            }
        }
        assertTrue(live.size() > 15_000, "live=" + live.size());
        assertEquals(live.size(), table.active());
        assertEquals(exhausted, translator.exhaustedCount());
        assertTrue(exhausted > 1_000, "exhausted=" + exhausted);
        for (final Flow flow : live.values()) {
            assertDelivered(flow);
        }
    }

    @ParameterizedTest(name = "protocol {0}")
    @ValueSource(ints = {TupleKey.TCP, TupleKey.UDP, TupleKey.ICMP})
    void shouldChooseAnotherPortForTheNextConnectionOfATuple(final int protocol) {
        final long ports = TupleKey.ports(ZONE, protocol, 40_000, protocol == TupleKey.ICMP ? 40_000 : 80);
        final BitSet chosen = new BitSet();
        for (int i = 0; i < 10_000; i++) {
            final int reference = open(TupleKey.addresses(GUEST, REMOTE), ports, SourcePort.RANDOM);
            final int port = TupleKey.sourcePort(translator.translatedPorts(reference));
            assertTrue(port >= 1_024, "port=" + port);
            chosen.set(port);
            table.remove(reference);
        }
        // 10,000 of 64,512 with repetition: 9,264 different ones are expected, standard deviation 25.
        assertTrue(chosen.cardinality() > 9_100, "different=" + chosen.cardinality());
        assertTrue(chosen.length() > 65_000 && chosen.nextSetBit(0) < 1_600);
    }

    @Test
    void shouldChooseTheSamePortsForASeedAndOthersForAnother() {
        final List<Integer> first = choices(1);
        assertEquals(first, choices(1));
        final List<Integer> other = choices(2);
        assertNotEquals(first, other);
        int equal = 0;
        for (int i = 0; i < first.size(); i++) {
            equal += first.get(i).equals(other.get(i)) ? 1 : 0;
        }
        assertTrue(equal < 5, "equal=" + equal);
    }

    @ParameterizedTest(name = "protocol {0}")
    @ValueSource(ints = {TupleKey.TCP, TupleKey.UDP, TupleKey.ICMP})
    void shouldRefuseExactlyWhenAllPortsOfASmallRangeAreTaken(final int protocol) {
        translator = new NatTranslator(table, new PortRange(2_000, 2_099));
        final BitSet chosen = new BitSet();
        for (int i = 0; i < 100; i++) {
            chosen.set(answerOf(openNumbered(protocol, i, 0)).externalPort);
        }
        assertEquals(100, chosen.cardinality());
        assertEquals(2_000, chosen.nextSetBit(0));
        assertEquals(2_100, chosen.length());
        for (int i = 100; i < 110; i++) {
            assertEquals(NatTranslator.PORTS_EXHAUSTED, openNumbered(protocol, i, 0));
        }
        assertEquals(10, translator.exhaustedCount());
        assertEquals(100, table.active());
        assertTrue(openNumbered(protocol, 100, 1) >= 0, "another destination has all its ports");
        // The only free port is found.
        final int gone = translator.lookup(addresses(17, 0), ports(protocol, 17), nowNs);
        final int port = answerOf(gone).externalPort;
        table.remove(gone);
        assertEquals(port, answerOf(openNumbered(protocol, 100, 0)).externalPort);
        assertEquals(NatTranslator.PORTS_EXHAUSTED, openNumbered(protocol, 101, 0));
    }

    @ParameterizedTest(name = "protocol {0}")
    @ValueSource(ints = {TupleKey.TCP, TupleKey.UDP, TupleKey.ICMP})
    void shouldRefuseExactlyWhenAllPortsOfALargeRangeAreTaken(final int protocol) {
        int count = 0;
        while (openNumbered(protocol, count, 0) >= 0) {
            count++;
        }
        assertEquals(64_512, count);
        assertEquals(1, translator.exhaustedCount());
        assertEquals(1, translator.shortages().refusedCount(0));
        assertEquals(GATEWAY, translator.shortages().address(0));
        assertTrue(openNumbered(protocol, count, 1) >= 0, "another destination has all its ports");
        for (int i = 0; i < 200; i++) { // what is known of the pool stays right
            final int gone = translator.lookup(addresses(i * 300, 0), ports(protocol, i * 300), nowNs);
            final int port = answerOf(gone).externalPort;
            table.remove(gone);
            assertEquals(port, answerOf(openNumbered(protocol, count + i, 0)).externalPort);
            assertEquals(NatTranslator.PORTS_EXHAUSTED, openNumbered(protocol, count + i + 1, 0));
        }
        assertEquals(64_513, table.active());
    }

    @Test
    void shouldFindTheLastPortWhereNoneWasEverChosen() {
        for (int i = 0; i < 64_512; i++) { // kept, each the port of its guest
            if (i != 40_000) {
                assertTrue(openNumbered(i, SourcePort.KEEP) >= 0);
            }
        }
        int opened = NatTranslator.PORTS_EXHAUSTED;
        for (int i = 0; i < 16 && opened < 0; i++) { // each looks at some, all of them have looked at all
            opened = openNumbered(TupleKey.UDP, 1, 0);
        }
        assertEquals(41_024, answerOf(opened).externalPort);
        assertEquals(NatTranslator.PORTS_EXHAUSTED, openNumbered(TupleKey.UDP, 2, 0));
    }

    @Test
    void shouldGiveEachAddressAndEachRouterAllPorts() {
        translator = new NatTranslator(table, new PortRange(2_000, 2_999));
        for (int zone = ZONE; zone < ZONE + 3; zone++) {
            for (int external = GATEWAY; external < GATEWAY + 3; external++) {
                final BitSet chosen = new BitSet();
                for (int i = 0; i < 1_000; i++) {
                    chosen.set(answerOf(openAt(zone, external, i)).externalPort);
                }
                assertEquals(1_000, chosen.cardinality());
                assertEquals(NatTranslator.PORTS_EXHAUSTED, openAt(zone, external, 1_000));
            }
        }
        assertEquals(9_000, table.active());
    }

    @Test
    void shouldFindAnExpiredConnectionAfterABoundedNumberOfRefusals() {
        for (int i = 0; i < 64_512; i++) {
            assertTrue(openNumbered(TupleKey.UDP, i, 0) >= 0);
        }
        nowNs += 20 * SECOND;
        for (int i = 0; i < 64_512; i++) {
            if (i != 123) {
                translator.packet(translator.lookup(addresses(i, 0), ports(TupleKey.UDP, i), nowNs), 0, nowNs);
            }
        }
        nowNs += 10 * SECOND; // nobody sweeps
        int refused = 0;
        while (openNumbered(TupleKey.UDP, 64_512, 0) < 0) {
            refused++;
        }
        assertTrue(refused < 64_512 / 128, "refused=" + refused);
        assertEquals(1, table.expired());
    }

    @Test
    void shouldForgetAPoolThatIsNoLongerCrowded() {
        translator = new NatTranslator(table, new PortRange(2_000, 2_999));
        for (int round = 0; round < 20; round++) {
            for (int remote = 0; remote < 30; remote++) {
                for (int i = 0; i < 1_001; i++) {
                    assertEquals(i < 1_000, openNumbered(TupleKey.UDP, i, remote) >= 0);
                }
            }
            assertEquals(30_000, table.active());
            table.removeIf((connections, reference) -> true);
        }
        assertEquals(20 * 30, translator.exhaustedCount());
    }

    @Test
    void shouldRememberAShortageUntilNothingIsRefusedForAWhile() {
        translator = new NatTranslator(table, new PortRange(2_000, 2_000));
        openAt(ZONE, GATEWAY, 1);
        openAt(ZONE, GATEWAY + 1, 1);
        assertFalse(translator.shortages().isShort(0));
        openAt(ZONE, GATEWAY + 1, 2);
        openAt(ZONE, GATEWAY, 2);
        nowNs += 10 * SECOND;
        openAt(ZONE, GATEWAY, 3);
        assertTrue(translator.shortages().isShort(0) && translator.shortages().isShort(1));
        assertEquals(GATEWAY + 1, translator.shortages().address(0));
        assertEquals(2, translator.shortages().refusedCount(1));
        nowNs += PortShortages.CALM_NS - 10 * SECOND;
        assertTrue(translator.shortages().isOver(0, nowNs));
        assertFalse(translator.shortages().isOver(1, nowNs));
        translator.shortages().forget(0);
        assertFalse(translator.shortages().isShort(0));
        assertEquals(3, translator.exhaustedCount());
    }

    @Test
    void shouldUseAPortAgainTowardsOthersAndInOtherProtocols() {
        translator = new NatTranslator(table, new PortRange(2_000, 2_000));
        assertEquals(2_000, answerOf(openNumbered(TupleKey.UDP, 1, 0)).externalPort);
        assertEquals(2_000, answerOf(openNumbered(TupleKey.UDP, 1, 1)).externalPort);
        assertEquals(2_000, answerOf(openNumbered(TupleKey.TCP, 1, 0)).externalPort);
        assertEquals(2_000, answerOf(openNumbered(TupleKey.ICMP, 1, 0)).externalPort);
        assertEquals(NatTranslator.PORTS_EXHAUSTED, openNumbered(TupleKey.UDP, 2, 0));
    }

    @Test
    void shouldGiveAPortAgainWhenItsConnectionHasExpired() {
        translator = new NatTranslator(table, new PortRange(2_000, 2_000));
        assertTrue(openNumbered(TupleKey.UDP, 1, 0) >= 0);
        nowNs += 30 * SECOND - 1;
        assertEquals(NatTranslator.PORTS_EXHAUSTED, openNumbered(TupleKey.UDP, 2, 0));
        nowNs++;
        assertTrue(openNumbered(TupleKey.UDP, 2, 0) >= 0);
        assertEquals(1, table.expired());
    }

    @Test
    void shouldKeepThePortsOfSctpOrRefuse() {
        final int reference = openNumbered(TupleKey.SCTP, 5, 0);
        assertEquals(5, answerOf(reference).externalPort);
        assertEquals(NatTranslator.CLASH, openNumbered(TupleKey.SCTP, 5 + 1_000, 0));
        assertTrue(openNumbered(TupleKey.SCTP, 6, 0) >= 0);
    }

    private List<Integer> choices(final long seed) {
        table = new ConntrackTable(2_000, seed, ConntrackTimeouts.DEFAULTS);
        translator = new NatTranslator(table, PortRange.UNPRIVILEGED);
        final List<Integer> choices = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            choices.add(answerOf(openNumbered(TupleKey.TCP, i, 0)).externalPort);
        }
        return choices;
    }

    private void assertDelivered(final Flow flow) {
        final Answer answer = flow.answer;
        final int back = translator.lookup(
                TupleKey.addresses(/* source= */ answer.remote, /* destination= */ answer.external),
                TupleKey.ports(ZONE, answer.protocol, answer.remotePort, answer.externalPort),
                nowNs);
        assertTrue(back >= 0);
        assertEquals(TupleKey.inverseAddresses(flow.addresses), translator.translatedAddresses(back));
        assertEquals(TupleKey.inversePorts(flow.ports), translator.translatedPorts(back));
    }

    private Answer answerOf(final int reference) {
        assertTrue(reference >= 0, () -> "reference=" + reference);
        final long addresses = translator.translatedAddresses(reference);
        final long ports = translator.translatedPorts(reference);
        return new Answer(
                TupleKey.protocol(ports),
                TupleKey.source(addresses),
                TupleKey.sourcePort(ports),
                TupleKey.destination(addresses),
                TupleKey.destinationPort(ports));
    }

    /** The connection of a number: a thousand of one guest, each from a port of its own. */
    private int openNumbered(final int protocol, final int number, final int remote) {
        return open(addresses(number, remote), ports(protocol, number), SourcePort.RANDOM);
    }

    /** A connection whose guest has the port of its number, towards one remote address and port. */
    private int openNumbered(final int number, final SourcePort sourcePort) {
        return open(
                TupleKey.addresses(GUEST + number, REMOTE),
                TupleKey.ports(ZONE, TupleKey.UDP, 1_024 + number, 80),
                sourcePort);
    }

    private int openAt(final int zone, final int external, final int number) {
        final long addresses = TupleKey.addresses(GUEST + (external << 16) + number, REMOTE);
        return translator.open(
                addresses,
                TupleKey.ports(zone, TupleKey.UDP, 4_000, 80),
                TupleKey.addresses(external, REMOTE),
                80,
                SourcePort.RANDOM,
                0,
                TupleKey.source(addresses),
                nowNs);
    }

    private static int countOf(final Map<Answer, Flow> live, final int protocol, final int remote) {
        int count = 0;
        for (final Answer answer : live.keySet()) {
            final boolean isOfPool = answer.protocol == protocol && answer.remote == remote;
            count += isOfPool && answer.externalPort >= 1_024 ? 1 : 0; // those below were kept
        }
        return count;
    }

    private static long addresses(final int number, final int remote) {
        return TupleKey.addresses(GUEST + number / 1_000, REMOTE + remote);
    }

    private static long ports(final int protocol, final int number) {
        final int sourcePort = number % 1_000;
        return TupleKey.ports(ZONE, protocol, sourcePort, protocol == TupleKey.ICMP ? sourcePort : 80);
    }

    private int open(final long addresses, final long ports, final SourcePort sourcePort) {
        return translator.open(
                addresses,
                ports,
                TupleKey.addresses(GATEWAY, TupleKey.destination(addresses)),
                TupleKey.destinationPort(ports),
                sourcePort,
                TcpState.SYN,
                TupleKey.source(addresses),
                nowNs);
    }
}
