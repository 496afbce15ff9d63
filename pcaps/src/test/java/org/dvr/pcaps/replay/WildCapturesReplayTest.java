package org.dvr.pcaps.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dvr.pcaps.file.CaptureReader;
import org.dvr.pcaps.port.FrameSink;
import org.dvr.pcaps.testing.Cast;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Captures from the wild, fed into each kind of attachment point: every frame finds its end. */
final class WildCapturesReplayTest {
    private static final HostTopology TOPOLOGY = HostTopology.load(List.of(Cast.vxlan()), "compute1");

    @TestFactory
    Stream<DynamicTest> shouldBringEveryFrameToAnEnd() throws IOException {
        final Path captures = captures();
        final List<Path> files;
        try (Stream<Path> walk = Files.walk(captures)) {
            files = walk.filter(file -> file.toString().matches(".*\\.pcap(ng)?"))
                    .sorted()
                    .toList();
        }
        return files.stream().flatMap(file -> Stream.of("underlay", "provider", "tapport-a1", "tapport-b1")
                .map(name -> dynamicTest(file.getFileName() + " into " + name, () -> shouldBringToAnEnd(file, name))));
    }

    /** The folder shared/captures beside this checkout, or further above. */
    private static Path captures() {
        final Path here = Path.of("").toAbsolutePath();
        for (Path folder = here; folder != null; folder = folder.getParent()) {
            final Path candidate = folder.resolve("shared/captures");
            if (Files.isDirectory(candidate)) {
                return candidate;
            }
        }
        return Assumptions.abort("skipped: no folder shared/captures at or above " + here);
    }

    private static void shouldBringToAnEnd(final Path file, final String name) {
        // A small connection table: there are two hundred of these tests.
        final ReplayOptions options = ReplayOptions.of(Map.of("connections", "4096"), "options");
        final Replay replay = new Replay(TOPOLOGY, options, List.of(new ReplayInput(name, file)), FrameSink.NONE);
        replay.settle(60_000_000_000L);
        replay.run();
        long frames = 0;
        try (CaptureReader reader = CaptureReader.open(file)) {
            while (reader.next()) {
                frames++;
            }
        }
        assertTrue(frames > 0);
        assertEquals(
                frames, replay.counters().path("ports").path(name).path("rx").asLong());
        assertEquals(0, replay.imbalance());
        assertEquals(0, replay.counters().path("held").asLong(), "nobody waits for ever");
    }
}
