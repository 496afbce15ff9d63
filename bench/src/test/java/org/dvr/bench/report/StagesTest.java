package org.dvr.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StagesTest {
    @Test
    void shouldCountLibrariesForWhoCalledThem() {
        assertEquals(
                "write",
                JfrStages.stage(List.of(
                        "org.agrona.concurrent.UnsafeBuffer",
                        "org.dvr.codec.ip.InternetChecksum",
                        "org.dvr.dataplane.write.FrameWriter",
                        "org.dvr.dataplane.worker.Worker")));
        assertEquals(
                "ports", JfrStages.stage(List.of("org.dvr.bench.traffic.MemoryPort", "org.dvr.bench.traffic.Rig")));
        assertEquals("benchmark", JfrStages.stage(List.of("org.dvr.bench.traffic.Rig")));
        assertEquals("other", JfrStages.stage(List.of("java.lang.Thread")));
    }

    /** A package of the dataplane that no stage names would be hidden among "worker, dispatch". */
    @Test
    void shouldKnowEveryPackageOfTheDataplane() throws IOException {
        final Path root = Path.of("..", "dataplane", "src", "main", "java", "org", "dvr", "dataplane");
        final Set<String> dispatch = Set.of("worker", "pipeline", "watch");
        try (Stream<Path> folders = Files.list(root)) {
            for (final Path folder : folders.filter(Files::isDirectory).toList()) {
                final String name = folder.getFileName().toString();
                final String stage = JfrStages.stage(List.of("org.dvr.dataplane." + name + ".Any"));
                if (dispatch.contains(name)) {
                    assertEquals("worker, dispatch", stage, name);
                } else {
                    assertNotEquals("worker, dispatch", stage, name);
                }
            }
        }
    }

    @Test
    void shouldReadARecording(@TempDir final Path folder) throws Exception {
        final Path file = folder.resolve("samples.jfr");
        final Path settings = folder.resolve("samples.jfc");
        Files.writeString(settings, JfrStages.SETTINGS);
        try (Recording recording = new Recording(Configuration.create(settings))) {
            recording.start();
            assertNotEquals(0, busy_jmhStub(400));
            recording.stop();
            recording.dump(file);
        }
        final Stages all = JfrStages.read(file, "P.a", Map.of(), Duration.ZERO);
        assertTrue(all.total() > 3, all.toString());
        assertEquals(Set.of("benchmark"), all.samples().keySet());
        final Stages late = JfrStages.read(file, "P.a", Map.of(), Duration.ofMinutes(1));
        assertEquals(0, late.total());
    }

    /** Named as the loops that JMH generates. */
    @SuppressWarnings("checkstyle:MethodName")
    private static long busy_jmhStub(final int milliseconds) {
        final long end = System.nanoTime() + milliseconds * 1_000_000L;
        long x = 1;
        while (System.nanoTime() < end) {
            for (int i = 0; i < 10_000; i++) {
                x = x * 31 + i;
            }
        }
        return x;
    }
}
