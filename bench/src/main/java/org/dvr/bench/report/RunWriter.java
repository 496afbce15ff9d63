package org.dvr.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes runs as they are kept in {@code bench/history}: what JMH's JSON has no place for, and of its numbers the scores alone. */
public final class RunWriter {
    /** What a file of this kind says of itself. */
    static final String FORMAT = "dvr-bench/1";

    private RunWriter() {}

    /**
     * Writes one run, a line for each result.
     *
     * @param run to keep
     * @param file which is replaced; its folder is made
     * @throws IOException when it cannot be written
     */
    public static void write(final Run run, final Path file) throws IOException {
        final Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        Files.writeString(file, text(run));
    }

    static String text(final Run run) throws IOException {
        final ObjectNode root = Json.MAPPER.createObjectNode();
        root.put("format", FORMAT).put("date", run.date()).put("commit", run.commit());
        run.facts().forEach(root.putObject("facts")::put);
        if (run.machine() != null) {
            final Machine machine = run.machine();
            root.putObject("machine")
                    .put("cpu", machine.cpu())
                    .put("cores", machine.cores())
                    .put("arch", machine.arch())
                    .put("system", machine.system())
                    .put("jdk", machine.jdk());
        }
        if (run.calibration() != null) {
            final ObjectNode calibration = root.putObject("calibration");
            final ObjectNode chase = calibration.putObject("chaseNs");
            run.calibration().chaseNs().forEach((size, ns) -> chase.put(String.valueOf(size), rounded(ns)));
            final ObjectNode copy = calibration.putObject("copyGBps");
            run.calibration().copyGBps().forEach((size, rate) -> copy.put(String.valueOf(size), rounded(rate)));
            put(calibration, "multiplyNs", run.calibration().multiplyNs());
        }
        final ObjectNode load = root.putObject("load");
        put(load, "before", run.load().before());
        load.put("cores", run.load().cores());
        put(load, "othersShare", run.load().othersShare());
        put(load, "stealShare", run.load().stealShare());
        run.measured().forEach(each -> add(root.withArray("results"), each));
        latencies(root.putArray("latency"), run.latencies());
        final ArrayNode stages = root.putArray("stages");
        for (final Stages each : run.stages()) {
            final ObjectNode node = stages.addObject().put("name", each.name());
            texts(node.putObject("parameters"), each.parameters());
            each.samples().forEach(node.putObject("samples")::put);
        }
        return lines(root);
    }

    /** {@code {"latency": [...]}} alone. */
    static String text(final List<Latency> latencies) throws IOException {
        final ObjectNode root = Json.MAPPER.createObjectNode();
        latencies(root.putArray("latency"), latencies);
        return lines(root);
    }

    private static void add(final ArrayNode results, final Measured each) {
        final ObjectNode node = results.addObject().put("type", each.type()).put("method", each.method());
        texts(node.putObject("parameters"), each.parameters());
        put(node, "mean", each.mean());
        put(node, "error", each.error());
        node.put("unit", each.unit());
        put(node, "allocatedBytes", each.allocatedBytes());
        if (each.isCold()) {
            node.put("cold", true);
        }
        final ArrayNode forks = node.putArray("forks");
        each.forks().forEach(fork -> {
            final ArrayNode scores = forks.addArray();
            fork.forEach(score -> scores.add(rounded(score)));
        });
    }

    private static void latencies(final ArrayNode array, final List<Latency> latencies) {
        for (final Latency each : latencies) {
            final ObjectNode node = array.addObject().put("name", each.name());
            texts(node.putObject("parameters"), each.parameters());
            put(node, "load", each.load());
            node.put("count", each.count());
            put(node, "seconds", each.seconds());
            final ObjectNode percentiles = node.putObject("percentiles");
            each.percentiles().forEach((percentile, ns) -> percentiles.put(String.valueOf(percentile), rounded(ns)));
            node.put("collections", each.collections()).put("note", each.note());
        }
    }

    private static void texts(final ObjectNode node, final Map<String, String> texts) {
        texts.forEach(node::put);
    }

    /** What was not measured is left out. */
    private static void put(final ObjectNode node, final String name, final double value) {
        if (!Double.isNaN(value)) {
            node.put(name, rounded(value));
        }
    }

    /** Four digits behind the point: tenths of a picosecond. */
    private static double rounded(final double value) {
        return Math.round(value * 1e4) / 1e4;
    }

    /** A line for each member and each element of an array: files that differ show it line by line. */
    private static String lines(final ObjectNode root) throws IOException {
        final StringBuilder out = new StringBuilder("{");
        String between = "\n";
        for (final Map.Entry<String, JsonNode> each : root.properties()) {
            out.append(between)
                    .append(Json.MAPPER.writeValueAsString(each.getKey()))
                    .append(": ");
            between = ",\n";
            if (each.getValue().isArray()) {
                String comma = "\n  ";
                out.append('[');
                for (final JsonNode element : each.getValue()) {
                    out.append(comma).append(Json.MAPPER.writeValueAsString(element));
                    comma = ",\n  ";
                }
                out.append(']');
            } else {
                out.append(Json.MAPPER.writeValueAsString(each.getValue()));
            }
        }
        return out.append("\n}\n").toString();
    }
}
