package org.dvr.dataplane.walk;

import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.worker.WorkerConfig;
import org.junit.jupiter.api.Test;

/** dvr.md §8.2: gratuitous ARP. */
class AnnouncementTest {
    private static Cast with(final String... floatingIps) {
        return compute1().withoutFloatingIps().also(parts -> {
            for (final String one : floatingIps) {
                final boolean isA = one.equals(FIP_A1);
                parts.builder.floatingIp(
                        parts.router, ip(one), ip(isA ? A1 : B1), ip(UPSTREAM), parts.ports.get(isA ? TAP_A1 : TAP_B1));
            }
        });
    }

    private static void assertRound(final List<Host.Sent> sent, final int at, final String address, final long timeNs) {
        final Host.Sent request = sent.get(at);
        final Host.Sent reply = sent.get(at + 1);
        for (final Host.Sent one : List.of(request, reply)) {
            assertEquals(PROVIDER, one.attachment());
            assertEquals(42, one.bytes().length);
            assertEquals(timeNs, one.timeNs());
            one.frame().hasSourceMac(F1).hasDestinationMac(BROADCAST).hasSenderMac(F1);
            one.frame().hasSenderIp(address).hasTargetIp(address);
        }
        request.frame().isArpRequest().hasTargetMac(BROADCAST);
        reply.frame().isArpReply().hasTargetMac(F1);
    }

    @Test
    void shouldAnnounceANewFloatingIpThreeTimes() {
        final Host host = new Host(with());
        final long start = host.nowNs();

        final List<Host.Sent> sent = new ArrayList<>(host.topology(with(FIP_A1).version(2)));
        sent.addAll(host.advance(20 * Host.SECOND));

        assertEquals(6, sent.size());
        assertRound(sent, 0, FIP_A1, start);
        assertRound(sent, 2, FIP_A1, start + 2 * Host.SECOND);
        assertRound(sent, 4, FIP_A1, start + 4 * Host.SECOND);
        assertEquals(6, host.counters().generatedCount());
    }

    @Test
    void shouldStopWhenTheAddressGoes() {
        final Host host = new Host(with());
        host.topology(with(FIP_A1).version(2));
        host.advance(Host.SECOND);
        host.topology(with().version(3));
        assertTrue(host.advance(20 * Host.SECOND).isEmpty());
    }

    @Test
    void shouldAnnounceEachAddressInItsOwnTime() {
        final Host host = new Host(with());
        final long start = host.nowNs();
        host.topology(with(FIP_A1).version(2));
        host.advance(Host.SECOND);

        final List<Host.Sent> sent =
                new ArrayList<>(host.topology(with(FIP_A1, FIP_B1).version(3)));
        assertEquals(2, sent.size());
        assertRound(sent, 0, FIP_B1, start + Host.SECOND);
        sent.addAll(host.advance(20 * Host.SECOND));

        assertEquals(10, sent.size());
        assertRound(sent, 2, FIP_A1, start + 2 * Host.SECOND);
        assertRound(sent, 4, FIP_B1, start + 3 * Host.SECOND);
        assertRound(sent, 6, FIP_A1, start + 4 * Host.SECOND);
        assertRound(sent, 8, FIP_B1, start + 5 * Host.SECOND);
    }

    @Test
    void shouldNotAnnounceWhatWasThereBefore() {
        final Host host = new Host(with(FIP_A1));
        assertTrue(host.topology(with(FIP_A1).version(2)).isEmpty());
        assertTrue(host.advance(20 * Host.SECOND).isEmpty());
    }

    @Test
    void shouldAnnounceEverythingAtAStartWhenAsked() {
        final WorkerConfig config = Host.config();
        final Host host = new Host(
                compute1(),
                new WorkerConfig(
                        config.frameCount(), config.frameCapacity(), config.burstCapacity(), true, config.pipeline()));
        final long start = host.nowNs();

        final List<Host.Sent> sent = host.advance(20 * Host.SECOND);

        assertEquals(3 * 3 * 2, sent.size());
        assertRound(sent, 0, FG1, start);
        assertRound(sent, 2, FIP_A1, start);
        assertRound(sent, 4, FIP_B1, start);
        assertRound(sent, 6, FG1, start + 2 * Host.SECOND);
    }

    @Test
    void shouldAnnounceANewFgAddress() {
        final Host host = new Host(compute1().withoutFg());
        final List<Host.Sent> sent = host.topology(compute1().version(2));
        assertEquals(2, sent.size());
        assertRound(sent, 0, FG1, host.nowNs());
    }

    @Test
    void shouldTagAnnouncementsOnAVlan() {
        final Host host = new Host(with().externalVlan(300));
        final List<Host.Sent> sent =
                host.topology(with(FIP_A1).externalVlan(300).version(2));
        assertEquals(2, sent.size());
        sent.get(0).frame().hasVlan(300).isArpRequest().hasSenderIp(FIP_A1);
        sent.get(1).frame().hasVlan(300).isArpReply().hasSenderIp(FIP_A1);
    }

    @Test
    void shouldAnnounceAFloatingIpOnceItsFirstPortIsForwarded() {
        final Host host = new Host(with());
        final Cast one =
                with().also(parts -> parts.builder.portForwarding(parts.router, 6, ip(FIP_A1), 80, ip(A1), 8080));
        final Cast two = with().also(parts -> {
            parts.builder.portForwarding(parts.router, 6, ip(FIP_A1), 80, ip(A1), 8080);
            parts.builder.portForwarding(parts.router, 6, ip(FIP_A1), 81, ip(A1), 8081);
        });

        final List<Host.Sent> sent = new ArrayList<>(host.topology(one.version(2)));
        sent.addAll(host.advance(20 * Host.SECOND));
        assertEquals(6, sent.size());
        assertRound(sent, 0, FIP_A1, sent.get(0).timeNs());

        assertTrue(host.topology(two.version(3)).isEmpty());
        assertTrue(host.advance(20 * Host.SECOND).isEmpty());
    }
}
