package org.dvr.app.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirTest {
    @TempDir
    private Path base;

    private static String refusal(final Runnable attempt) {
        return assertThrows(ObserveException.class, attempt::run).getMessage();
    }

    @Test
    void shouldBeOneProcessesOwnWhileItIsTaken() throws IOException {
        final RunDir dir = RunDir.of(base, "compute1");
        try (RunDir.Taken taken = dir.take()) {
            assertEquals(
                    ProcessHandle.current().pid(),
                    Long.parseLong(Files.readString(dir.pid()).strip()));
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.folder())));
            assertEquals(
                    "dvr: " + dir
                            + ": a forwarder runs here already, this process: stop it first, or choose another folder"
                            + " with --run-dir",
                    refusal(() -> RunDir.of(base, "compute1").take()));
            RunDir.of(base, "compute2").take().close();
            assertTrue(Files.exists(dir.pid()));
            assertEquals(dir.folder().getFileName().toString(), taken == null ? "" : "compute1");
        }
        assertFalse(Files.exists(dir.folder()), "nothing is left behind");
        dir.take().close();
    }

    /** Holds the folder, says so, and waits to be killed. */
    public static final class Holder {
        private Holder() {}

        public static void main(final String[] args) throws InterruptedException {
            final RunDir dir = RunDir.of(Path.of(args[0]), "compute1");
            try (RunDir.Taken taken = dir.take();
                    AdminServer server = new AdminServer(dir.socket(), (request, answer) -> {}, 1_000)) {
                System.out.println("taken " + server.isOpen() + " " + (taken != null));
                Thread.sleep(60_000);
            }
        }
    }

    @Test
    void shouldBeRefusedWhileAnotherProcessLivesAndTakenOverWhenItWasKilled() throws Exception {
        final Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        base.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final RunDir dir = RunDir.of(base, "compute1");
        try (BufferedReader said = holder.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("taken true true", said.readLine());
            final String refused = refusal(dir::take);
            assertTrue(refused.contains("a forwarder runs here already, process " + holder.pid() + ":"), refused);
        } finally {
            holder.destroyForcibly();
            assertTrue(holder.waitFor(20, TimeUnit.SECONDS));
        }
        assertTrue(Files.exists(dir.socket()), "a killed process leaves its socket");
        final String nobody = refusal(() -> AdminClient.ask(RunDir.find(base, null), "show ports"));
        assertTrue(nobody.startsWith("dvr: nobody answers at " + dir.socket()), nobody);
        try (RunDir.Taken taken = dir.take()) {
            assertFalse(Files.exists(dir.socket()));
            new AdminServer(dir.socket(), (request, answer) -> {}, 1_000).close();
        }
    }

    @Test
    void shouldFindTheForwarderThatIsMeant() throws IOException {
        assertEquals(
                "dvr: no forwarder runs: looked for " + base + "/admin.sock and " + base
                        + "/HOST/admin.sock (other places: --run-dir, DVR_RUN_DIR)",
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
                "dvr: no forwarder of host compute3 runs: looked for " + base + "/compute3/admin.sock",
                refusal(() -> RunDir.find(base, "compute3")));
    }

    @Test
    void shouldChooseWhereToLook() {
        final Map<String, String> both = Map.of("DVR_RUN_DIR", "/a", "XDG_RUNTIME_DIR", "/b");
        assertEquals(Path.of("/c"), RunDir.base(Path.of("/c"), both));
        assertEquals(Path.of("/a"), RunDir.base(null, both));
        final Path ofUser = RunDir.base(null, Map.of("XDG_RUNTIME_DIR", "/b"));
        assertEquals(Files.isWritable(Path.of("/run")) ? Path.of("/run/dvr") : Path.of("/b/dvr"), ofUser);
    }

    @Test
    void shouldRefuseNamesAndPathsThatCannotBe() {
        for (final String host : new String[] {"", "..", "a/b", ".x"}) {
            assertTrue(refusal(() -> RunDir.of(base, host)).contains("no name for a folder"));
        }
        final String tooLong = refusal(() -> RunDir.of(base, "h".repeat(100)).take());
        assertTrue(tooLong.contains("longer than the 107 bytes that the path of a socket may have"), tooLong);
    }
}
