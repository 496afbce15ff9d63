package org.dvr.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What other forwarders came to on a machine, as {@code bench/peers} writes it.
 *
 * @param source who measured, where, when
 * @param machine that they ran on, null where unknown
 * @param calibration of it, null where unknown
 * @param figures of them
 */
public record Peers(String source, Machine machine, Calibration calibration, List<Figure> figures) {
    private static final String FORMAT = "dvr-peers/1";

    /**
     * One forwarder on one path.
     *
     * @param system its name and version
     * @param path method of {@code PipelineBenchmark} with the same work
     * @param flows as its parameter
     * @param nsPerPacket one for each run
     * @param note in the reader's words, may be empty
     */
    public record Figure(String system, String path, long flows, List<Double> nsPerPacket, String note) {
        double median() {
            return Estimate.median(nsPerPacket);
        }
    }

    /**
     * Reads a file.
     *
     * @param file to read
     * @return all that it says
     * @throws UnusableResultException when it cannot be used
     */
    public static Peers read(final Path file) throws UnusableResultException {
        final JsonNode tree = Json.read(file);
        if (!tree.path("format").asText().equals(FORMAT)) {
            throw new UnusableResultException(file, "not a file of peers (\"format\": \"" + FORMAT + "\")");
        }
        final List<Figure> figures = new ArrayList<>();
        for (final JsonNode each : tree.path("peers")) {
            final List<Double> runs = new ArrayList<>();
            each.path("nsPerPacket").forEach(run -> runs.add(Json.number(run)));
            if (!each.path("system").isTextual()
                    || !each.path("path").isTextual()
                    || runs.isEmpty()
                    || runs.stream().anyMatch(run -> !(run > 0))) {
                throw new UnusableResultException(
                        file, "a peer without system, path or positive nsPerPacket: " + each.toString());
            }
            figures.add(new Figure(
                    each.path("system").asText(),
                    each.path("path").asText(),
                    each.path("flows").asLong(),
                    runs,
                    each.path("note").asText()));
        }
        if (figures.isEmpty()) {
            throw new UnusableResultException(file, "names no peers");
        }
        return new Peers(
                tree.path("source").asText(file.toString()),
                RunReader.machine(tree.path("machine")),
                RunReader.calibration(tree.path("calibration")),
                figures);
    }
}
