package org.dvr.pcaps.scenario;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dvr.pcaps.replay.CloudTopology;
import org.dvr.pcaps.replay.HostTopology;
import org.dvr.pcaps.replay.Nearest;
import org.dvr.pcaps.replay.ReplayException;
import org.dvr.pcaps.replay.ReplayInput;
import org.dvr.pcaps.replay.ReplayOptions;

/**
 * A scenario folder, read and checked (contract.md §3).
 *
 * @param folder   the folder
 * @param name     short name for people
 * @param says     one sentence
 * @param host     whose view is replayed; empty where several hosts are
 * @param hosts    the hosts that are wired together; empty where one host is replayed
 * @param options  choices in behavior
 * @param settleNs how long the clock runs on after the last frame
 * @param steps    topology changes under way, in order of time
 * @param inputs   captures in {@code in/}, ascending by name
 */
public record Scenario(
        Path folder,
        String name,
        String says,
        String host,
        List<String> hosts,
        ReplayOptions options,
        long settleNs,
        List<Step> steps,
        List<ReplayInput> inputs) {
    /** Name of the file that makes a folder a scenario. */
    public static final String FILE = "scenario.yaml";

    private static final String TOPOLOGY = "topology.yaml";
    private static final long LONGEST_FILE = 1 << 20;
    private static final int CONNECTIONS_IN_ALL = 1 << 20;
    private static final List<String> KEYS = List.of("says", "host", "hosts", "options", "settle", "steps");
    private static final List<String> STEP_KEYS = List.of("at", "topology");

    /**
     * A topology change under way.
     *
     * @param atNs     time from the first frame
     * @param topology document that replaces the one before as a whole
     */
    public record Step(long atNs, Path topology) {}

    /**
     * Finds scenario folders.
     *
     * @param root a scenario folder, or a folder with scenario folders somewhere below it
     * @return the scenario folders, ascending by path
     * @throws ReplayException when there is none
     */
    public static List<Path> find(final Path root) {
        if (!Files.isDirectory(root)) {
            throw new ReplayException(root + ": " + (Files.exists(root) ? "is not a folder" : "no such folder"));
        }
        if (Files.exists(root.resolve(FILE))) {
            return List.of(root);
        }
        try (Stream<Path> files = Files.walk(root)) {
            final List<Path> found = files.filter(
                            file -> file.getFileName().toString().equals(FILE))
                    .map(Path::getParent)
                    .sorted()
                    .toList();
            if (found.isEmpty()) {
                throw new ReplayException(root + ": no " + FILE + " in it or below it");
            }
            return found;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a scenario folder; captures and topologies are read later, when it runs.
     *
     * @param folder with a {@code scenario.yaml}
     * @return the scenario
     * @throws ReplayException that names everything that is wrong with {@code scenario.yaml}
     */
    public static Scenario read(final Path folder) {
        final Path file = folder.resolve(FILE);
        final Reader reader = new Reader(folder, file);
        final JsonNode root = reader.tree();
        reader.checkKeys(root, "", KEYS);
        final List<String> hosts = reader.hosts(root);
        final String host = root.path("host").asText("");
        if (host.isEmpty() && !root.has("hosts")) {
            reader.error("host: missing; it names the host whose view is replayed");
        }
        final String says = root.path("says").asText("");
        if (says.isEmpty()) {
            reader.error("says: missing; one sentence that says what the scenario shows");
        }
        final long settleNs = root.has("settle") ? reader.duration(root.get("settle"), "settle") : 0;
        final List<Step> steps = reader.steps(root.path("steps"));
        if (!Files.exists(folder.resolve(TOPOLOGY))) {
            reader.error("no " + TOPOLOGY + " beside it");
        }
        final Map<String, String> texts = reader.options(root.path("options"));
        reader.finish();
        if (!hosts.isEmpty()) {
            texts.putIfAbsent("connections", Integer.toString(connections(hosts.size())));
        }
        final ReplayOptions options = ReplayOptions.of(texts, file.toString());
        return new Scenario(folder, nameOf(folder), says, host, hosts, options, settleNs, steps, reader.inputs(hosts));
    }

    /** Connections of each host where nothing is said: the default as long as all tables fit in memory. */
    private static int connections(final int hosts) {
        return Math.min(ReplayOptions.DEFAULT.connections(), CONNECTIONS_IN_ALL / hosts);
    }

    /** {@return true where several hosts are wired together} */
    public boolean isCloud() {
        return !hosts.isEmpty();
    }

    /**
     * The name of a scenario for people.
     *
     * @param folder of the scenario
     * @return what follows the nearest folder that is called {@code scenarios}, else the path as given
     */
    public static String nameOf(final Path folder) {
        final Path path = folder.toAbsolutePath().normalize();
        for (int i = path.getNameCount() - 2; i >= 0; i--) {
            if (path.getName(i).toString().equals("scenarios")) {
                return path.subpath(i + 1, path.getNameCount()).toString();
            }
        }
        return folder.toString();
    }

    /** {@return what must leave} */
    public Path out() {
        return folder.resolve("out");
    }

    /** {@return counters at the end; the file may not exist} */
    public Path counters() {
        return folder.resolve("counters.json");
    }

    /**
     * Loads the topologies of several hosts.
     *
     * @return the hosts', with all changes
     * @throws ReplayException that names everything that is wrong with them
     */
    public CloudTopology loadCloud() {
        final CloudTopology topology = CloudTopology.load(List.of(folder.resolve(TOPOLOGY)), hosts, options.metadata());
        for (final Step step : steps) {
            topology.change(step.atNs, List.of(step.topology));
        }
        return topology;
    }

    /**
     * Loads the topologies of one host.
     *
     * @return the host's, with all changes
     * @throws ReplayException that names everything that is wrong with them
     */
    public HostTopology loadTopology() {
        final HostTopology topology = HostTopology.load(List.of(folder.resolve(TOPOLOGY)), host, options.metadata());
        for (final Step step : steps) {
            topology.change(step.atNs, List.of(step.topology));
        }
        return topology;
    }

    private record Reader(Path folder, Path file, List<String> errors) {
        Reader(final Path folder, final Path file) {
            this(folder, file, new ArrayList<>());
        }

        void error(final String message) {
            errors.add(file + ": " + message);
        }

        void finish() {
            if (!errors.isEmpty()) {
                throw new ReplayException(String.join("\n", errors));
            }
        }

        JsonNode tree() {
            try {
                if (Files.size(file) > LONGEST_FILE) {
                    throw new ReplayException(file + ": longer than " + LONGEST_FILE + " bytes");
                }
                final JsonNode root = new ObjectMapper(new YAMLFactory()).readTree(Files.readString(file));
                if (root == null || !root.isObject()) {
                    throw new ReplayException(file + ": must be a mapping with the keys " + String.join(", ", KEYS));
                }
                return root;
            } catch (final JsonProcessingException e) {
                final String place = e.getLocation() == null
                        ? ""
                        : "line " + e.getLocation().getLineNr() + " column "
                                + e.getLocation().getColumnNr() + ": ";
                throw new ReplayException(
                        file + ": " + place
                                + e.getOriginalMessage().lines().findFirst().orElse("not YAML"),
                        e);
            } catch (final IOException e) {
                throw new ReplayException(file + ": cannot be read (" + e.getMessage() + ")", e);
            }
        }

        void checkKeys(final JsonNode node, final String where, final List<String> known) {
            node.fieldNames().forEachRemaining(key -> {
                if (!known.contains(key)) {
                    error(where + "unknown key " + key + Nearest.hint(key, known) + " known are "
                            + String.join(", ", known));
                }
            });
        }

        long duration(final JsonNode node, final String where) {
            final long ns = node.isValueNode() ? Durations.parse(node.asText()) : -1;
            if (ns < 0) {
                error(where + " must be a time of at most 30 days such as 5s, 3.5s or 200ms, not "
                        + node.asText("this"));
            }
            return ns;
        }

        Map<String, String> options(final JsonNode node) {
            final Map<String, String> texts = new LinkedHashMap<>();
            if (!node.isMissingNode() && !node.isNull() && !node.isObject()) {
                error("options: must be a mapping");
            }
            node.properties().forEach(entry -> {
                if (!entry.getValue().isValueNode()) {
                    error("options: " + entry.getKey() + " must be a single value");
                }
                texts.put(entry.getKey(), entry.getValue().asText());
            });
            return texts;
        }

        List<Step> steps(final JsonNode node) {
            final List<Step> steps = new ArrayList<>();
            if (!node.isMissingNode() && !node.isNull() && !node.isArray()) {
                error("steps: must be a list");
            }
            for (int i = 0; i < node.size(); i++) {
                final String where = "steps[" + i + "]";
                final JsonNode step = node.get(i);
                checkKeys(step, where + ": ", STEP_KEYS);
                if (!step.has("at") || !step.has("topology")) {
                    error(where + ": must have the keys at and topology");
                    continue;
                }
                final long atNs = duration(step.get("at"), where + ".at");
                final Path topology = folder.resolve(step.get("topology").asText());
                if (!Files.exists(topology)) {
                    error(where + ".topology: no file " + step.get("topology").asText() + " in the folder");
                }
                if (!steps.isEmpty() && atNs < steps.getLast().atNs) {
                    error(where + ".at: earlier than the step before it");
                }
                steps.add(new Step(atNs, topology));
            }
            return steps;
        }

        /** The hosts that are wired together, none where one host is replayed. */
        List<String> hosts(final JsonNode root) {
            final List<String> hosts = new ArrayList<>();
            if (!root.has("hosts")) {
                return hosts;
            }
            final JsonNode node = root.get("hosts");
            if (root.has("host")) {
                error("hosts: give host, or hosts, not both");
            }
            for (final JsonNode host : node) {
                final String name = host.asText("");
                if (name.isEmpty() || hosts.contains(name)) {
                    error("hosts: " + (name.isEmpty() ? "must be names" : name + " is there twice"));
                }
                hosts.add(name);
            }
            if (!node.isArray() || hosts.isEmpty() || hosts.size() > CloudTopology.HOST_LIMIT) {
                error("hosts: must be a list of 1 to " + CloudTopology.HOST_LIMIT + " names");
            }
            return hosts;
        }

        List<ReplayInput> inputs(final List<String> hosts) {
            return captures(folder.resolve("in"), !hosts.isEmpty());
        }
    }

    /**
     * The captures in a folder by the names of what they were captured at.
     *
     * @param folder   may not exist
     * @param hasHosts true where captures of the points of a host lie in a folder of the host's name
     * @return name and file, ascending by path
     * @throws ReplayException when there are other files
     */
    static List<ReplayInput> captures(final Path folder, final boolean hasHosts) {
        final List<ReplayInput> captures = new ArrayList<>();
        for (final Path file : files(folder)) {
            if (hasHosts && Files.isDirectory(file)) {
                for (final Path capture : captures(file)) {
                    captures.add(new ReplayInput(file.getFileName() + "/" + nameOfCapture(capture), capture));
                }
            } else {
                checkIsCapture(file);
                captures.add(new ReplayInput(nameOfCapture(file), file));
            }
        }
        return captures;
    }

    private static String nameOfCapture(final Path capture) {
        final String fileName = capture.getFileName().toString();
        return fileName.substring(0, fileName.lastIndexOf('.'));
    }

    private static void checkIsCapture(final Path file) {
        final String name = file.getFileName().toString();
        if (!name.endsWith(".pcap") && !name.endsWith(".pcapng")) {
            throw new ReplayException(file + ": not a capture; files here are called NAME.pcap or NAME.pcapng");
        }
    }

    private static List<Path> files(final Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The captures in a folder.
     *
     * @param folder may not exist
     * @return files that end in {@code .pcap} or {@code .pcapng}, ascending by name
     * @throws ReplayException when there are other files
     */
    static List<Path> captures(final Path folder) {
        final List<Path> found = files(folder);
        found.forEach(Scenario::checkIsCapture);
        return found;
    }
}
