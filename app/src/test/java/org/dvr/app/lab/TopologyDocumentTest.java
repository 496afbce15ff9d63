package org.dvr.app.lab;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.Cast.Transport;
import org.dvr.pcaps.replay.HostTopology;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TopologyDocumentTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shouldBeValidForEveryHost(final Transport transport) throws IOException {
        final Path file = Files.writeString(folder.resolve("t.yaml"), new TopologyDocument(transport).text());

        for (final Host host : Cast.HOSTS) {
            assertDoesNotThrow(() -> HostTopology.load(List.of(file), host.name()));
        }
    }

    @Test
    void shouldMoveAFloatingIp() {
        final String before = new TopologyDocument(Transport.VXLAN).text();
        final String after = new TopologyDocument(Transport.VXLAN)
                .move(Cast.B1.floating(), Cast.B2)
                .text();

        assertTrue(before.contains("floating_ip_address: 203.0.113.61, floating_network_id: net-e, port_id: port-b1,"));
        assertTrue(after.contains("floating_ip_address: 203.0.113.61, floating_network_id: net-e, port_id: port-b2,"));
        assertFalse(after.contains("port_id: port-b1,"));
    }
}
