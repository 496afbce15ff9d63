package org.dvr.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dvr.control.compile.StableIds;
import org.dvr.control.source.TopologyLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a document says: loading ends with findings, never an exception, and what loads compiles on every host. */
class MutatedTopologyTest {
    private static final int ROUNDS = 500;
    private static final String[] VALUES = {
        "null",
        "[]",
        "{}",
        "\"\"",
        "7",
        "-1",
        "true",
        "10.0.1.1",
        "\"2001:db8::1\"",
        "0.0.0.0/0",
        "geneve",
        "local",
        "net-a",
        "router-r",
        "compute2",
        "dvr_no_external",
        "network:router_interface",
        "network:dhcp",
        "{ip_address: 10.0.1.3}",
        "[10.0.1.3]"
    };

    @TempDir
    Path directory;

    @Test
    void shouldNeverThrow() {
        final long seed = 20_260_101L;
        final Random random = new Random(seed);
        int usable = 0;
        for (int round = 0; round < ROUNDS; round++) {
            final String document = mutated(random);
            final String where = "seed=" + seed + " round=" + round + "\n" + document;
            try {
                usable += loadAndCompile(document);
            } catch (final RuntimeException e) {
                throw new AssertionError(where, e);
            }
        }
        assertTrue(usable > ROUNDS / 20 && usable < ROUNDS, "usable=" + usable);
    }

    private int loadAndCompile(final String document) {
        final TopologyLoader.Result result =
                new Documents(directory).add("t.yaml", document).load();
        if (!result.isUsable()) {
            return 0;
        }
        for (final String host : Topologies.hostNames(result.topology())) {
            assertEquals(
                    List.of(),
                    Topologies.compile(result.topology(), host, new StableIds())
                            .findings()
                            .errors());
        }
        return 1;
    }

    /** The cast with one to three lines dropped, doubled, moved, or given another value. */
    private static String mutated(final Random random) {
        final List<String> lines =
                new ArrayList<>(Documents.cast("vxlan").lines().toList());
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            final int at = random.nextInt(lines.size());
            final String line = lines.get(at);
            switch (random.nextInt(5)) {
                case 0 -> lines.remove(at);
                case 1 -> lines.add(random.nextInt(lines.size()), line);
                case 2 -> lines.set(at, lines.get(random.nextInt(lines.size())));
                default -> lines.set(at, revalued(line, random));
            }
        }
        return String.join("\n", lines) + "\n";
    }

    /** Replaces the value of one of the keys of a line. */
    private static String revalued(final String line, final Random random) {
        final List<Integer> colons = new ArrayList<>();
        for (int i = line.indexOf(": "); i >= 0; i = line.indexOf(": ", i + 1)) {
            colons.add(i);
        }
        if (colons.isEmpty()) {
            return line;
        }
        final int start = colons.get(random.nextInt(colons.size())) + 2;
        int end = start;
        while (end < line.length() && ",}]".indexOf(line.charAt(end)) < 0) {
            end++;
        }
        return line.substring(0, start) + VALUES[random.nextInt(VALUES.length)] + line.substring(end);
    }
}
