package org.dvr.pcaps.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.pcaps.state.ConnectionStore.Loaded;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 at any moment leaves the old state or the new one. */
final class KillTest {
    private static final int ROUNDS = 6;
    private static final long SEED = 42;

    @TempDir
    private Path folder;

    @Test
    @Timeout(120)
    void shouldLeaveAWholeStateWheneverItsWriterIsKilled() throws IOException, InterruptedException {
        final Path file = folder.resolve("connections.state");
        final Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            final Process writer = start(file);
            try (BufferedReader lines = writer.inputReader(StandardCharsets.UTF_8)) {
                for (int i = 0; i <= round % 4; i++) {
                    assertEquals("written", lines.readLine(), "the writer ended by itself");
                }
                Thread.sleep(random.nextInt(60));
                assertTrue(writer.isAlive());
            } finally {
                writer.destroyForcibly(); // SIGKILL
            }
            assertTrue(writer.waitFor(30, TimeUnit.SECONDS));
            assertEquals(128 + 9, writer.exitValue());

            final ConntrackTable table = Flows.table(300_000);
            final Loaded loaded = new ConnectionStore(file, Flows.HOST)
                    .load(Flows.topology(70, "router-a"), table, Flows.SECOND, Flows.EPOCH);
            assertFalse(loaded.isRefused(), loaded.line());
            assertTrue(KilledWriter.COUNTS.contains((int) loaded.restored()), loaded.line());
            table.forEach((connections, reference) -> assertEquals(loaded.restored(), connections.owner(reference)));
        }
    }

    private static Process start(final Path file) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Path.of("..", "config", "jvm.options").toAbsolutePath(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                                .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator),
                        KilledWriter.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
