package org.dvr.pcaps.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dvr.dataplane.frame.DropReason;
import org.junit.jupiter.api.Test;

/** Each reason for a drop is shown by a shipped scenario: its counters.json counts it. */
class DropCoverageTest {
    private static final Path SCENARIOS = Path.of("scenarios");

    /** Reasons that no frame can cause, and why. */
    private static final Map<String, String> UNREACHABLE = Map.of(
            DropReason.FRAGMENT_NO_FRAME.label(),
            "of the 1,024 frames of a replay at most half wait, and the longest frame makes 192 fragments",
            DropReason.PORT_FULL.label(),
            "capture files take any number of frames; devices do not",
            DropReason.OFFLOAD_INCONSISTENT.label(),
            "frames in capture files are as on a wire: nothing is left to be done to them",
            DropReason.HANDOVER_FULL.label(),
            "workers of a replay take turns: each has done with a frame before the next is received");

    @Test
    void shouldShowEachReasonForADropInAScenario() throws IOException {
        final Set<String> expected = new TreeSet<>();
        for (final DropReason reason : DropReason.values()) {
            expected.add(reason.label());
        }
        expected.removeAll(UNREACHABLE.keySet());
        assertEquals(expected, shown());
    }

    private static Set<String> shown() throws IOException {
        final ObjectMapper mapper = new ObjectMapper();
        final Set<String> shown = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SCENARIOS)) {
            final List<Path> counters = files.filter(
                            file -> file.getFileName().toString().equals("counters.json"))
                    .toList();
            for (final Path file : counters) {
                final JsonNode root = mapper.readTree(file.toFile());
                root.path("drops").fieldNames().forEachRemaining(shown::add);
                for (final JsonNode host : root.path("hosts")) {
                    host.path("drops").fieldNames().forEachRemaining(shown::add);
                }
            }
        }
        return shown;
    }
}
