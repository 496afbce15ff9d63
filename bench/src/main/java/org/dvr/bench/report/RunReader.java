package org.dvr.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** Reads what was measured: JMH's own JSON, or what {@link RunWriter} saved. */
public final class RunReader {
    private static final String LONGEST = "max";

    private RunReader() {}

    /**
     * Reads either kind.
     *
     * @param file to read
     * @return all that it says
     * @throws UnusableResultException when it cannot be used
     */
    public static Run read(final Path file) throws UnusableResultException {
        final JsonNode tree = Json.read(file);
        final Run run = tree.isArray() ? ofJmh(file, tree) : ofSaved(file, tree);
        if (run.measured().isEmpty() && run.latencies().isEmpty()) {
            throw new UnusableResultException(file, "holds no results");
        }
        return run;
    }

    /**
     * Reads {@code {"latency": [...]}}.
     *
     * @param file to read
     * @return one for each
     * @throws UnusableResultException when it cannot be used
     */
    public static List<Latency> latencies(final Path file) throws UnusableResultException {
        final JsonNode tree = Json.read(file);
        if (!tree.path("latency").isArray()) {
            throw new UnusableResultException(file, "has no array \"latency\"");
        }
        return latencies(file, tree.path("latency"));
    }

    // ---- JMH

    private static Run ofJmh(final Path file, final JsonNode tree) throws UnusableResultException {
        final List<Measured> measured = new ArrayList<>();
        final List<Latency> latencies = new ArrayList<>();
        for (final JsonNode each : tree) {
            measured.add(ofJmhResult(file, each));
            if (each.path("mode").asText().equals("sample")) {
                latencies.add(ofSamples(each, measured.getLast()));
            }
        }
        measured.sort(Comparator.comparing(Measured::type)); // stable: within a class as they ran
        final Map<String, String> facts = new LinkedHashMap<>();
        if (!tree.isEmpty()) {
            final JsonNode first = tree.get(0);
            facts.put("JDK", jdk(first));
            final List<String> flags = new ArrayList<>();
            first.path("jvmArgs").forEach(flag -> flags.add(flag.asText()));
            facts.put("JVM flags", String.join(" ", flags));
        }
        return new Run("", "unknown", facts, null, null, Load.UNKNOWN, measured, latencies, List.of());
    }

    private static String jdk(final JsonNode result) {
        return result.path("jdkVersion").asText("unknown") + ", "
                + result.path("vmName").asText() + " "
                + result.path("vmVersion").asText();
    }

    private static Measured ofJmhResult(final Path file, final JsonNode node) throws UnusableResultException {
        final String name = node.path("benchmark").asText();
        final JsonNode primary = node.path("primaryMetric");
        final int dot = name.lastIndexOf('.');
        if (dot < 0
                || !primary.path("score").isNumber()
                || !primary.path("scoreUnit").isTextual()) {
            throw new UnusableResultException(
                    file, "not JMH's JSON: a result without benchmark, score or unit" + (dot < 0 ? "" : ", " + name));
        }
        final List<List<Double>> forks = new ArrayList<>();
        for (final JsonNode fork : primary.path("rawData")) {
            final List<Double> scores = new ArrayList<>();
            fork.forEach(score -> scores.add(Json.number(score)));
            forks.add(scores);
        }
        if (forks.isEmpty()) {
            final double score = primary.path("score").doubleValue(); // sampled: JMH writes histograms, not scores
            forks.add(List.of(score));
        }
        final JsonNode secondary = node.path("secondaryMetrics");
        return new Measured(
                name.substring(name.lastIndexOf('.', dot - 1) + 1, dot),
                name.substring(dot + 1),
                Json.texts(node.path("params")),
                primary.path("score").doubleValue(),
                Json.number(primary.path("scoreError")),
                primary.path("scoreUnit").asText(),
                Allocation.perOperation(
                        Json.number(secondary.path("gc.alloc.rate.norm").path("score")),
                        Json.number(secondary.path("gc.alloc.rate").path("score")),
                        seconds(node.path("measurementTime").asText())),
                isCold(name, dot),
                forks);
    }

    /** JMH writes {@code 1 s}, {@code 500 ms}. */
    private static double seconds(final String time) {
        final String[] parts = time.split(" ", 2);
        final double number = parts.length < 2 ? Double.NaN : Numbers.positive(parts[0]);
        return switch (parts[parts.length - 1]) {
            case "us" -> number / 1e6;
            case "ms" -> number / 1e3;
            case "s" -> number;
            case "min" -> number * 60;
            default -> Double.NaN;
        };
    }

