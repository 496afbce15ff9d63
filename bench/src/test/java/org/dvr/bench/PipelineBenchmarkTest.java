package org.dvr.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.ToIntFunction;
import org.dvr.bench.traffic.Rig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A few invocations of each, in process; the state's setup compares every byte that leaves. */
final class PipelineBenchmarkTest {
    private static final int INVOCATIONS = 50;

    private final PipelineBenchmark benchmark = new PipelineBenchmark();

    @ParameterizedTest
    @ValueSource(ints = {1, 1_024})
    void shouldRouteOverVxlan(final int flows) {
        run(new PipelineBenchmark.EastWestVxlan(), flows, benchmark::eastWestVxlan);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_024})
    void shouldRouteOverGre(final int flows) {
        run(new PipelineBenchmark.EastWestGre(), flows, benchmark::eastWestGre);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_024})
    void shouldTranslateOutwards(final int flows) {
        run(new PipelineBenchmark.FloatingIpOutbound(), flows, benchmark::floatingIpOutbound);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_024})
    void shouldTranslateInwards(final int flows) {
        run(new PipelineBenchmark.FloatingIpInbound(), flows, benchmark::floatingIpInbound);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_024})
    void shouldRouteThroughANetworkHost(final int flows) {
        run(new PipelineBenchmark.EastWestVxlanTransit(), flows, benchmark::eastWestVxlanTransit);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_024})
    void shouldShareAnAddress(final int flows) {
        run(new PipelineBenchmark.SnatEstablished(), flows, benchmark::snatEstablished);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_024, 8_192})
    void shouldOpenAFlowWithEveryPacket(final int flows) {
        run(new PipelineBenchmark.SnatNewFlow(), flows, benchmark::snatNewFlow);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_024})
    void shouldAnswerArp(final int flows) {
        run(new PipelineBenchmark.ProxyArpRequests(), flows, benchmark::proxyArp);
    }

    private static <P extends PipelineBenchmark.Path> void run(
            final P path, final int flows, final ToIntFunction<P> invocation) {
        path.flows = flows;
        path.start();
        for (int i = 0; i < INVOCATIONS; i++) {
            assertEquals(Rig.BURST, invocation.applyAsInt(path));
        }
        path.verifyCounters();
    }
}
