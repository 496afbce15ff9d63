package org.dvr.bench.report;

import java.util.List;
import java.util.Map;

/**
 * All that one run came to, and what it was run on.
 *
 * @param date as ISO 8601 in UTC, empty where unknown
 * @param commit that was checked out, {@code unknown} where nobody knows
 * @param facts text by heading: command, flags
 * @param machine that it ran on, null where unknown
 * @param calibration of the machine, null where it was not measured
 * @param load of the machine
 * @param measured in the order of the page
 * @param latencies that were recorded
 * @param stages where time goes, by benchmark
 */
public record Run(
        String date,
        String commit,
        Map<String, String> facts,
        Machine machine,
        Calibration calibration,
        Load load,
        List<Measured> measured,
        List<Latency> latencies,
        List<Stages> stages) {}
