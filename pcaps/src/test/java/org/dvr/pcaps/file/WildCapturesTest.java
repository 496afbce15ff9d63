package org.dvr.pcaps.file;

import static org.dvr.pcaps.file.TestCaptures.readAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.pcaps.file.TestCaptures.Frame;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures that nobody here made, and Wireshark's own reading of them and of ours. */
class WildCapturesTest {
    @TempDir
    private Path folder;

    @Test
    void shouldReadEveryWildCaptureAsWiresharkDoes() throws Exception {
        final List<Path> captures = wildCaptures();
        assumeTrue(onPath("capinfos"), "no capinfos on the PATH");
        final List<String> command = new ArrayList<>(List.of("capinfos", "-T", "-r", "-M", "-c", "-d"));
        final List<String> ours = new ArrayList<>();
        for (final Path capture : captures) {
            command.add(capture.toString());
            final List<Frame> frames = readAll(capture);
            final long wireBytes = frames.stream()
                    .mapToLong(frame -> Integer.toUnsignedLong(frame.originalLength()))
                    .sum();
            ours.add(capture + "\t" + frames.size() + "\t" + wireBytes);
        }
        assertEquals(String.join("\n", ours), String.join("\n", run(command)));
    }

    @Test
    void shouldWriteWhatWiresharkReads() throws Exception {
        assumeTrue(onPath("tshark"), "no tshark on the PATH");
        final Path path = folder.resolve("a.pcap");
        final List<String> expected = new ArrayList<>();
        try (CaptureWriter writer = CaptureWriter.create(path)) {
            for (int i = 0; i < 100; i++) {
                writer.write(TestCaptures.SECOND_NS + i, new UnsafeBuffer(new byte[14 + i]), 0, 14 + i);
                expected.add(String.format("1700000000.%09d\t%d\t%d", i, 14 + i, 14 + i));
            }
        }
        final List<String> theirs = run(List.of(
                "tshark",
                "-n",
                "-r",
                path.toString(),
                "-T",
                "fields",
                "-e",
                "frame.time_epoch",
                "-e",
                "frame.cap_len",
                "-e",
                "frame.len"));
        assertEquals(String.join("\n", expected), String.join("\n", theirs));
    }

    private static List<Path> wildCaptures() throws IOException {
        final Path shared = sharedCaptures();
        try (Stream<Path> paths = Files.walk(shared)) {
            final List<Path> captures = paths.filter(path -> path.toString().matches(".*\\.pcap(ng)?"))
                    .sorted()
                    .toList();
            assertFalse(captures.isEmpty(), "no capture in " + shared.toAbsolutePath());
            return captures;
        }
    }

    /** The folder shared/captures beside this module's folder, the project's, or one above it. */
    private static Path sharedCaptures() {
        final Path here = Path.of("").toAbsolutePath();
        for (Path folder = here; folder != null; folder = folder.getParent()) {
            final Path shared = folder.resolve("shared").resolve("captures");
            if (Files.isDirectory(shared)) {
                return shared;
            }
        }
        return Assumptions.abort("no folder shared/captures at or above " + here);
    }

    private static boolean onPath(final String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    private static List<String> run(final List<String> command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        final List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertEquals(0, process.waitFor(), () -> command.toString());
        return lines;
    }
}
