package org.dvr.bench;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What the command line of {@code dvr bench} asks for.
 *
 * @param include regular expression that selects benchmarks by class and method; default: all
 * @param flows how many flows, instead of every number that a benchmark has; empty = as it has
 * @param isQuick one fork and short iterations: a look, not a figure to quote
 * @param jsonFile where JMH's JSON goes, null = nowhere
 * @param reportFile where the page goes, null = nowhere
 * @param isHelp the usage is asked for, nothing is run
 */
record BenchOptions(
        String include, List<String> flows, boolean isQuick, String jsonFile, String reportFile, boolean isHelp) {
    static final String USAGE =
            """
            Usage: dvr bench [--include REGEX] [--flows N,...] [--quick] [--json FILE] [--report FILE.html]
            Runs the benchmarks and prints nanoseconds and allocated bytes per operation (a packet, a lookup).
            What JMH itself allocates in an iteration, some 6 KB, is taken off; its JSON has the raw numbers.

              --include REGEX     Only benchmarks whose class and method match, such as PipelineBenchmark.proxyArp.
              --flows N,...       Only with so many flows; powers of two.
              --quick             1 fork, 3 iterations of 1 s: a look, not a figure to quote.
              --json FILE         Write the results in JMH's own JSON format.
              --report FILE.html  Write the results as a page to read, with plots.
              --help              Print this.

            Exit status: 0 done, 1 something allocates on the packet path, 2 unusable arguments, 3 an internal error.
            """;

    /**
     * Reads arguments.
     *
     * @param args as given; options with a value also as {@code --option=VALUE}
     * @return what they ask for
     * @throws IllegalArgumentException where they make no sense, with a sentence for the user
     */
    static BenchOptions parse(final String... args) {
        String include = ".*";
        List<String> flows = List.of();
        String jsonFile = null;
        String reportFile = null;
        boolean isQuick = false;
        boolean isHelp = false;
        for (int i = 0; i < args.length; i++) {
            final int equals = args[i].indexOf('=');
            final String name = equals < 0 ? args[i] : args[i].substring(0, equals);
            switch (name) {
                case "--include", "--json", "--report", "--flows" -> {
                    if (equals < 0 && i + 1 == args.length) {
                        throw new IllegalArgumentException(name + " needs a value");
                    }
                    final String value = equals < 0 ? args[++i] : args[i].substring(equals + 1);
                    switch (name) {
                        case "--json" -> jsonFile = value;
                        case "--report" -> reportFile = value;
                        case "--flows" -> flows = numbers(value);
                        default -> include = pattern(value);
                    }
                }
                case "--quick" -> isQuick = true;
                case "--help", "-h" -> isHelp = true;
                default -> throw new IllegalArgumentException("unknown option " + args[i]);
            }
        }
        return new BenchOptions(include, flows, isQuick, jsonFile, reportFile, isHelp);
    }

    private static List<String> numbers(final String value) {
        final List<String> numbers = List.of(value.split(",", -1));
        for (final String number : numbers) {
            // A power of two: rings of flows are walked by masks.
            if (!number.matches("[1-9][0-9]{0,7}") || Integer.bitCount(Integer.parseInt(number)) != 1) {
                throw new IllegalArgumentException("--flows takes powers of two up to 67108864, not " + number);
            }
        }
        return numbers;
    }

    private static String pattern(final String value) {
        try {
            return Pattern.compile(value).pattern();
        } catch (final PatternSyntaxException e) {
            throw new IllegalArgumentException("--include is no regular expression: " + e.getMessage(), e);
        }
    }
}
