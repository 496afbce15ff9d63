package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.dvr.codec.testing.AllocationGuard;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.pipeline.PipelineConfig;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.worker.Alarms;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.nat.policy.PortRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens when ports, connections or fragments run short: who is told, what is counted, and which lines appear. */
class ShortageTest {
    private static final PortRange FOUR_PORTS = new PortRange(2_000, 2_003);

    private final List<String> lines = new ArrayList<>();

    private static Host host(final Cast cast, final PipelineConfig pipeline) {
        final WorkerConfig config = Host.config();
        return new Host(
                cast,
                new WorkerConfig(
                        config.frameCount(),
                        config.frameCapacity(),
                        config.burstCapacity(),
                        config.announcesAtStart(),
                        pipeline));
    }

    private static PipelineConfig pipeline() {
        return Host.config().pipeline();
    }

    private static byte[] numbered(final TestFrames from, final boolean isEcho, final int number) {
        return isEcho
                ? from.icmpEcho(number, 1).payload(8).build()
                : from.udp(number, 5_000).payload(8).build();
    }

    private List<String> check(final Alarms alarms, final Host host) {
        lines.clear();
        alarms.check(host.nowNs(), lines::add);
        return List.copyOf(lines);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTellAGuestWhoseRouterHasNoPortLeft(final boolean isEcho) {
        final Host host = host(CentralWalkTest.allInOne(), pipeline().withPorts(FOUR_PORTS));
        for (int i = 0; i < 4; i++) {
            assertEquals(
                    PROVIDER,
                    host.sendForOne(TAP_A3, numbered(ethernet(MA3, GA).ipv4(A3, X), isEcho, i))
                            .attachment());
        }
        final Host.Sent told =
                host.sendForOne(TAP_A3, numbered(ethernet(MA3, GA).ipv4(A3, X), isEcho, 4));
        assertEquals(TAP_A3, told.attachment());
        told.frame()
                .hasSourceIp(CSNAT_A)
                .hasDestinationIp(A3)
                .isIcmp(IcmpHeader.UNREACHABLE, IcmpHeader.ADMIN_PROHIBITED);
        assertEquals(Map.of(DropReason.NAT_PORTS_EXHAUSTED, 1L), host.drops());
        // Another destination has its own, and so has the floating IP of another guest.
        host.sendForOne(TAP_A3, numbered(ethernet(MA3, GA).ipv4(A3, "8.8.4.4"), isEcho, 4));
        host.sendForOne(TAP_A1, numbered(ethernet(MA1, GA).ipv4(A1, X), isEcho, 4))
                .frame()
                .hasSourceIp(FIP_A1);
    }

    @Test
    void shouldTellAGuestWhoseFloatingIpHasNoPortLeft() {
        final Host host = host(
                compute1(),
                pipeline().withPorts(FOUR_PORTS).withOptions(StageOptions.DEFAULT.withRandomFloatingIpPorts(true)));
        for (int i = 0; i < 4; i++) {
            host.sendForOne(TAP_A1, numbered(ethernet(MA1, GA).ipv4(A1, X), false, i));
        }
        final Host.Sent told =
                host.sendForOne(TAP_A1, numbered(ethernet(MA1, GA).ipv4(A1, X), false, 4));
        assertEquals(TAP_A1, told.attachment());
        told.frame().hasSourceIp(QR_A).hasDestinationIp(A1).isIcmp(IcmpHeader.UNREACHABLE, IcmpHeader.ADMIN_PROHIBITED);
        assertEquals(Map.of(DropReason.NAT_PORTS_EXHAUSTED, 1L), host.drops());
    }

    @Test
    void shouldTellAStrangerWhoseConnectionFindsNoRoom() {
        final Host host = new Host(compute1(), Host.configWithConnections(1));
        host.sendForOne(TAP_A1, numbered(ethernet(MA1, GA).ipv4(A1, X), false, 4_000));
        host.sendForOne(
                PROVIDER, ethernet(U, F1).ipv4(X, FIP_A1).udp(5_000, 4_000).build());
        final Host.Sent told = host.sendForOne(
                PROVIDER, ethernet(U, F1).ipv4(X, FIP_A1).udp(7_000, 7_000).build());
        assertEquals(PROVIDER, told.attachment());
        told.frame()
                .hasSourceIp(FIP_A1)
                .hasDestinationIp(X)
                .isIcmp(IcmpHeader.UNREACHABLE, IcmpHeader.ADMIN_PROHIBITED);
    }

    @Test
    void shouldLimitWhatItTells() {
        final Host host = host(CentralWalkTest.allInOne(), pipeline().withPorts(FOUR_PORTS));
        int told = 0;
        for (int i = 0; i < 204; i++) {
            final List<Host.Sent> sent =
                    host.send(TAP_A3, numbered(ethernet(MA3, GA).ipv4(A3, X), false, i));
            assertTrue(sent.stream().allMatch(one -> one.frame() != null));
            for (final Host.Sent one : sent) {
                told += one.attachment().equals(TAP_A3) ? 1 : 0;
            }
        }
        assertEquals(50, told);
        assertEquals(200, host.counters().drops(DropReason.NAT_PORTS_EXHAUSTED));
    }

    @Test
    void shouldSayOnceThatPortsRunOutAndOnceThatTheyDoNot() {
        final Host host = host(CentralWalkTest.allInOne(), pipeline().withPorts(FOUR_PORTS));
        final Alarms alarms = new Alarms(host.worker());
        for (int i = 0; i < 4; i++) {
            host.send(TAP_A3, numbered(ethernet(MA3, GA).ipv4(A3, X), false, i));
            assertEquals(List.of(), check(alarms, host));
        }
        host.send(TAP_A3, numbered(ethernet(MA3, GA).ipv4(A3, X), false, 4));
        assertEquals(
                List.of("alarm: source ports run out on " + QG + ": a new connection was refused, more are while its"
                        + " destination has no port left"),
                check(alarms, host));
        host.advance(29 * Host.SECOND);
        host.send(TAP_A3, numbered(ethernet(MA3, GA).ipv4(A3, X), false, 5));
        assertEquals(List.of(), check(alarms, host));
        host.advance(59 * Host.SECOND);
        assertEquals(List.of(), check(alarms, host));
        host.advance(Host.SECOND);
        assertEquals(
                List.of("over: source ports of " + QG + " suffice again: 2 connections were refused"),
                check(alarms, host));
        assertEquals(List.of(), check(alarms, host));
        assertEquals(1, alarms.portAlarms());
    }

    @Test
    void shouldSayOnceThatTheConnectionTableRunsFull() {
        final Host host = host(compute1(), pipeline().withConnectionCapacity(100));
        final Alarms alarms = new Alarms(host.worker());
        final List<String> told = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            host.send(TAP_A1, numbered(ethernet(MA1, GA).ipv4(A1, X), false, 2_000 + i));
            told.addAll(check(alarms, host));
        }
        assertEquals(
                List.of(
                        "alarm: the connection table runs full: 80 of 100 connections (80 %); when it is full, each new one"
                                + " takes the place of an old one"),
                told);
        host.worker().connections().removeIf((table, reference) -> table.active() > 70);
        assertEquals(List.of(), check(alarms, host));
        host.worker().connections().removeIf((table, reference) -> table.active() > 69);
        assertEquals(
                List.of("over: the connection table has room again: 69 of 100 connections (69 %)"),
                check(alarms, host));
        assertEquals(1, alarms.connectionAlarms());
    }

