package org.dvr.pcaps.scenario;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.pcaps.replay.Nearest;
import org.dvr.pcaps.replay.ReplayException;

/** Compares counters with those a scenario expects: only what is expected is looked at, and what a host does not have is 0. */
final class CounterComparison {
    private final Path file;
    private final List<String> lines;

    /**
     * A comparison.
     *
     * @param file  expected counters
     * @param lines differences are appended here
     */
    CounterComparison(final Path file, final List<String> lines) {
        this.file = file;
        this.lines = lines;
    }

    /**
     * Compares.
     *
     * @param got counters at the end
     * @throws ReplayException when the file is no JSON object
     */
    void compare(final ObjectNode got) {
        final JsonNode expected;
        try {
            expected = new ObjectMapper().readTree(Files.readString(file));
        } catch (final JsonProcessingException e) {
            throw new ReplayException(file + ": " + e.getOriginalMessage(), e);
        } catch (final IOException e) {
            throw new ReplayException(file + ": cannot be read (" + e.getMessage() + ")", e);
        }
        if (expected == null || !expected.isObject()) {
            throw new ReplayException(file + ": must be an object");
        }
        compare("", expected, got);
    }

    private void compare(final String path, final JsonNode expected, final JsonNode got) {
        for (final Map.Entry<String, JsonNode> field : expected.properties()) {
            final String name = path + field.getKey();
            final JsonNode wanted = field.getValue();
            final JsonNode value = got.path(field.getKey());
            if (value.isMissingNode() && !isKnown(path, field.getKey())) {
                final Set<String> known = known(path, got);
                lines.add("counters: there is no counter " + name + Nearest.hint(field.getKey(), known));
            } else if (wanted.isObject()) {
                compare(name + ".", wanted, value);
            } else if (wanted.isIntegralNumber()) {
                if (wanted.asLong() != value.asLong(0)) {
                    differ(name, wanted, value.asText("0").isEmpty() ? "0" : value.asText("0"));
                }
            } else if (!wanted.equals(value)) {
                differ(name, wanted, value.asText());
            }
        }
    }

    private void differ(final String name, final JsonNode expected, final String got) {
        lines.add(String.format("counters: %-34s  expected %-20s  got %s", name, expected.asText(), got));
    }

    /** A drop reason that did not occur is known all the same. */
    private static boolean isKnown(final String path, final String key) {
        if (isDrops(path)) {
            for (final DropReason reason : DropReason.values()) {
                if (reason.label().equals(key)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Those of a host, or of one of several. */
    private static boolean isDrops(final String path) {
        return path.equals("drops.") || path.endsWith(".drops.");
    }

    private static Set<String> known(final String path, final JsonNode got) {
        final Set<String> known = new TreeSet<>();
        got.fieldNames().forEachRemaining(known::add);
        if (isDrops(path)) {
            for (final DropReason reason : DropReason.values()) {
                known.add(reason.label());
            }
        }
        return known;
    }
}
