package org.dvr.app.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirTest {
    @TempDir
    private Path base;

    private static String refusal(final Runnable attempt) {
        return assertThrows(ObserveException.class, attempt::run).getMessage();
    }

    @Test
    void shouldFindTheForwarderThatIsMeant() throws IOException {
        assertEquals(
                "dvr: no forwarder runs: looked for " + base + "/admin.sock and " + base
                        + "/*/admin.sock (another place: --run-dir)",
                refusal(() -> RunDir.find(base, null)));
        assertTrue(refusal(() -> RunDir.find(base.resolve("nowhere"), null)).startsWith("dvr: no forwarder runs"));
        Files.createDirectories(base.resolve("compute1"));
        Files.createFile(base.resolve("compute1/admin.sock"));
        assertEquals(base.resolve("compute1"), RunDir.find(base, null).folder());
        assertEquals(
                base.resolve("compute1"),
                RunDir.find(base.resolve("compute1"), null).folder());
        Files.createDirectories(base.resolve("compute2"));
        Files.createFile(base.resolve("compute2/admin.sock"));
        assertEquals(
                "dvr: several forwarders run in " + base + ": choose one with --host: compute1, compute2",
                refusal(() -> RunDir.find(base, null)));
        assertEquals(base.resolve("compute2"), RunDir.find(base, "compute2").folder());
        assertEquals(
                "dvr: no forwarder of host compute3 runs: looked for " + base
                        + "/compute3/admin.sock (another place: --run-dir)",
                refusal(() -> RunDir.find(base, "compute3")));
        assertEquals(
                base.resolve("compute2"),
                RunDir.find(base.resolve("compute2"), "compute2").folder());
        for (final String host : new String[] {"", "..", "../" + base.getFileName() + "/compute1", "compute1/"}) {
            assertTrue(
                    refusal(() -> RunDir.find(base, host)).startsWith("dvr: no forwarder of host " + host + " runs"));
        }
    }
}