    @Test
    void shouldSayOnceThatTheFragmentTableRunsFull() {
        final Host host = new Host(compute1());
        final Alarms alarms = new Alarms(host.worker());
        final List<String> told = new ArrayList<>();
        for (int id = 0; id < 200; id++) {
            final byte[] whole = ethernet(MA1, GA)
                    .ipv4(A1, X)
                    .id(id)
                    .udp(4_000, 5_000)
                    .payload(200)
                    .build();
            host.send(TAP_A1, TestFrames.fragments(whole, 120).getFirst());
            told.addAll(check(alarms, host));
        }
        assertEquals(
                List.of(
                        "alarm: the fragment table runs full: packets are forgotten before all of their fragments have come"),
                told);
        host.advance(60 * Host.SECOND);
        assertEquals(1, check(alarms, host).size());
        assertTrue(lines.getFirst().startsWith("over: the fragment table has room again: "), lines.getFirst());
        assertEquals(1, alarms.fragmentAlarms());
    }

    @Test
    void shouldAllocateNothingWhileNothingBeginsOrEnds() {
        final Host host = new Host(compute1());
        final Alarms alarms = new Alarms(host.worker());
        final Consumer<String> taker = lines::add;
        AllocationGuard.assertAllocatesNothing(10_000, () -> alarms.check(host.nowNs(), taker));
        assertEquals(List.of(), lines);
    }
}
