package org.dvr.pcaps.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.pcaps.file.CaptureWriter;

/**
 * The inputs of one scenario: frames by attachment point and time, written as {@code in/NAME.pcap}.
 *
 * With several hosts an attachment point is {@code HOST/NAME}, or a wire.
 *
 * <pre>
 *   new ScenarioInputs()
 *       .at("tapport-a1", 0, TestFrames.ethernet(...).build())
 *       .at("underlay", 1_500, reply)
 *       .write(folder);
 * </pre>
 */
public final class ScenarioInputs {
    /** Time 0 of scenarios: 2026-01-01T00:00:00Z in nanoseconds since the epoch. */
    public static final long EPOCH_NS = 1_767_225_600_000_000_000L;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Arrival(long timeNs, byte[] frame) {}

    private final Map<String, List<Arrival>> arrivals = new TreeMap<>();

    /**
     * Lets a frame arrive.
     *
     * @param attachment attachment point
     * @param micros microseconds after {@link #EPOCH_NS}
     * @param frame from its Ethernet header
     * @return this
     */
    public ScenarioInputs at(final String attachment, final long micros, final byte[] frame) {
        return atNs(attachment, micros * 1_000, frame);
    }

    /**
     * Lets a frame arrive at a time in nanoseconds.
     *
     * @param attachment attachment point
     * @param nanos nanoseconds after {@link #EPOCH_NS}
     * @param frame from its Ethernet header
     * @return this
     */
    public ScenarioInputs atNs(final String attachment, final long nanos, final byte[] frame) {
        arrivals.computeIfAbsent(attachment, name -> new ArrayList<>()).add(new Arrival(EPOCH_NS + nanos, frame));
        return this;
    }

    /**
     * Lets the frames of one attachment point arrive at another, changed.
     *
     * @param from attachment point
     * @param to attachment point
     * @param wrapper changes each frame
     * @return this
     */
    public ScenarioInputs wrapped(final String from, final String to, final UnaryOperator<byte[]> wrapper) {
        for (final Arrival arrival : arrivals.remove(from)) {
            arrivals.computeIfAbsent(to, name -> new ArrayList<>())
                    .add(new Arrival(arrival.timeNs, wrapper.apply(arrival.frame)));
        }
        return this;
    }

    /**
     * Writes {@code in/NAME.pcap} for each attachment point, in the order of the calls, and removes other captures there.
     *
     * @param folder of the scenario
     */
    public void write(final Path folder) {
        final Path in = folder.resolve("in");
        try {
            Files.createDirectories(in);
            try (Stream<Path> files = Files.walk(in)) {
                for (final Path old : files.filter(Files::isRegularFile).toList()) {
                    Files.delete(old);
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        arrivals.forEach((name, frames) -> {
            try (CaptureWriter writer = CaptureWriter.create(in.resolve(name + ".pcap"))) {
                for (final Arrival arrival : frames) {
                    writer.write(arrival.timeNs, new UnsafeBuffer(arrival.frame), 0, arrival.frame.length);
                }
            }
        });
    }
}
