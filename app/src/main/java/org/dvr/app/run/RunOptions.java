package org.dvr.app.run;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.pcaps.replay.ReplayException;
import org.dvr.pcaps.replay.ReplayOptions;

/**
 * What {@code --option K=V} of {@code dvr run} says: the options of a replay, and those that only devices have.
 *
 * @param idle   what a worker does while nothing arrives, default adaptive
 * @param cores  the cores that workers are pinned to, one each; empty = any
 * @param stateSeconds time between two writings of the state file at least, default 2
 * @param metrics address and port of the Prometheus endpoint, empty = none
 * @param metadataAgent where Neutron's metadata agent listens, {@code unix:/path} or {@code HOST:PORT}; empty = guests are not served
 * @param shortcuts whether the kernel may forward known flows by itself, default on
 * @param replay the options that a replay has, too
 */
public record RunOptions(
        IdleMode idle,
        List<Integer> cores,
        int stateSeconds,
        String metrics,
        String metadataAgent,
        boolean shortcuts,
        ReplayOptions replay) {
    /** The names of the options that a replay does not have, in the order of the documentation. */
    public static final List<String> NAMES =
            List.of("idle", "core", "state_seconds", "metrics", "metadata_agent", "shortcuts");

    private static final int MAX_CORE = 4_095;

    /**
     * Reads options.
     *
     * @param texts value by name, as written
     * @param where begins every error
     * @return the options, defaults where nothing is said
     * @throws ReplayException that names everything that is wrong
     */
    public static RunOptions of(final Map<String, String> texts, final String where) {
        final Map<String, String> replay = new LinkedHashMap<>(texts);
        replay.keySet().removeAll(NAMES);
        replay.putIfAbsent("announce", "on");
        replay.putIfAbsent("seed", Long.toString(new SecureRandom().nextLong())); // hashes that nobody can foresee
        final List<String> errors = new ArrayList<>();
        if (replay.remove("metadata") != null) {
            errors.add(
                    where + ": option metadata is for replay; here metadata_agent says where Neutron's metadata agent"
                            + " listens, unix:/path or HOST:PORT");
        }
        ReplayOptions options = ReplayOptions.DEFAULT;
        try {
            options = ReplayOptions.of(replay, where);
        } catch (final ReplayException e) {
            errors.add(e.getMessage());
        }
        IdleMode idle = IdleMode.ADAPTIVE;
        final String idleText = texts.getOrDefault("idle", "adaptive");
        try {
            idle = IdleMode.valueOf(idleText.toUpperCase(Locale.ROOT));
        } catch (final IllegalArgumentException e) {
            errors.add(where + ": option idle must be busy, adaptive or blocking, not " + idleText);
        }
        final List<Integer> cores = cores(texts.get("core"), options.workers(), where, errors);
        final int stateSeconds = number(texts, "state_seconds", 2, 1, 86_400, where, errors);
        final String shortcuts = texts.getOrDefault("shortcuts", "on");
        if (!shortcuts.equals("on") && !shortcuts.equals("off")) {
            errors.add(where + ": option shortcuts must be on or off, not " + shortcuts);
        }
        if (!errors.isEmpty()) {
            throw new ReplayException(String.join("\n", errors));
        }
        return new RunOptions(
                idle,
                cores,
                stateSeconds,
                texts.getOrDefault("metrics", ""),
                texts.getOrDefault("metadata_agent", ""),
                shortcuts.equals("on"),
                options);
    }

    private static List<Integer> cores(
            final String text, final int workers, final String where, final List<String> errors) {
        final List<Integer> cores = new ArrayList<>();
        if (text == null) {
            return cores;
        }
        for (final String part : text.split(",", -1)) {
            cores.add(number(Map.of("core", part.strip()), "core", -1, 0, MAX_CORE, where, errors));
        }
        if (errors.isEmpty() && (cores.size() != workers || Set.copyOf(cores).size() != workers)) {
            errors.add(where + ": option core must name as many different cores as there are workers, " + workers
                    + ", such as "
                    + String.join(
                            ",",
                            IntStream.range(0, workers)
                                    .mapToObj(Integer::toString)
                                    .toList())
                    + ", not " + text);
        }
        return cores;
    }

    private static int number(
            final Map<String, String> texts,
            final String name,
            final int otherwise,
            final int lowest,
            final int highest,
            final String where,
            final List<String> errors) {
        final String text = texts.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            final int value = Integer.parseInt(text);
            if (value >= lowest && value <= highest) {
                return value;
            }
        } catch (final NumberFormatException e) {
            // said below, as for a number out of range
        }
        errors.add(where + ": option " + name + " must be a whole number from " + lowest + " to " + highest + ", not "
                + text);
        return otherwise;
    }

    /** {@return the sizes and choices of workers on real devices} */
    public WorkerConfig worker() {
        final WorkerConfig config = replay.worker();
        final WorkerConfig live = WorkerConfig.LIVE;
        return new WorkerConfig(
                live.frameCount(),
                live.frameCapacity(),
                config.burstCapacity(),
                config.announcesAtStart(),
                config.pipeline());
    }
}
