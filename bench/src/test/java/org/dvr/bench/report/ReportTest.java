package org.dvr.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import javax.xml.parsers.DocumentBuilderFactory;
import org.dvr.bench.PipelineBenchmark;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

final class ReportTest {
    private static final List<Measured> PIPELINE = List.of(
            Runs.packets("floatingIpOutbound", "1024", 26, 26.2, 25.8),
            Runs.packets("floatingIpOutbound", "1048576", 130, 131, 129),
            Runs.packets("proxyArp", "1024", 50, 51, 49));

    private static final Latency LATENCY = new Latency(
            "floatingIpOutbound",
            Map.of(),
            0.8,
            1_000_000,
            600,
            Map.of(50.0, 90.0, 99.9, 1_000.0, 100.0, 40_000.0),
            0,
            "open loop");

    private static final Stages STAGES = new Stages(
            "PipelineBenchmark.floatingIpOutbound",
            Map.of("flows", "1024"),
            new TreeMap<>(Map.of("parse", 30L, "write", 70L)));

    private static final Peers PEERS = new Peers(
            "lab",
            Runs.MACHINE,
            Runs.CALIBRATION,
            List.of(new Peers.Figure("OVS", "floatingIpOutbound", 1_024, List.of(260.0, 261.0, 259.0), "memory")));

    /** Everything that a page can show. */
    private static Report full(final double allocated) {
        final List<Measured> measured = new ArrayList<>(PIPELINE);
        for (final String routers : List.of("1", "10", "10000")) {
            measured.add(Runs.measured("Growth", "route", Map.of("routers", routers), "ns/op", 0, 30, 31, 32));
        }
        measured.add(Runs.measured("Other", "one", Map.of(), "ops/s", allocated, 5, 5.1));
        final Run run = Runs.run(measured);
        return Report.of(
                        "dvr bench",
                        new Run(
                                run.date(),
                                run.commit(),
                                run.facts(),
                                run.machine(),
                                run.calibration(),
                                new Load(3.5, 2, 0.2, 0.1),
                                measured,
                                List.of(LATENCY),
                                List.of(STAGES)))
                .against(Runs.run("2025-12-01T00:00:00Z", "beef", PIPELINE), "before.json", Noise.unknown())
                .beside(PEERS);
    }

    private static Report of(final List<Measured> measured) {
        return Report.of("dvr bench", Runs.run(measured));
    }

    /** The page without what its scripts are. */
    private static String markup(final String page) {
        return page.replaceAll("(?s)<script[^>]*>.*?</script>", "");
    }

