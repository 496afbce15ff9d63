package org.dvr.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/conformance.md} names its proofs: each must exist, and what is said to be met must have one. */
class ConformanceDocumentTest {
    private static final Path ROOT = Path.of("..");
    private static final Set<String> PROVEN = Set.of("met", "option", "other");
    private static final Set<String> UNPROVEN = Set.of("n/a", "not met");
    private static final Pattern PROOF =
            Pattern.compile("`([A-Za-z0-9]+Test\\.should[A-Za-z0-9]+|[a-z0-9-]+/[a-z0-9-]+)`");

    @Test
    void shouldNameProofsThatExist() throws IOException {
        final Map<String, String> tests = testSources();
        final List<String> wrong = new ArrayList<>();
        int rows = 0;
        for (final String line : Files.readAllLines(ROOT.resolve("docs/conformance.md"))) {
            final String[] cells = line.split("\\|", -1);
            if (cells.length != 6 || line.startsWith("|---") || "requirement".equals(cells[1].strip())) {
                continue;
            }
            rows++;
            final String status = cells[3].strip();
            final List<String> proofs = proofs(cells[4]);
            if (!PROVEN.contains(status) && !UNPROVEN.contains(status)) {
                wrong.add("unknown status " + status + ": " + line);
            }
            if (PROVEN.contains(status) && proofs.isEmpty()) {
                wrong.add("no proof: " + line);
            }
            for (final String proof : proofs) {
                if (!exists(proof, tests)) {
                    wrong.add(proof + " does not exist: " + line);
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(rows > 40, "rows were found: " + rows);
    }

    private static List<String> proofs(final String cell) {
        final List<String> proofs = new ArrayList<>();
        final Matcher matcher = PROOF.matcher(cell);
        while (matcher.find()) {
            proofs.add(matcher.group(1));
        }
        return proofs;
    }

    private static boolean exists(final String proof, final Map<String, String> tests) {
        if (proof.contains("/")) {
            return Files.exists(ROOT.resolve("pcaps/scenarios").resolve(proof).resolve("scenario.yaml"));
        }
        final int dot = proof.indexOf('.');
        final String source = tests.get(proof.substring(0, dot));
        final String name = proof.substring(dot + 1);
        return source != null && (source.contains("void " + name + "(") || source.contains("ArchRule " + name + " "));
    }

    private static Map<String, String> testSources() throws IOException {
        final Map<String, String> sources = new HashMap<>();
        for (final String module : List.of("codec", "nat", "dataplane", "control", "pcaps", "app", "bench")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                for (final Path file : files.filter(one -> one.toString().endsWith("Test.java"))
                        .toList()) {
                    final String name = file.getFileName().toString();
                    // Two modules may have tests of one name.
                    sources.merge(
                            name.substring(0, name.length() - ".java".length()),
                            Files.readString(file),
                            String::concat);
                }
            }
        }
        return sources;
    }
}
