package org.dvr.bench.report;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * Tells from a recording of the JVM where a benchmark's time goes. Of each sample of the benchmark's thread the innermost frame that belongs to a stage
 * counts; what libraries, the JDK and the codec do counts for who called them.
 */
public final class JfrStages {
    /** Settings of the recording: the thread's stack every millisecond of its running. */
    public static final String SETTINGS =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <configuration version="2.0">
              <event name="jdk.ExecutionSample">
                <setting name="enabled">true</setting>
                <setting name="period">1 ms</setting>
              </event>
            </configuration>
            """;

    private static final String SAMPLE = "jdk.ExecutionSample";
    private static final String OTHER = "other";

    /** The loops that JMH generates for a benchmark. */
    private static final String STUB = "_jmhStub";

    /** Prefix of class name, and what it is. The first that fits; in the order of a packet's way. */
    private static final String[][] STAGES = {
        {"org.dvr.bench.traffic.MemoryPort", "ports"},
        {"org.dvr.dataplane.io.", "ports"},
        {"org.dvr.dataplane.parse.", "parse"},
        {"org.dvr.dataplane.steer.", "steer"},
        {"org.dvr.dataplane.flow.", "flow cache"},
        {"org.dvr.dataplane.stage.", "decide"},
        {"org.dvr.dataplane.table.", "decide"},
        {"org.dvr.dataplane.topology.", "decide"},
        {"org.dvr.nat.", "connections"},
        {"org.dvr.dataplane.write.", "write"},
        {"org.dvr.dataplane.frame.", "frames, counting"},
        {"org.dvr.dataplane.stats.", "frames, counting"},
        {"org.dvr.dataplane.", "worker, dispatch"},
        {"org.dvr.bench.", "benchmark"},
    };

    private JfrStages() {}

    /**
     * Reads a recording.
     *
     * @param file that the JVM of one benchmark left
     * @param name of the benchmark
     * @param parameters of it
     * @param warmup how long after the first sample of the benchmark nothing counts
     * @return samples by stage; none when the benchmark was not seen
     * @throws IOException when the file cannot be read
     */
    public static Stages read(
            final Path file, final String name, final Map<String, String> parameters, final Duration warmup)
            throws IOException {
        final List<RecordedEvent> samples = new ArrayList<>();
        try (RecordingFile recording = new RecordingFile(file)) {
            while (recording.hasMoreEvents()) {
                final RecordedEvent event = recording.readEvent();
                if (event.getEventType().getName().equals(SAMPLE) && isOfBenchmark(event)) {
                    samples.add(event);
                }
            }
        }
        final Instant from = samples.stream()
                .map(RecordedEvent::getStartTime)
                .min(Instant::compareTo)
                .orElse(Instant.EPOCH)
                .plus(warmup);
        final Map<String, Long> counts = new LinkedHashMap<>();
        for (final String[] stage : STAGES) {
            counts.put(stage[1], 0L);
        }
        for (final RecordedEvent sample : samples) {
            if (!sample.getStartTime().isBefore(from)) {
                counts.merge(
                        stage(sample.getStackTrace().getFrames().stream()
                                .map(frame -> frame.getMethod().getType().getName())
                                .toList()),
                        1L,
                        Long::sum);
            }
        }
        counts.values().removeIf(count -> count == 0);
        return new Stages(name, parameters, counts);
    }

    private static boolean isOfBenchmark(final RecordedEvent event) {
        if (event.getStackTrace() == null) {
            return false;
        }
        for (final RecordedFrame frame : event.getStackTrace().getFrames()) {
            if (frame.getMethod().getName().endsWith(STUB)) {
                return true;
            }
        }
        return false;
    }

    /**
     * @param classes of a stack's frames, innermost first
     * @return the stage that the innermost frame with one belongs to
     */
    static String stage(final List<String> classes) {
        for (final String each : classes) {
            for (final String[] stage : STAGES) {
                if (each.startsWith(stage[0])) {
                    return stage[1];
                }
            }
        }
        return OTHER;
    }
}
