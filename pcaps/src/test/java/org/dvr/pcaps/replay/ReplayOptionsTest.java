package org.dvr.pcaps.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.dvr.dataplane.pipeline.PipelineConfig;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.nat.conntrack.ConntrackLimits;
import org.dvr.nat.policy.PortRange;
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
    void shouldHandLimitsAndTimeoutsToTheWorker() {
        final PipelineConfig config = ReplayOptions.of(
                        Map.of(
                                "connections_per_router", "500",
                                "connections_per_guest", "50",
                                "timeout_tcp_established", "2h4m",
                                "timeout_udp", "300"),
                        "--option")
                .worker()
                .pipeline();
        assertEquals(new ConntrackLimits(500, 50), config.limits());
        assertEquals(7_440, config.timeouts().tcpEstablishedSeconds());
        assertEquals(300, config.timeouts().udpSeconds());
        assertEquals(120, config.timeouts().udpStreamSeconds());
        assertEquals(
                "--option: option timeout_udp must be a duration such as 90, 90s or 2h4m, 1 s to 2147483 s, not 5x",
                refused(Map.of("timeout_udp", "5x")));
        assertEquals(
                "--option: option connections_per_guest must be a whole number from 1 to 2147483647, not 0",
                refused(Map.of("connections_per_guest", "0")));
    }

    @Test
    void shouldHandPortsToTheWorker() {
        final PipelineConfig config = ReplayOptions.of(Map.of("nat_ports", "2000 - 2999"), "--option")
                .worker()
                .pipeline();
        assertEquals(new PortRange(2_000, 2_999), config.ports());
        for (final String wrong : new String[] {"2000", "-", "3000-2000", "1-70000", "a-b"}) {
            assertEquals(
                    "--option: option nat_ports must be two ports such as 1024-65535, the lower one first, not "
                            + wrong,
                    refused(Map.of("nat_ports", wrong)));
        }
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
                "--option: unknown option icmp_error, did you mean icmp_errors? known are "
                        + String.join(", ", ReplayOptions.NAMES),
                refused(Map.of("icmp_error", "on")));
        assertTrue(ReplayOptions.NAMES.containsAll(
                List.of("seed", "workers", "connections_per_guest", "timeout_tcp_syn_sent", "timeout_other")));
    }

    @Test
    void shouldRefuseValuesThatAreNone() {
        assertEquals(
                "--option: option announce must be on, off, true or false, not yes",
                refused(Map.of("announce", "yes")));
        assertEquals(
                "--option: option workers must be a whole number from 1 to 64, not 65",
                refused(Map.of("workers", "65")));
        assertEquals("--option: option seed must be a whole number, not x", refused(Map.of("seed", "x")));
        assertEquals(
                "--option: option icmp_rate must be a whole number from 0 to 1000000, not -1",
                refused(Map.of("icmp_rate", "-1")));
    }
}
