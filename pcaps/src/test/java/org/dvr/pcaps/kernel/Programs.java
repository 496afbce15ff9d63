package org.dvr.pcaps.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs programs, bounded in time. */
final class Programs {
    private static final long OUTPUT_SECONDS = 60;
    private static final long CLEAN_UP_SECONDS = 40;

    private Programs() {}

    /** {@return true when the program can be called by its name} */
    static boolean isOnPath(final String program) {
        return Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /**
     * Runs a program for what it writes.
     *
     * @param command program and arguments
     * @return its standard output
     */
    static String output(final List<String> command) throws IOException, InterruptedException {
        final Path said = Files.createTempFile("dvr-program", ".out");
        final Path complained = Files.createTempFile("dvr-program", ".err");
        try {
            final int status = run(command, said, complained, OUTPUT_SECONDS);
            if (status != 0) {
                throw new IllegalStateException(
                        String.join(" ", command) + ": status " + status + ": " + Files.readString(complained));
            }
            return Files.readString(said);
        } finally {
            Files.delete(said);
            Files.delete(complained);
        }
    }

    /**
     * Runs a program to its end.
     *
     * @param command    program and arguments
     * @param said       takes its standard output
     * @param complained takes its standard error
     * @param seconds    after which it is asked to end, and given time to clean up
     * @return its exit status, other than 0 where it had to be asked
     */
    static int run(final List<String> command, final Path said, final Path complained, final long seconds)
            throws IOException, InterruptedException {
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
        final Process process = builder.redirectInput(
                        ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(said.toFile())
                .redirectError(complained.toFile())
                .start();
        try {
            if (process.waitFor(seconds, TimeUnit.SECONDS)) {
                return process.exitValue();
            }
            return 124; // as timeout(1) has it
        } finally {
            process.destroy();
            if (!process.waitFor(CLEAN_UP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }
}