    /** A class that is not here any more is judged. */
    private static boolean isCold(final String name, final int dot) {
        try {
            final Class<?> type = Class.forName(name.substring(0, dot), false, RunReader.class.getClassLoader());
            if (type.isAnnotationPresent(Cold.class)) {
                return true;
            }
            for (final Method method : type.getMethods()) {
                if (method.getName().equals(name.substring(dot + 1)) && method.isAnnotationPresent(Cold.class)) {
                    return true;
                }
            }
            return false;
        } catch (final ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private static Latency ofSamples(final JsonNode node, final Measured measured) {
        final Map<Double, Double> percentiles = new TreeMap<>();
        node.path("primaryMetric")
                .path("scorePercentiles")
                .properties()
                .forEach(each -> percentiles.put(
                        Double.parseDouble(each.getKey()), Json.number(each.getValue()) * measured.nsPerUnit()));
        return new Latency(
                measured.name(), measured.parameters(), Double.NaN, 0, Double.NaN, percentiles, -1, "sampled by JMH");
    }

    // ---- saved by us

    private static Run ofSaved(final Path file, final JsonNode tree) throws UnusableResultException {
        if (!tree.path("format").asText().equals(RunWriter.FORMAT)) {
            throw new UnusableResultException(
                    file,
                    "neither JMH's JSON (an array) nor saved by dvr bench (\"format\": \"" + RunWriter.FORMAT + "\")");
        }
        final List<Measured> measured = new ArrayList<>();
        for (final JsonNode each : tree.path("results")) {
            final List<List<Double>> forks = new ArrayList<>();
            for (final JsonNode fork : each.path("forks")) {
                final List<Double> scores = new ArrayList<>();
                fork.forEach(score -> scores.add(Json.number(score)));
                forks.add(scores);
            }
            if (!each.path("method").isTextual() || forks.isEmpty()) {
                throw new UnusableResultException(file, "a result without method or forks");
            }
            measured.add(new Measured(
                    each.path("type").asText(),
                    each.path("method").asText(),
                    Json.texts(each.path("parameters")),
                    Json.number(each.path("mean")),
                    Json.number(each.path("error")),
                    each.path("unit").asText("ns/op"),
                    Json.number(each.path("allocatedBytes")),
                    each.path("cold").asBoolean(),
                    forks));
        }
        final List<Stages> stages = new ArrayList<>();
        for (final JsonNode each : tree.path("stages")) {
            final Map<String, Long> samples = new LinkedHashMap<>();
            each.path("samples")
                    .properties()
                    .forEach(stage ->
                            samples.put(stage.getKey(), stage.getValue().asLong()));
            stages.add(new Stages(each.path("name").asText(), Json.texts(each.path("parameters")), samples));
        }
        final JsonNode load = tree.path("load");
        return new Run(
                tree.path("date").asText(),
                tree.path("commit").asText("unknown"),
                Json.texts(tree.path("facts")),
                machine(tree.path("machine")),
                calibration(tree.path("calibration")),
                new Load(
                        Json.number(load.path("before")),
                        load.path("cores").asInt(),
                        Json.number(load.path("othersShare")),
                        Json.number(load.path("stealShare"))),
                measured,
                latencies(file, tree.path("latency")),
                stages);
    }

    /** Null where nothing is said. */
    static Machine machine(final JsonNode node) {
        return node.isObject()
                ? new Machine(
                        node.path("cpu").asText("unknown"),
                        node.path("cores").asInt(),
                        node.path("arch").asText("unknown"),
                        node.path("system").asText("unknown"),
                        node.path("jdk").asText(""))
                : null;
    }

    /** Null where nothing is said. */
    static Calibration calibration(final JsonNode node) {
        return node.isObject()
                ? new Calibration(
                        bySize(node.path("chaseNs")),
                        bySize(node.path("copyGBps")),
                        Json.number(node.path("multiplyNs")))
                : null;
    }

    private static Map<Long, Double> bySize(final JsonNode node) {
        final Map<Long, Double> bySize = new TreeMap<>();
        node.properties().forEach(each -> {
            final double size = Numbers.positive(each.getKey());
            final double figure = Json.number(each.getValue());
            if (size > 0 && figure > 0) {
                bySize.put((long) size, figure);
            }
        });
        return bySize;
    }

    private static List<Latency> latencies(final Path file, final JsonNode array) throws UnusableResultException {
        final List<Latency> latencies = new ArrayList<>();
        for (final JsonNode each : array) {
            final Map<Double, Double> percentiles = new TreeMap<>();
            if (each.path("histogram").isTextual()) {
                percentiles.putAll(decode(file, each.path("histogram").asText()));
            }
            each.path("percentiles").properties().forEach(at -> {
                final double percentile = at.getKey().equals(LONGEST)
                        ? 100
                        : Json.number(Json.MAPPER.getNodeFactory().textNode(at.getKey()));
                if (percentile >= 0 && percentile <= 100) {
                    percentiles.put(percentile, Json.number(at.getValue()));
                }
            });
            if (!each.path("name").isTextual() || percentiles.isEmpty()) {
                throw new UnusableResultException(file, "a latency without name or percentiles");
            }
            latencies.add(new Latency(
                    each.path("name").asText(),
                    Json.texts(each.path("parameters")),
                    Json.number(each.path("load")),
                    each.path("count").asLong(),
                    Json.number(each.path("seconds")),
                    percentiles,
                    each.path("collections").asInt(-1),
                    each.path("note").asText()));
        }
        return latencies;
    }

    private static Map<Double, Double> decode(final Path file, final String base64) throws UnusableResultException {
        try {
            return Latency.percentiles(Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(Base64.getDecoder().decode(base64)), 0));
        } catch (final DataFormatException | RuntimeException e) { // a damaged histogram fails in many ways
            throw new UnusableResultException(file, "a latency's histogram cannot be decoded: " + e.getMessage());
        }
    }
}
