package org.dvr.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

final class ReportTest {
    private static final Map<String, String> SURROUNDINGS = Map.of("CPU", "A <fast> & \"new\" one");

    private static Measured pipeline(final String method, final String flows, final double mean, final double error) {
        return new Measured(
                "PipelineBenchmark",
                method,
                Map.of("flows", flows),
                mean,
                error,
                "ns/op",
                0.001,
                List.of(List.of(mean * 0.9, mean), List.of(mean * 1.1, mean)));
    }

    private static final List<Measured> PIPELINE = List.of(
            pipeline("proxyArp", "1", 100, 5),
            pipeline("proxyArp", "1024", 120, 6),
            pipeline("proxyArp", "1048576", 300, Double.NaN),
            pipeline("eastWestGre", "1024", 150, 9_000));

    private static String page(final List<Measured> results) {
        return new Report(SURROUNDINGS, results, 0.01).html();
    }

    /** The page's body as XML: what is not well formed fails here. */
    private static Document document(final String page) throws ParserConfigurationException, IOException, SAXException {
        final DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        final String body = page.substring(page.indexOf("<body>"), page.indexOf("</html>"));
        return builder.parse(new InputSource(new StringReader(body)));
    }

    private static List<Element> elements(final Document document, final String name, final String kind) {
        final NodeList all = document.getElementsByTagName(name);
        return IntStream.range(0, all.getLength())
                .mapToObj(i -> (Element) all.item(i))
                .filter(each -> List.of(each.getAttribute("class").split(" ")).contains(kind))
                .toList();
    }

    @Test
    void shouldShowEveryFigure() throws Exception {
        final String page = page(PIPELINE);
        final String text = document(page).getDocumentElement().getTextContent();
        assertTrue(text.contains("PipelineBenchmark.proxyArpflows=1024120.06.00.0012 × 2"), text);
        assertTrue(text.contains("PipelineBenchmark.proxyArpflows=1048576300.0–0.0012 × 2"), text);
        assertTrue(text.contains("PipelineBenchmark.proxyArpflows=190.0100.0110.020.0 %"), text);
        assertTrue(page.contains("dvr bench: PipelineBenchmark"));
    }

    @Test
    void shouldEscapeWhatItIsGiven() throws Exception {
        final Measured odd =
                new Measured("A<b>", "c&d", Map.of("x", "\"1'<script>"), 1, 1, "ns/op", 0, List.of(List.of(1.0)));
        final String page = page(List.of(odd));
        assertTrue(page.contains("A &lt;fast&gt; &amp; &quot;new&quot; one"), page);
        assertTrue(page.contains("A&lt;b&gt;.c&amp;d"), page);
        assertTrue(page.contains("x=&quot;1&#39;&lt;script&gt;"), page);
        assertFalse(page.contains("<script"), page);
        assertTrue(document(page).getDocumentElement().getTextContent().contains("A<b>.c&d"));
    }

    @Test
    void shouldNeedNothingFromElsewhere() {
        final String page = page(PIPELINE);
        for (final String reach : List.of("http:", "https:", "src=", "href=", "@import", "url(", "<script")) {
            assertFalse(page.contains(reach), reach);
        }
        assertTrue(page.contains("@media (prefers-color-scheme: dark)"));
    }

    @Test
    void shouldPlotOverFlowsOnALogarithmicAxis() throws Exception {
        final Document document = document(page(List.of(
                pipeline("proxyArp", "1", 100, 5),
                pipeline("proxyArp", "1024", 120, 6),
                pipeline("proxyArp", "1048576", 300, 7))));
        final String[] points =
                elements(document, "path", "line").getFirst().getAttribute("d").split("[ML ]+", -1);
        // Equal ratios, equal distances; the dearer, the higher up.
        assertEquals(
                Double.parseDouble(points[3]) - Double.parseDouble(points[1]),
                Double.parseDouble(points[5]) - Double.parseDouble(points[3]),
                0.2);
        assertTrue(Double.parseDouble(points[6]) < Double.parseDouble(points[4]));
        assertEquals(3 * 3, elements(document, "line", "whisker").size());
    }

    @Test
    void shouldDrawTheTargetsOfPackets() throws Exception {
        final Document document = document(page(PIPELINE));
        assertEquals(2, elements(document, "line", "target").size());
        assertEquals(
                List.of("target 150", "target 500"),
                elements(document, "text", "target").stream()
                        .map(Element::getTextContent)
                        .toList());
        final Measured other = new Measured(
                "FibTableBenchmark", "find", Map.of("entries", "1024"), 9, 1, "ns/op", 0, List.of(List.of(9.0)));
        assertEquals(
                0, elements(document(page(List.of(other))), "line", "target").size());
    }

    @Test
    void shouldKeepValuesApartUnderALongWhisker() throws Exception {
        final Document document = document(page(PIPELINE)); // 150 ± 9,000
        final List<Element> ticks = elements(document, "text", "end");
        assertEquals("1,000", ticks.getLast().getTextContent());
        for (final Element whisker : elements(document, "line", "whisker")) {
            assertTrue(Double.parseDouble(whisker.getAttribute("y2")) >= 20, whisker.getAttribute("y2"));
        }
    }

    @Test
    void shouldPlotWhatHasNoNumericParameter() throws Exception {
        final Measured one = new Measured("A", "a", Map.of(), 1, 0.1, "ns/op", 0, List.of(List.of(1.0, 1.1)));
        final Measured two = new Measured("A", "b", Map.of(), 2, 0.1, "ns/op", 0, List.of(List.of(2.0, 2.1)));
        final List<Element> circles = elements(document(page(List.of(one, two))), "circle", "s1");
        assertEquals(1, circles.size());
        assertEquals("b: 2.0 ± 0.1 ns/op", circles.getFirst().getTextContent());
    }

    @Test
    void shouldMarkWhatAllocates() {
        final Measured clean = new Measured("A", "a", Map.of(), 1, 0.1, "ns/op", 0.009, List.of(List.of(1.0)));
        final Measured dirty = new Measured("A", "b", Map.of(), 1, 0.1, "ns/op", 0.01, List.of(List.of(1.0)));
        assertFalse(page(List.of(clean)).contains("number bad"));
        assertTrue(page(List.of(dirty)).contains("<td class=\"number bad\">0.010</td>"));
    }

    @Test
    void shouldWriteTheFileInUtf8(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("report.html");
        new Report(SURROUNDINGS, PIPELINE, 0.01).write(file);
        assertEquals(page(PIPELINE), Files.readString(file, StandardCharsets.UTF_8));
    }

    @Test
    void shouldFillEveryPlaceOnce() {
        final Template template = Template.of("<a>{{x}}</a>{{y}}");
        assertThrows(
                IllegalStateException.class, () -> template.text("x", "{{y}}").fill());
        assertEquals("<a>{{y}}</a>1", template.text("y", 1).fill());
        assertThrows(IllegalArgumentException.class, () -> template.text("z", 1));
    }

    @Test
    void shouldNameTheProcessor(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("cpuinfo");
        Files.writeString(file, "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\nmodel name\t: Other\n");
        assertEquals("Some CPU @ 3 GHz", Surroundings.cpu(file));
        assertEquals(System.getProperty("os.arch"), Surroundings.cpu(folder.resolve("none")));
        assertEquals("unknown", Surroundings.commit(folder));
    }
}
