package org.dvr.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.dvr.app.command.ExitStatus;
import org.dvr.app.command.LauncherCommand;
import org.dvr.app.command.UnusableInputException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

final class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldListEveryCommandWithASentence() {
        assertEquals(
                ExitStatus.FINE,
                Main.create(Map.of()).setOut(new PrintWriter(out)).execute("--help"));

        for (final String command : List.of("replay", "trace", "check", "show", "capture", "bench", "test", "fuzz")) {
            assertTrue(out.toString().lines().anyMatch(line -> line.matches("  " + command + " +[A-Z].*\\.")), command);
        }
    }

    @Test
    void shouldPrintTheVersionOfTheBuild() {
        assertEquals(
                ExitStatus.FINE,
                Main.create(Map.of()).setOut(new PrintWriter(out)).execute("--version"));

        assertTrue(out.toString().matches("dvr \\d+\\.\\d+\\.\\d+ \\(Java 2\\d.*\\)\\R"), out.toString());
    }

    @Test
    void shouldExplainEveryCommand() {
        for (final String command : Main.create(Map.of()).getSubcommands().keySet()) {
            assertEquals(
                    ExitStatus.FINE,
                    Main.create(Map.of()).setOut(new PrintWriter(out)).execute(command, "--help"),
                    command);
        }
    }

    @Test
    void shouldSayOfBenchmarksWhatTheirRunnerSays() throws IOException {
        // Benchmarks ship nowhere, so their class is not to be seen from here; its text is.
        final String source = Files.readString(Path.of("..", "bench", "src/main/java/org/dvr/bench/BenchOptions.java"));
        final List<String> runner = Pattern.compile(
                        "^ {14}(--[a-z]+(?: [A-Z][^ ]*|\\[=FILE])?)  +(.*)$", Pattern.MULTILINE)
                .matcher(source)
                .results()
                .map(line -> line.group(1) + ": " + line.group(2))
                .filter(line -> !line.startsWith("--help"))
                .toList();
        final List<String> program = LauncherCommand.bench().options().stream()
                .map(option -> option.longestName() + value(option) + ": " + option.description()[0])
                .toList();

        assertFalse(runner.isEmpty());
        assertEquals(runner, program);
    }

    private static String value(final OptionSpec option) {
        if (option.arity().max() == 0) {
            return "";
        }
        return option.arity().min() == 0 ? "[=" + option.paramLabel() + ']' : ' ' + option.paramLabel();
    }

    @Test
    void shouldRefuseUnknownArguments() {
        assertEquals(
                ExitStatus.UNUSABLE,
                Main.create(Map.of()).setErr(new PrintWriter(err)).execute("replya"));

        assertTrue(err.toString().startsWith("dvr: Unmatched argument at index 0: 'replya'"), err.toString());
    }

    @Test
    void shouldRefuseToDoNothing() {
        assertEquals(
                ExitStatus.UNUSABLE,
                Main.create(Map.of()).setErr(new PrintWriter(err)).execute());

        assertTrue(err.toString().startsWith("dvr: no command given"), err.toString());
    }

    @Test
    void shouldPassOnTheAnswerOfACommand() {
        assertEquals(ExitStatus.NO, execute(() -> ExitStatus.NO, Map.of()));

        assertEquals("", err.toString());
    }

    @Test
    void shouldPrintUnusableInputAsItIs() {
        final String message = "a.yaml: ports[3]: no such network";

        assertEquals(ExitStatus.UNUSABLE, execute(failing(new UnusableInputException(message)), Map.of()));

        assertEquals(message, err.toString().strip());
    }

    @Test
    void shouldNameAFileThatIsNotThere() {
        final Exception missing = new UncheckedIOException(new NoSuchFileException("a.yaml"));

        assertEquals(ExitStatus.UNUSABLE, execute(failing(missing), Map.of()));

        assertEquals("dvr: a.yaml: no such file", err.toString().strip());
    }

    @Test
    void shouldTellAnInternalErrorInOneLineWithoutItsStack() {
        assertEquals(ExitStatus.INTERNAL, execute(failing(new IllegalStateException("first\nsecond")), Map.of()));

        assertTrue(err.toString().startsWith("dvr: internal error: IllegalStateException: first\n"), err.toString());
        assertFalse(err.toString().contains("\tat "), err.toString());
    }

    @Test
    void shouldShowTheStackWhenAsked() {
        assertEquals(
                ExitStatus.INTERNAL, execute(failing(new IllegalStateException("broken")), Map.of("DVR_DEBUG", "1")));
        assertTrue(err.toString().contains("\tat org.dvr.app.MainTest"), err.toString());

        err.getBuffer().setLength(0);
        assertEquals(ExitStatus.INTERNAL, execute(failing(new IllegalStateException("broken")), Map.of(), "--debug"));
        assertTrue(err.toString().contains("\tat org.dvr.app.MainTest"), err.toString());
    }

    @Test
    void shouldTellAnErrorOfTheJvmAsAnInternalError() {
        final Callable<Integer> command = () -> {
            throw new OutOfMemoryError("Java heap space");
        };

        assertEquals(ExitStatus.INTERNAL, execute(command, Map.of()));

        assertTrue(err.toString().startsWith("dvr: internal error: OutOfMemoryError: Java heap space"), err.toString());
    }

    private int execute(
            final Callable<Integer> command, final Map<String, String> environment, final String... options) {
        final CommandLine line = Main.commandLine(
                List.of(CommandSpec.wrapWithoutInspection(command).name("probe")), environment);
        final String[] args = new String[options.length + 1];
        args[0] = "probe";
        System.arraycopy(options, 0, args, 1, options.length);
        return line.setErr(new PrintWriter(err, true)).execute(args);
    }

    private static Callable<Integer> failing(final Exception thrown) {
        return () -> {
            throw thrown;
        };
    }
}
