package org.dvr.app.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dvr.app.observe.AdminClient;
import org.dvr.app.observe.RunDir;

/**
 * What a forwarder has and has counted at one moment.
 *
 * @param descriptors open files, from {@code /proc/PID/fd}
 * @param kinds       the same by kind
 * @param maps        mapped areas, from {@code /proc/PID/maps}
 * @param devices     those of them that belong to sockets: rings of devices
 * @param residentKib memory in use
 * @param received    frames at all attachment points
 * @param missed      frames that devices dropped because no worker took them in time
 * @param refused     frames that devices did not take, such as while they went away
 * @param drops       dropped frames by reason
 * @param alarms      how often an alarm began
 */
record SoakSample(
        int descriptors,
        Map<String, Long> kinds,
        int maps,
        int devices,
        long residentKib,
        long received,
        long missed,
        long refused,
        Map<String, Long> drops,
        long alarms) {
    private static final Pattern ALLOCATED = Pattern.compile("^\"(.+?)\".* allocated=(\\d+)([BKMG])");
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

    static SoakSample of(final Lab lab, final DvrHost host) {
        final Path proc = Path.of("/proc", Long.toString(host.pid()));
        final RunDir dir = RunDir.at(lab.runFolder(host.host()));
        final JsonNode counters = AdminClient.askOnce(dir, "show counters");
        final JsonNode ports = AdminClient.askOnce(dir, "show ports");
        final Map<String, Long> drops = new TreeMap<>();
        counters.path("drops")
                .properties()
                .forEach(drop -> drops.put(drop.getKey(), drop.getValue().asLong()));
        final Map<String, Long> kinds = new TreeMap<>();
        try (Stream<Path> open = Files.list(proc.resolve("fd"))) {
            open.map(SoakSample::kind).forEach(kind -> kinds.merge(kind, 1L, Long::sum));
            final List<String> maps = Files.readAllLines(proc.resolve("maps"));
            return new SoakSample(
                    kinds.values().stream().mapToInt(Long::intValue).sum(),
                    kinds,
                    maps.size(),
                    (int) maps.stream()
                            .filter(line -> line.contains("socket:") || line.contains("anon_inode:"))
                            .count(),
                    resident(proc),
                    counters.findValues("rx").stream()
                            .mapToLong(JsonNode::asLong)
                            .sum(),
                    ports.findValues("missed").stream()
                            .mapToLong(JsonNode::asLong)
                            .sum(),
                    ports.findValues("refused").stream()
                            .mapToLong(JsonNode::asLong)
                            .sum(),
                    drops,
                    Stream.of("connections", "ports", "fragments")
                            .mapToLong(
                                    alarm -> counters.path("alarms").path(alarm).asLong())
                            .sum());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a descriptor is: {@code socket}, {@code anon_inode:[eventfd]}, {@code jar}. */
    private static String kind(final Path descriptor) {
        try {
            final String target = Files.readSymbolicLink(descriptor).toString();
            return target.endsWith(".jar")
                    ? "jar"
                    : target.startsWith("/") ? "file" : target.replaceAll(":\\[\\d+]", "");
        } catch (final IOException e) {
            return "closed meanwhile";
        }
    }

    private static long resident(final Path proc) throws IOException {
        for (final String line : Files.readAllLines(proc.resolve("status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return 0;
    }

    /** {@return bytes that each thread has allocated so far, by thread name; threads of one name added up} */
    static Map<String, Long> allocated(final DvrHost host) {
        final Map<String, Long> threads = new TreeMap<>();
        for (final String line : jcmd(host, "Thread.print", "-e").lines().toList()) {
            final Matcher matcher = ALLOCATED.matcher(line);
            if (matcher.find()) {
                final int shift = 10 * "BKMG".indexOf(matcher.group(3).charAt(0));
                threads.merge(matcher.group(1), Long.parseLong(matcher.group(2)) << shift, Long::sum);
            }
        }
        return threads;
    }

    /** {@return bytes of all objects that are alive: the JVM collects before it counts} */
    static long alive(final DvrHost host) {
        final Matcher matcher = TOTAL.matcher(jcmd(host, "GC.class_histogram"));
        if (!matcher.find()) {
            throw new LabException("jcmd " + host.pid() + " GC.class_histogram: no total");
        }
        return Long.parseLong(matcher.group(1));
    }

    private static String jcmd(final DvrHost host, final String... command) {
        final List<String> line = new java.util.ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(host.pid())));
        line.addAll(List.of(command));
        return Tools.run(line);
    }
}
