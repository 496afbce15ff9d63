package org.dvr.app.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.dvr.app.observe.CounterFileReader;
import org.dvr.app.observe.ObserveException;
import org.dvr.app.observe.RunDir;

/** What the forwarders of a lab have dropped, by host and reason, as their counters files say: the first thing to ask when a walk fails. */
final class Drops {
    /** Counters are written several times a second. */
    private static final long WRITTEN_MS = 400;

    private Drops() {}

    /**
     * Reads them.
     *
     * @param lab that is up
     * @return counts by {@code HOST REASON}
     */
    static Map<String, Long> of(final Lab lab) {
        final Map<String, Long> counts = new TreeMap<>();
        lab.forwarders().keySet().forEach(host -> {
            final Path file = RunDir.at(lab.runFolder(host)).counters();
            if (Files.exists(file)) {
                read(counts, host.name(), file);
            }
        });
        return counts;
    }

    private static void read(final Map<String, Long> counts, final String host, final Path file) {
        try {
            final ObjectNode json = CounterFileReader.read(file).json();
            for (final Map.Entry<String, JsonNode> drop : json.path("drops").properties()) {
                counts.put(host + " " + drop.getKey(), drop.getValue().asLong());
            }
        } catch (final ObserveException e) {
            // It is starting or gone; another line of the walk says so.
        }
    }

    /**
     * What has been added since.
     *
     * @param lab    that is up
     * @param before what {@link #of} said then
     * @return as {@code drops: compute1 ttl-exceeded +1}; empty where there was none
     */
    static String since(final Lab lab, final Map<String, Long> before) {
        Pause.ms(WRITTEN_MS);
        final StringBuilder text = new StringBuilder();
        of(lab).forEach((name, count) -> {
            final long added = count - before.getOrDefault(name, 0L);
            if (added > 0) {
                text.append(text.isEmpty() ? "drops: " : ", ")
                        .append(name)
                        .append(" +")
                        .append(added);
            }
        });
        return text.toString();
    }
}
