package org.dvr.bench.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class ChosenPortsTest {
    private static final int LIFE = 3;
    private static final int FLOW = 1_000;
    private static final int PORT = 4_711;
    private static final int OTHER_SERVER = FLOW + Cloud.TENANTS * SourceNatFlows.GUESTS_PER_TENANT;
    private static final int OTHER_TENANT = FLOW + 1;
    private static final int COMPANION = SourceNatFlows.companion(FLOW, 0);

    private final ChosenPorts ports = new ChosenPorts(LIFE);

    @Test
    void shouldRefusePortsOutOfRange() {
        assertThrows(IllegalStateException.class, () -> ports.chosen(FLOW, 0, 1_023));
        ports.chosen(FLOW, 0, 1_024);
        ports.chosen(FLOW, 0, 65_535);
        assertThrows(IllegalStateException.class, () -> ports.chosen(FLOW, 0, 65_536));
    }

    @Test
    void shouldRefuseOnePortTwiceTowardsOneServer() {
        ports.chosen(FLOW, 0, PORT);
        assertThrows(IllegalStateException.class, () -> ports.chosen(COMPANION, 0, PORT));
        assertThrows(IllegalStateException.class, () -> ports.chosen(FLOW, 1, PORT));
    }

    @Test
    void shouldAllowOnePortTowardsOtherServersAndOfOtherAddresses() {
        ports.chosen(FLOW, 0, PORT);
        ports.chosen(OTHER_SERVER, 0, PORT);
        ports.chosen(OTHER_TENANT, 0, PORT);
        assertEquals(PORT, ports.of(OTHER_SERVER, 0));
    }

    @Test
    void shouldAllowThePortOfAConnectionThatMayHaveEnded() {
        ports.chosen(FLOW, 0, PORT);
        for (int i = 1; i <= LIFE; i++) {
            ports.chosen(OTHER_SERVER, 0, PORT + i);
        }
        ports.chosen(COMPANION, 0, PORT);
        assertEquals(PORT, ports.of(COMPANION, 0));
    }

    @Test
    void shouldRefuseAPortThatChangesWithinAConnection() {
        ports.kept(FLOW, 0, PORT);
        ports.kept(FLOW, 0, PORT);
        assertThrows(IllegalStateException.class, () -> ports.kept(FLOW, 0, PORT + 1));
    }

    @Test
    void shouldNotMakeUpPorts() {
        assertThrows(IllegalStateException.class, () -> ports.of(FLOW, 0));
    }
}
