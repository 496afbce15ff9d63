package org.dvr.app;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.dvr.app.command.CaptureCommand;
import org.dvr.app.command.CheckCommand;
import org.dvr.app.command.ExitStatus;
import org.dvr.app.command.LabCommand;
import org.dvr.app.command.LauncherCommand;
import org.dvr.app.command.ReplayCommand;
import org.dvr.app.command.RunCommand;
import org.dvr.app.command.ShowCommand;
import org.dvr.app.command.TraceCommand;
import org.dvr.app.command.UnusableInputException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line {@code dvr}: hands over to one command and turns how it ended into an exit status. */
@Command(
        name = "dvr",
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "A userspace dataplane for distributed virtual routing.",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:fine",
            "1:the answer is no: results differ, a check failed",
            "2:unusable input or arguments",
            "3:an internal error"
        })
public final class Main implements Callable<Integer> {
    private static final String DEBUG_VARIABLE = "DVR_DEBUG";

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Show the stack of an error; the environment variable DVR_DEBUG does the same.")
    private boolean debug;

    @Spec
    private CommandSpec spec;

    private Main(final Map<String, String> environment) {
        debug = !environment.getOrDefault(DEBUG_VARIABLE, "").isEmpty();
    }

    /** Every command, in the order of {@code dvr --help}: a class with {@code @Command}, or a finished specification. */
    private static List<Object> commands() {
        return List.of(
                new ReplayCommand(),
                new TraceCommand(),
                new CheckCommand(),
                new RunCommand(),
                new LabCommand(),
                new ShowCommand(),
                new CaptureCommand(),
                LauncherCommand.bench(),
                LauncherCommand.test(),
                LauncherCommand.fuzz());
    }

    /**
     * Runs one command and ends the process with its exit status.
     *
     * @param args the command line after {@code dvr}
     */
    public static void main(final String[] args) {
        System.exit(create(System.getenv()).execute(args));
    }

    /**
     * The command line with all its commands.
     *
     * @param environment the environment variables of the process
     * @return ready to execute; never throws, answers with an {@link ExitStatus}
     */
    static CommandLine create(final Map<String, String> environment) {
        return commandLine(commands(), environment);
    }

    /**
     * The command line with the given commands under it.
     *
     * @param commands    in the order of the help text
     * @param environment the environment variables of the process
     * @return ready to execute; never throws, answers with an {@link ExitStatus}
     */
    static CommandLine commandLine(final List<Object> commands, final Map<String, String> environment) {
        final Main main = new Main(environment);
        final CommandLine root = new CommandLine(main);
        for (final Object command : commands) {
            root.addSubcommand(command);
        }
        return root.setParameterExceptionHandler(Main::refuse)
                .setExecutionStrategy(main::run)
                .setExecutionExceptionHandler(main::explain);
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }

    /** As picocli runs it, except that an Error (out of memory, a missing class) ends as orderly as an exception. */
    private int run(final ParseResult parsed) {
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (final Error error) {
            return explain(
                    new IllegalStateException(error), parsed.asCommandLineList().getLast(), parsed);
        }
    }

    private static int refuse(final ParameterException refused, final String[] args) {
        final CommandLine at = refused.getCommandLine();
        final PrintWriter err = at.getErr();
        err.println("dvr: " + refused.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(refused, err);
        err.println("Try '" + at.getCommandSpec().qualifiedName() + " --help'.");
        err.flush();
        return ExitStatus.UNUSABLE;
    }

    private int explain(final Exception thrown, final CommandLine at, final ParseResult parsed) {
        final PrintWriter err = at.getErr();
        final int status = statusOf(thrown);
        err.println(status == ExitStatus.UNUSABLE ? sentenceOf(thrown) : "dvr: internal error: " + nameOf(thrown));
        if (debug) {
            thrown.printStackTrace(err);
        } else if (status == ExitStatus.INTERNAL) {
            err.println("Show the stack with --debug or " + DEBUG_VARIABLE + "=1.");
        }
        err.flush();
        return status;
    }

    private static int statusOf(final Exception thrown) {
        final boolean unusable = thrown instanceof UnusableInputException || fileError(thrown) != null;
        return unusable ? ExitStatus.UNUSABLE : ExitStatus.INTERNAL;
    }

    private static String sentenceOf(final Exception thrown) {
        final FileSystemException file = fileError(thrown);
        if (file == null) {
            return thrown.getMessage();
        }
        final String reason = file.getReason() == null ? file.getClass().getSimpleName() : file.getReason();
        return "dvr: " + file.getFile() + ": " + (file instanceof NoSuchFileException ? "no such file" : reason);
    }

    /** A file that cannot be opened or written is the operator's to mend, whoever stumbled over it. */
    private static FileSystemException fileError(final Exception thrown) {
        final Throwable cause = thrown instanceof UncheckedIOException unchecked ? unchecked.getCause() : thrown;
        return cause instanceof FileSystemException file ? file : null;
    }

    private static String nameOf(final Exception thrown) {
        final Throwable shown = thrown.getCause() instanceof Error error ? error : thrown;
        final String name = shown.getClass().getSimpleName();
        return shown.getMessage() == null
                ? name
                : name + ": " + shown.getMessage().lines().findFirst().orElse("");
    }
}
