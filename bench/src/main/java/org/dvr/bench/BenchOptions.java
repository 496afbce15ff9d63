package org.dvr.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What the command line of {@code dvr bench} asks for.
 *
 * @param include regular expression that selects benchmarks by class and method; default: all
 * @param parameters values instead of those that a benchmark has, by name of the parameter
 * @param isQuick one fork and short iterations: a look, not a figure to quote
 * @param seconds of an iteration
 * @param isProfiled a short run of each benchmark more tells where its time goes
 * @param files by option: what is read and written
 * @param latencyFiles more latencies to show
 * @param isHelp the usage is asked for, nothing is run
 */
record BenchOptions(
        String include,
        Map<String, List<String>> parameters,
        boolean isQuick,
        int seconds,
        boolean isProfiled,
        Map<String, String> files,
        List<String> latencyFiles,
        boolean isHelp) {
    static final String USAGE =
            """
            Usage: dvr bench [--include REGEX] [--flows N,...] [--param NAME=V,...] [--quick] [--time SECONDS] [--profile]
                             [--json FILE] [--report FILE.html] [--markdown FILE] [--save[=FILE]]
                             [--baseline FILE] [--history DIR] [--peers FILE] [--latency FILE] [--from FILE]
            Runs the benchmarks and prints nanoseconds and allocated bytes per operation (a packet, a lookup).
            What JMH itself allocates in an iteration, some 6 KB, is taken off; its JSON has the raw numbers.

              --include REGEX     Only benchmarks whose class and method match, such as PipelineBenchmark.proxyArp.
              --flows N,...       Only with so many flows; powers of two.
              --param NAME=V,...  Only with these values of a parameter; may be repeated.
              --quick             1 fork, 3 iterations of 1 s: a look, not a figure to quote.
              --time SECONDS      How long an iteration takes, instead of 1 s.
              --profile           Run each benchmark shortly once more and tell in which stage its time goes.
              --json FILE         Write the results in JMH's own JSON format.
              --report FILE.html  Write the results as one page to read, with charts; it needs no network.
              --markdown FILE     Write them in short, for a pull request.
              --save[=FILE]       Keep the run, with machine and calibration; default: bench/history/DATE-COMMIT.json.
              --baseline FILE     Say what is slower or faster than there, and not by chance (--save's or JMH's JSON).
              --history DIR       Saved runs from which the noise is learned; default: bench/history.
              --peers FILE        Show what bench/peers measured of other forwarders beside it.
              --latency FILE      Show latencies that another program recorded; may be repeated.
              --from FILE         Run nothing: take the results from there (--save's or JMH's JSON).
              --help              Print this.

            Exit status: 0 done, 1 something allocates on the packet path or is slower than the baseline,
            2 unusable arguments or files, 3 an internal error. docs/benchmarking.md tells how to read the report.
            """;

    /** The value of {@code --save} where none is given. */
    static final String BY_NAME = "";

    private static final String FLOWS = "flows";

    /**
     * Reads arguments.
     *
     * @param args as given; options with a value also as {@code --option=VALUE}
     * @return what they ask for
     * @throws IllegalArgumentException where they make no sense, with a sentence for the user
     */
    static BenchOptions parse(final String... args) {
        String include = ".*";
        final Map<String, List<String>> parameters = new LinkedHashMap<>();
        final Map<String, String> files = new LinkedHashMap<>();
        final List<String> latencyFiles = new ArrayList<>();
        boolean isQuick = false;
        int seconds = 1;
        boolean isProfiled = false;
        boolean isHelp = false;
        for (int i = 0; i < args.length; i++) {
            final int equals = args[i].indexOf('=');
            final String name = equals < 0 ? args[i] : args[i].substring(0, equals);
            switch (name) {
                case "--include",
                        "--json",
                        "--report",
                        "--flows",
                        "--time",
                        "--param",
                        "--markdown",
                        "--baseline",
                        "--history",
                        "--peers",
                        "--latency",
                        "--from" -> {
                    if (equals < 0 && i + 1 == args.length) {
                        throw new IllegalArgumentException(name + " needs a value");
                    }
                    final String value = equals < 0 ? args[++i] : args[i].substring(equals + 1);
                    switch (name) {
                        case "--include" -> include = pattern(value);
                        case "--flows" -> parameters.put(FLOWS, flows(value));
                        case "--time" -> seconds = seconds(value);
                        case "--param" -> addParameter(parameters, value);
                        case "--latency" -> latencyFiles.add(value);
                        default -> files.put(name, value);
                    }
                }
                case "--save" -> files.put(name, equals < 0 ? BY_NAME : args[i].substring(equals + 1));
                case "--quick" -> isQuick = true;
                case "--profile" -> isProfiled = true;
                case "--help", "-h" -> isHelp = true;
                default -> throw new IllegalArgumentException("unknown option " + args[i]);
            }
        }
        final BenchOptions options =
                new BenchOptions(include, parameters, isQuick, seconds, isProfiled, files, latencyFiles, isHelp);
        if (options.file("--from") != null && (options.file("--json") != null || isProfiled)) {
            throw new IllegalArgumentException("--from runs nothing: --json and --profile do not go with it");
        }
        return options;
    }

    /** The file that an option names, null where it is not given. */
    String file(final String option) {
        return files.get(option);
    }

    private static List<String> flows(final String value) {
        final List<String> numbers = List.of(value.split(",", -1));
        for (final String number : numbers) {
            // A power of two: rings of flows are walked by masks.
            if (!number.matches("[1-9][0-9]{0,7}") || Integer.bitCount(Integer.parseInt(number)) != 1) {
                throw new IllegalArgumentException("--flows takes powers of two up to 67108864, not " + number);
            }
        }
        return numbers;
    }

    private static int seconds(final String value) {
        if (!value.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException("--time takes seconds, 1 to 9999, not " + value);
        }
        return Integer.parseInt(value);
    }

    private static void addParameter(final Map<String, List<String>> parameters, final String value) {
        final int equals = value.indexOf('=');
        if (equals < 1 || equals == value.length() - 1) {
            throw new IllegalArgumentException("--param takes NAME=VALUE,..., not " + value);
        }
        parameters.put(
                value.substring(0, equals), List.of(value.substring(equals + 1).split(",", -1)));
    }

    private static String pattern(final String value) {
        try {
            return Pattern.compile(value).pattern();
        } catch (final PatternSyntaxException e) {
            throw new IllegalArgumentException("--include is no regular expression: " + e.getMessage(), e);
        }
    }
}
