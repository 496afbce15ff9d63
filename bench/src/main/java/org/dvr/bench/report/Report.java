package org.dvr.bench.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * The page: what a run came to, held against goals, other forwarders and a baseline, and where and how it was measured. One file that needs nothing else;
 * it follows the reader's choice of a light or dark screen. Charts are drawn by Chart.js, which is part of the page; every number is in a table too.
 */
public final class Report {
    private static final String LIBRARY = "chart.js";
    private static final String LIBRARY_FACTS = "META-INF/maven/org.webjars.npm/" + LIBRARY + "/pom.properties";
    private static final String LIBRARY_FOLDER = "META-INF/resources/webjars/" + LIBRARY + "/";

    private final String title;
    private final Run run;
    private final Comparison comparison;
    private final String baseline;
    private final Noise noise;
    private final Peers peers;

    private Report(
            final String title,
            final Run run,
            final Comparison comparison,
            final String baseline,
            final Noise noise,
            final Peers peers) {
        this.title = title;
        this.run = run;
        this.comparison = comparison;
        this.baseline = baseline;
        this.noise = noise;
        this.peers = peers;
    }

    /**
     * A report of a run by itself.
     *
     * @param title of the page
     * @param run to show
     * @return without baseline and peers
     */
    public static Report of(final String title, final Run run) {
        return new Report(title, run, null, "", Noise.unknown(), null);
    }

    /**
     * Compares with a baseline.
     *
     * @param file of the baseline
     * @param history folder of saved runs, from which the noise is learned; may be missing
     * @return a report that shows it
     * @throws IOException when one of the files cannot be used
     */
    public Report against(final Path file, final Path history) throws IOException {
        return against(RunReader.read(file), file.toString(), Noise.of(Noise.readHistory(history), run.machine()));
    }

    Report against(final Run before, final String name, final Noise learned) {
        return new Report(title, run, Comparison.of(run, before, learned), name, learned, peers);
    }

    /**
     * Sets others beside it.
     *
     * @param others to show, null = none
     * @return a report that shows them
     */
    public Report beside(final Peers others) {
        return new Report(title, run, comparison, baseline, noise, others);
    }

    /** {@return whether anything is slower than in the baseline, and not by chance} */
    public boolean isSlower() {
        return comparison != null && comparison.count(Verdict.SLOWER) > 0;
    }

    /** {@return a line for each figure that is slower than in the baseline, and one that counts the verdicts; empty without a baseline} */
    public List<String> verdicts() {
        final List<String> lines = new ArrayList<>();
        if (comparison != null) {
            for (final Comparison.Row row : comparison.rows()) {
                if (row.verdict() == Verdict.SLOWER || row.verdict() == Verdict.FASTER) {
                    lines.add((row.verdict() == Verdict.SLOWER ? "SLOWER: " : "faster: ") + row.name() + " "
                            + row.parameters() + ": " + Numbers.figure(row.before()) + " -> "
                            + Numbers.figure(row.now()) + " " + row.unit() + " (" + Numbers.change(row.change())
                            + " ± " + Numbers.fixed(row.band() * 100, 1) + " %)");
                }
            }
            lines.add("against " + baseline + ": " + Facts.counts(comparison));
        }
        return lines;
    }

    /**
     * Writes the page.
     *
     * @param file which is replaced
     * @throws IOException when it cannot be written
     */
    public void write(final Path file) throws IOException {
        Files.writeString(file, html());
    }

    /**
     * Writes the short form for a pull request.
     *
     * @param file which is replaced
     * @throws IOException when it cannot be written
     */
    public void writeMarkdown(final Path file) throws IOException {
        Files.writeString(file, new Markdown(title, run, comparison, baseline, noise, peers).text());
    }

    /** {@return the page} */
    public String html() {
        final Sections sections = new Sections();
        new FigureSections(run, sections).add();
        new ContextSections(run, sections).add(comparison, baseline, noise, peers);
        final String version = libraryVersion();
        final String folder = LIBRARY_FOLDER + version + "/";
        return Template.resource("page.html")
                .text("title", title)
                .markup("summary", summary())
                .markup("links", sections.links())
                .markup("sections", sections.markup())
                .text("version", version)
                .text("license", text(folder + "LICENSE.md"))
                .markup("data", sections.data())
                .markup("library", text(folder + "dist/chart.umd.min.js"))
                .markup("script", text("org/dvr/bench/report/page.js"))
                .fill();
    }

    private String summary() {
        final StringBuilder out = new StringBuilder();
        for (final Facts.Line line : Facts.of(run, comparison, baseline)) {
            out.append(Template.of("<li{{class}}>{{text}}</li>\n")
                    .markup("class", line.isBad() ? " class=\"bad\"" : "")
                    .text("text", (line.isBad() ? "⚠ " : "") + line.text())
                    .fill());
        }
        return out.toString();
    }

    private static String libraryVersion() {
        final Properties facts = new Properties();
        try (InputStream in = open(LIBRARY_FACTS)) {
            facts.load(in);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return facts.getProperty("version");
    }

    private static String text(final String name) {
        try (InputStream in = open(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(final String name) throws IOException {
        final InputStream in = Report.class.getClassLoader().getResourceAsStream(name);
        if (in == null) {
            throw new IOException("not on the class path: " + name);
        }
        return in;
    }
}
