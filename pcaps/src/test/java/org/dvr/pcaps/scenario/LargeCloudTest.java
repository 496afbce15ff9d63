package org.dvr.pcaps.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.pcaps.file.CaptureReader;
import org.dvr.pcaps.replay.ReplayInput;
import org.dvr.pcaps.testing.LargeCloud;
import org.dvr.pcaps.testing.ScenarioInputs;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fifty hosts and 5,000 guests in one process: each datagram arrives where, when and as it must, within seconds. */
@Tag("slow")
class LargeCloudTest {
    private static final long SEED = 1;
    /** CPU time of the one thread that does it: a test shares its cores. */
    private static final long LIMIT_MS = 10_000;

    @TempDir
    private Path folder;

    @Test
    void shouldDeliverEachDatagramOnceWithinSeconds() {
        final LargeCloud cloud = new LargeCloud(SEED);
        cloud.write(folder);
        final long startNs = cpuNs();
        final Scenario scenario = Scenario.read(folder);
        scenario.loadCloud();
        final long loadedNs = cpuNs();
        final ScenarioResult result = new ScenarioRunner(true).run(scenario);
        final long replayedNs = cpuNs();
        assertEquals(List.of(), result.differences());
        assertEquals(List.of(), result.notes());
        System.out.printf(
                "seed %d, CPU time: load and compile %d ms; load, compile, replay and write %d ms%n",
                SEED, (loadedNs - startNs) / 1_000_000, (replayedNs - loadedNs) / 1_000_000);

        final Map<String, List<LargeCloud.Arrival>> expected = cloud.arrivals();
        final Map<String, List<LargeCloud.Arrival>> arrived = arrivals();
        assertEquals(expected.keySet(), arrived.keySet());
        expected.forEach((point, arrivals) -> assertEquals(arrivals, arrived.get(point), point));

        final JsonNode hosts = result.counters().path("hosts");
        assertEquals(LargeCloud.HOSTS, hosts.size());
        for (final JsonNode host : hosts) {
            assertEquals(0, host.path("held").asInt(), host::toString);
            assertEquals(LargeCloud.GUESTS_PER_HOST + 2, host.path("ports").size(), host::toString);
        }
        assertEquals(List.of(), new ScenarioRunner(false).run(scenario).differences(), "the same again");
        assertTrue((replayedNs - loadedNs) / 1_000_000 < LIMIT_MS, "within seconds");
    }

    private static long cpuNs() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private Map<String, List<LargeCloud.Arrival>> arrivals() {
        final Map<String, List<LargeCloud.Arrival>> arrivals = new TreeMap<>();
        for (final ReplayInput capture : Scenario.captures(folder.resolve("out"), true)) {
            if (capture.name().startsWith("wire-")) {
                continue;
            }
            final List<LargeCloud.Arrival> list = new ArrayList<>();
            try (CaptureReader reader = CaptureReader.open(capture.file())) {
                while (reader.next()) {
                    final byte[] frame = new byte[reader.capturedLength()];
                    reader.copyTo(new UnsafeBuffer(frame), 0);
                    list.add(LargeCloud.Arrival.of(reader.timestampNs() - ScenarioInputs.EPOCH_NS, frame));
                }
            }
            arrivals.put(capture.name(), list);
        }
        return arrivals;
    }
}
