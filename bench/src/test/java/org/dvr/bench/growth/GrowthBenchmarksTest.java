package org.dvr.bench.growth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.ToIntFunction;
import org.dvr.bench.traffic.Rig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A few invocations of each, in process; the state's setup compares every byte that leaves. */
final class GrowthBenchmarksTest {
    private static final int INVOCATIONS = 50;

    @ParameterizedTest
    @ValueSource(ints = {1, 200})
    void shouldGoThroughEveryRouter(final int routers) {
        final RoutersBenchmark benchmark = new RoutersBenchmark();
        final RoutersBenchmark.Remembered remembered = new RoutersBenchmark.Remembered();
        remembered.routers = routers;
        run(remembered, benchmark::transit);
        final RoutersBenchmark.Decided decided = new RoutersBenchmark.Decided();
        decided.routers = routers;
        run(decided, benchmark::transitDecided);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5_000})
    void shouldTakeTheLongestPrefix(final int prefixes) {
        final PrefixesBenchmark benchmark = new PrefixesBenchmark();
        final PrefixesBenchmark.Remembered remembered = new PrefixesBenchmark.Remembered();
        remembered.prefixes = prefixes;
        run(remembered, benchmark::transit);
        final PrefixesBenchmark.Decided decided = new PrefixesBenchmark.Decided();
        decided.prefixes = prefixes;
        run(decided, benchmark::transitDecided);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 20_000})
    void shouldReachEveryPort(final int ports) {
        final PortsBenchmark benchmark = new PortsBenchmark();
        final PortsBenchmark.Remembered remembered = new PortsBenchmark.Remembered();
        remembered.ports = ports;
        run(remembered, benchmark::transit);
        final PortsBenchmark.Decided decided = new PortsBenchmark.Decided();
        decided.ports = ports;
        run(decided, benchmark::transitDecided);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3_000})
    void shouldTranslateEveryFloatingIp(final int floatingIps) {
        final FloatingIpsBenchmark benchmark = new FloatingIpsBenchmark();
        final FloatingIpsBenchmark.Remembered remembered = new FloatingIpsBenchmark.Remembered();
        remembered.floatingIps = floatingIps;
        run(remembered, benchmark::inbound);
        final FloatingIpsBenchmark.Decided decided = new FloatingIpsBenchmark.Decided();
        decided.floatingIps = floatingIps;
        run(decided, benchmark::inboundDecided);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_024, 10_048})
    void shouldKnowEveryFlow(final int flows) {
        final FlowsBenchmark.Sized path = new FlowsBenchmark.Sized();
        path.flows = flows;
        run(path, new FlowsBenchmark()::floatingIpOutbound);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 50, 100})
    void shouldOpenAConnectionForEveryFirstPacket(final int percent) {
        final FirstPacketsBenchmark.Sized path = new FirstPacketsBenchmark.Sized();
        path.firstPacketShare = percent;
        run(path, new FirstPacketsBenchmark()::floatingIpOutbound);
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 1_514, 9_000})
    void shouldCarryFramesOfEveryLength(final int frameLength) {
        final FrameLengthBenchmark.Sized path = new FrameLengthBenchmark.Sized();
        path.frameLength = frameLength;
        run(path, new FrameLengthBenchmark()::floatingIpOutbound);
    }

    @Test
    void shouldCarryFramesOfMixedLengths() {
        run(new FrameLengthBenchmark.Mixed(), new FrameLengthBenchmark()::imix);
    }

    private static <P extends GrowthPath> void run(final P path, final ToIntFunction<P> invocation) {
        path.start();
        for (int i = 0; i < INVOCATIONS; i++) {
            assertEquals(Rig.BURST, invocation.applyAsInt(path));
        }
        path.verifyCounters();
    }
}
