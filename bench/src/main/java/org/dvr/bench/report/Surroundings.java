package org.dvr.bench.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Where and how a figure came to be: without that it is none (style.md §10). */
public final class Surroundings {
    private static final String UNKNOWN = "unknown";

    private Surroundings() {}

    /**
     * What is said of a run.
     *
     * @param run whose own facts come first
     * @return text by heading
     */
    static Map<String, String> of(final Run run) {
        final Map<String, String> facts = new LinkedHashMap<>();
        run.facts().forEach(facts::put);
        if (!run.date().isEmpty()) {
            facts.put("Date", run.date().replace('T', ' ').replace("Z", " UTC"));
        }
        if (!run.commit().equals(UNKNOWN)) {
            facts.put("Commit", run.commit());
        }
        final Machine machine = run.machine();
        if (machine != null) {
            facts.put("CPU", machine.cpu());
            facts.put("Cores", String.valueOf(machine.cores()));
            facts.put("System", machine.system() + " " + machine.arch());
        }
        final Load load = run.load();
        if (!Double.isNaN(load.before())) {
            facts.put(
                    "Load",
                    "average " + Numbers.fixed(load.before(), 2) + " before the run; others "
                            + Numbers.fixed(load.othersShare() * 100, 1) + " % of all processor time, stolen "
                            + Numbers.fixed(load.stealShare() * 100, 1) + " %");
        }
        return facts;
    }

    /** {@return now, as ISO 8601 in UTC, to the second} */
    public static String now() {
        return DateTimeFormatter.ISO_INSTANT.format(Instant.now().truncatedTo(ChronoUnit.SECONDS));
    }

    /**
     * What is checked out.
     *
     * @param home of the checkout
     * @return the commit, with {@code -dirty} when files are changed; {@code unknown} outside of a repository
     */
    public static String commit(final Path home) {
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
