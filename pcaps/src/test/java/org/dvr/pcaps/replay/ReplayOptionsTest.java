package org.dvr.pcaps.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.worker.WorkerConfig;
import org.junit.jupiter.api.Test;

final class ReplayOptionsTest {
    private static String refused(final Map<String, String> texts) {
        return assertThrows(ReplayException.class, () -> ReplayOptions.of(texts, "--option"))
                .getMessage();
    }

    @Test
    void shouldHandEveryOptionToTheWorker() {
        final WorkerConfig config = ReplayOptions.of(
                        Map.of(
                                "seed", "7",
                                "announce", "on",
                                "workers", "1",
                                "inner_vlan", "true",
                                "icmp_rate", "3",
                                "icmp_errors", "OFF",
                                "collapse", "on",
                                "connections", "1000"),
                        "--option")
                .worker();
        assertEquals(7, config.pipeline().seed());
        assertTrue(config.announcesAtStart());
        assertEquals(new StageOptions(true, true, false, 3), config.pipeline().options());
        assertEquals(1000, config.pipeline().connectionCapacity());
    }

    @Test
    void shouldKeepTheDefaultsOfTheDataplane() {
        assertEquals(WorkerConfig.REPLAY, ReplayOptions.DEFAULT.worker());
        assertFalse(ReplayOptions.DEFAULT.announce());
        assertEquals(1, ReplayOptions.DEFAULT.seed());
    }

    @Test
    void shouldNameTheKnownOptionsAndTheNearest() {
        assertEquals(
                "--option: unknown option icmp_error, did you mean icmp_errors? known are seed, announce, workers,"
                        + " inner_vlan, icmp_rate, icmp_errors, collapse, random_fully_floating_ip, random_fully_snat, connections",
                refused(Map.of("icmp_error", "on")));
    }

    @Test
    void shouldRefuseValuesThatAreNone() {
        assertEquals(
                "--option: option announce must be on, off, true or false, not yes",
                refused(Map.of("announce", "yes")));
        assertEquals("--option: option workers must be 1 in this version, not 2", refused(Map.of("workers", "2")));
        assertEquals("--option: option seed must be a whole number, not x", refused(Map.of("seed", "x")));
        assertEquals(
                "--option: option icmp_rate must be a whole number from 0 to 1000000, not -1",
                refused(Map.of("icmp_rate", "-1")));
    }
}