    /** The page's body as XML: what is not well formed fails here. */
    private static Document document(final String page) throws Exception {
        final String markup = markup(page);
        final String body = markup.substring(markup.indexOf("<body>"), markup.indexOf("</html>"));
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(body.replace("noscript>", "div>"))));
    }

    private static String text(final String page) throws Exception {
        return document(page).getDocumentElement().getTextContent();
    }

    private static JsonNode data(final String page) throws IOException {
        final Matcher data = Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>")
                .matcher(page);
        assertTrue(data.find());
        return Json.MAPPER.readTree(data.group(1));
    }

    private static List<JsonNode> charts(final String page) throws IOException {
        return StreamSupport.stream(data(page).path("charts").spliterator(), false)
                .toList();
    }

    @Test
    void shouldShowEveryFigureInATable() throws Exception {
        final String text = text(full(0).html());
        for (final String part : List.of(
                "PipelineBenchmark.floatingIpOutboundflows=102426.025.5 – 26.5ns/op38.5 M0.0013 × 3",
                "floatingIpOutbound1,02426.027✓ reached0.96 ×VPP 53; OVS-DPDK 264; least possible 10",
                "floatingIpOutbound1,048,576130.0115✗ not reached1.13 ×",
                "floatingIpOutbound80 %1,000,00090.0––1,000–40,0000open loop",
                "floatingIpOutbound flows=102430 % · 7.8 ns70 % · 18.2 ns26.0100",
                "floatingIpOutbound1,024OVS260.03.85 M10.00 ×memory",
                "PipelineBenchmark.proxyArpflows=1024= same50.050.0ns/op+0.0 %",
                "dependent load, 64 MiB110.0 ns",
                "1 of 2 goals reached",
                "Nothing is allocated",
                "load average 3.50 on 2 cores")) {
            assertTrue(text.replaceAll("\\s*\n\\s*", "").contains(part), part + "\n" + text);
        }
    }

    @Test
    void shouldHaveACanvasForEachChartAndATableBeside() throws Exception {
        final String page = full(0.5).html();
        final int charts = charts(page).size();
        assertEquals(charts, document(page).getElementsByTagName("canvas").getLength());
        for (int i = 0; i < charts; i++) {
            assertTrue(page.contains("id=\"chart-" + i + "\""));
        }
        assertTrue(document(page).getElementsByTagName("table").getLength() >= 7);
    }

    @Test
    void shouldDrawForksAndIntervalsOverFlows() throws IOException {
        final JsonNode chart = charts(of(PIPELINE).html()).stream()
                .filter(each -> each.path("rates").asBoolean())
                .findFirst()
                .orElseThrow();
        assertTrue(chart.path("xLog").asBoolean());
        final JsonNode point = chart.path("series").get(0).path("points").get(1);
        assertEquals(1_048_576, point.path("at").asDouble());
        assertEquals(130, point.path("value").asDouble());
        assertEquals("[130.0,131.0,129.0]", point.path("dots").toString());
        assertTrue(point.path("low").asDouble() < 129 && point.path("high").asDouble() > 131);
    }

    @Test
    void shouldDrawAnyNumericParameterAsACurve() throws IOException {
        final List<Measured> results = new ArrayList<>();
        for (final String cache : List.of("on", "off")) {
            for (final String prefixes : List.of("100000", "1", "1000")) {
                results.add(Runs.measured(
                        "Fib", "find", Map.of("prefixes", prefixes, "cache", cache), "us/op", 0, prefixes.length()));
            }
        }
        final JsonNode chart = charts(of(results).html()).getFirst();
        assertEquals("prefixes per router", chart.path("xTitle").asText());
        assertEquals(2, chart.path("series").size());
        assertEquals("find cache=on", chart.path("series").get(0).path("label").asText());
        assertEquals(
                List.of(1.0, 1_000.0, 100_000.0),
                StreamSupport.stream(chart.path("series").get(1).path("points").spliterator(), false)
                        .map(point -> point.path("at").asDouble())
                        .toList());
    }

    @Test
    void shouldMarkWhatAllocates() throws Exception {
        final String clean = full(0.009).html();
        assertFalse(clean.contains("limit 0.01"));
        final String dirty = full(0.5).html();
        assertTrue(text(dirty).contains("⚠ 1 of 7 benchmarks allocate on the packet path."));
        assertTrue(dirty.contains("<td class=\"number bad\">0.500</td>"));
        final JsonNode limit = charts(dirty).stream()
                .flatMap(each -> StreamSupport.stream(each.path("lines").spliterator(), false))
                .filter(line -> line.path("label").asText().equals("limit 0.01"))
                .findFirst()
                .orElseThrow();
        assertTrue(limit.path("alarm").asBoolean());
    }

    @Test
    void shouldNotJudgeWhatIsCold() throws Exception {
        final Measured cold = new Measured(
                "Change", "move", Map.of(), 1, 1, "ms/op", 50_000, /* isCold= */ true, List.of(List.of(1.0)));
        final String page = of(List.of(cold)).html();
        assertFalse(page.contains("number bad"));
        assertTrue(text(page).contains("50,000"));
    }

    @Test
    void shouldEscapeWhatItIsGiven() throws Exception {
        final Measured odd = new Measured(
                "A<b>", "c&d", Map.of("x", "\"1'</script><script>"), 1, 1, "ns/op", 0, false, List.of(List.of(1.0)));
        final String page = of(List.of(odd)).html();
        assertTrue(text(page).contains("A <fast> & \"new\" one"));
        assertTrue(text(page).contains("A<b>.c&dx=\"1'</script><script>"));
        assertEquals(
                "c&d x=\"1'</script><script>",
                charts(page).getFirst().path("names").get(0).asText());
        assertEquals(3, page.split("<script", -1).length - 1);
    }

    @Test
    void shouldNeedNothingFromElsewhere() throws Exception {
        final String page = full(0.5).html();
        final String markup = markup(page);
        for (final String reach : List.of("http:", "https:", "src=", "@import", "url(", "<link", "<iframe")) {
            assertFalse(markup.contains(reach), reach);
        }
        assertFalse(Pattern.compile("href=\"[^#]").matcher(markup).find());
        assertTrue(markup.contains("default-src 'none'"), "the browser is told to load nothing");
        assertTrue(markup.contains("@media (prefers-color-scheme: dark)"));
        final String own = page.substring(page.lastIndexOf("<script>"));
        for (final String reach : List.of("fetch(", "XMLHttpRequest", "import(", "http")) {
            assertFalse(own.contains(reach), reach);
        }
        assertTrue(text(page).contains("The MIT License"), "the library's license is kept");
        assertTrue(text(page).contains("Charts by Chart.js 4."));
    }

    /** Every goal's path is one that is measured, and each figure could be read. */
    @Test
    void shouldKnowTheGoals() throws NoSuchMethodException {
        final Goals goals = Goals.load();
        assertEquals(20, goals.rows().size());
        for (final Goals.Row row : goals.rows()) {
            assertTrue(
                    java.util.Arrays.stream(PipelineBenchmark.class.getMethods())
                            .anyMatch(method -> method.getName().equals(row.method())),
                    row.method());
            row.figures().forEach(figure -> assertTrue(figure.low() <= figure.high() && figure.low() >= 10));
        }
        final Goals.Figure range = goals.rows().getFirst().figures().get(1);
        assertEquals(List.of(87.0, 96.0), List.of(range.low(), range.high()));
    }

    @Test
    void shouldSayInShortWhatAPullRequestNeeds(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("short.md");
        final Run slower = Runs.run(List.of(Runs.packets("floatingIpOutbound", "1024", 40, 40.2, 39.8)));
        final Report report =
                Report.of("dvr bench", slower).against(Runs.run(PIPELINE), "before.json", Noise.unknown());
        assertTrue(report.isSlower());
        assertTrue(report.verdicts()
                .getFirst()
                .startsWith("SLOWER: PipelineBenchmark.floatingIpOutbound flows=1024: 26.0 -> 40.0 ns/op (+53.8 %"));
        report.writeMarkdown(file);
        final String text = Files.readString(file);
        assertTrue(text.contains("- ⚠ Against before.json: 1 slower, 2 gone."), text);
        assertTrue(
                text.contains(
                        "| `PipelineBenchmark.floatingIpOutbound` flows=1024 | ▲ slower | 26.0 | 40.0 ns/op | +53.8 %"),
                text);
        assertTrue(
                text.contains(
                        "| `floatingIpOutbound` | 1,024 | 40.0 | 27 | ✗ not reached | VPP 53; OVS-DPDK 264; least possible 10 |"),
                text);
        assertTrue(text.contains("A &lt;fast> &amp;"), text);
    }

    @Test
    void shouldWriteTheFileInUtf8(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("report.html");
        of(PIPELINE).write(file);
        assertEquals(of(PIPELINE).html(), Files.readString(file, StandardCharsets.UTF_8));
    }

    @Test
    void shouldFillEveryPlaceOnce() {
        final Template template = Template.of("<a>{{x}}</a>{{y}}");
        assertThrows(
                IllegalStateException.class, () -> template.text("x", "{{y}}").fill());
        assertEquals("<a>{{y}}</a>1", template.text("y", 1).fill());
        assertThrows(IllegalArgumentException.class, () -> template.text("z", 1));
    }

    /** A browser runs the scripts and draws every chart. Skipped where there is none. */
    @Test
    void shouldDrawEveryChartInABrowser(@TempDir final Path folder) throws Exception {
        final Path browser = browser();
        assumeTrue(browser != null, "no chromium on the PATH");
        final Path file = folder.resolve("report.html");
        final Report report = full(0.5);
        report.write(file);
        final Path seen = folder.resolve("dom.html");
        final Process process = new ProcessBuilder(
                        browser.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-background-networking",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--virtual-time-budget=5000",
                        "--dump-dom",
                        file.toUri().toString())
                .redirectOutput(seen.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "the browser does not end");
        } finally {
            process.destroyForcibly();
        }
        final String dom = Files.readString(seen);
        final String root = dom.substring(dom.indexOf("<html"), dom.indexOf('>', dom.indexOf("<html")));
        assertTrue(root.contains("data-charts=\"" + charts(report.html()).size() + "\""), root);
        assertFalse(root.contains("data-failed"), root);
    }

    private static Path browser() {
        for (final String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            for (final String name : List.of("chromium", "chromium-browser", "google-chrome")) {
                final Path file = Path.of(folder, name);
                if (!folder.isEmpty() && Files.isExecutable(file)) {
                    return file;
                }
            }
        }
        return null;
    }

    @Test
    void shouldFindItsLibrary() {
        assertNotNull(
                Report.class.getClassLoader().getResource("META-INF/maven/org.webjars.npm/chart.js/pom.properties"));
    }
}
