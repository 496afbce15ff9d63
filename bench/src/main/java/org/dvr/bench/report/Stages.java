package org.dvr.bench.report;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the time of one benchmark goes: samples of its thread by what it was doing.
 *
 * @param name class and method of the benchmark
 * @param parameters by name
 * @param samples by stage, in the order of a packet's way
 */
public record Stages(String name, Map<String, String> parameters, Map<String, Long> samples) {
    /** Keeps a map of its own. */
    public Stages {
        samples = new LinkedHashMap<>(samples);
    }

    long total() {
        return samples.values().stream().mapToLong(Long::longValue).sum();
    }
}
