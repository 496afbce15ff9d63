package org.dvr.bench.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;

/** Where and how a figure came to be: without that it is none (style.md §10). */
public final class Surroundings {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final String UNKNOWN = "unknown";

    private Surroundings() {}

    /**
     * Looks at this machine and at the JVMs that ran.
     *
     * @param results of a run
     * @param home the checkout
     * @param command as it was given
     * @return text by heading
     */
    public static Map<String, String> of(final Collection<RunResult> results, final Path home, final String command) {
        final Map<String, String> facts = new LinkedHashMap<>();
        facts.put("Command", command);
        facts.put(
                "Date",
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'")
                        .format(Instant.now().atZone(ZoneOffset.UTC)));
        facts.put("Commit", commit(home));
        facts.put("CPU", cpu(CPU_INFO));
        facts.put("Cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
        facts.put("System", property("os.name") + " " + property("os.version") + " " + property("os.arch"));
        if (!results.isEmpty()) {
            final BenchmarkParams params = results.iterator().next().getParams();
            facts.put("JDK", params.getJdkVersion() + ", " + params.getVmName() + " " + params.getVmVersion());
            facts.put("JVM flags", String.join(" ", params.getJvmArgs()));
        }
        return facts;
    }

    private static String property(final String name) {
        return System.getProperty(name, UNKNOWN);
    }

    /** The model that the kernel names, or the architecture. */
    static String cpu(final Path cpuInfo) {
        try (Stream<String> lines = Files.lines(cpuInfo)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(property("os.arch"));
        } catch (final IOException e) {
            return property("os.arch"); // not Linux
        }
    }

    /** What is checked out, marked when files are changed; unknown outside of a repository. */
    static String commit(final Path home) {
        try {
            final Process git = new ProcessBuilder(
                            "git",
                            "-C",
                            home.toString(),
                            "describe",
                            "--always",
                            "--dirty",
                            "--abbrev=12",
                            "--exclude=*")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            git.getOutputStream().close();
            final String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0 && !text.isEmpty() ? text : UNKNOWN;
        } catch (final IOException e) {
            return UNKNOWN; // no git here
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }
}
