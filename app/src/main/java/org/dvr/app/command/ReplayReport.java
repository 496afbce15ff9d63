package org.dvr.app.command;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dvr.bench.report.Calibration;
import org.dvr.bench.report.Calibrator;
import org.dvr.bench.report.Latency;
import org.dvr.bench.report.Load;
import org.dvr.bench.report.Machine;
import org.dvr.bench.report.Measured;
import org.dvr.bench.report.Report;
import org.dvr.bench.report.Run;
import org.dvr.bench.report.Surroundings;
import org.dvr.pcaps.replay.Measurement;

/** The page with the figures of a replay: those of benchmarks, of one JVM. What the machine does meanwhile is looked at from {@link #begin} on. */
final class ReplayReport {
    private final Path file;
    private final String host;
    private final Load.Sample before;
    private final Calibration calibration;
    private final Load.Sample start;
    private final long ownTicks;

    private ReplayReport(final Path file, final String host) {
        this.file = file;
        this.host = host;
        before = Load.Sample.now();
        calibration = new Calibrator().measure();
        start = Load.Sample.now();
        ownTicks = Load.ownTicks();
    }

    /**
     * Looks at the machine, for some two seconds.
     *
     * @param file that is written later
     * @param host that is replayed
     * @return to write the page with
     */
    static ReplayReport begin(final Path file, final String host) {
        final Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file) || !Files.isWritable(Files.exists(file) ? file : folder)) {
            throw new UnusableInputException("--report " + file + " cannot be written");
        }
        return new ReplayReport(file, host);
    }

    /**
     * Writes the page.
     *
     * @param measured of the replay
     * @param arguments of the command
     */
    void write(final Measurement measured, final List<String> arguments) throws IOException {
        final Load load = Load.of(before, start, Load.Sample.now(), Load.ownTicks() - ownTicks);
        final Map<String, String> facts = new LinkedHashMap<>();
        facts.put("Command", "./dvr " + String.join(" ", arguments));
        facts.put("Host", host);
        facts.put(
                "Measured",
                measured.frames() + " frames in " + measured.passes() + (measured.passes() == 1 ? " pass" : " passes")
                        + (measured.memoryBytes() == 0 ? ", streamed from the disk" : ", from memory"));
        final String jdk = System.getProperty("java.version") + ", " + System.getProperty("java.vm.name");
        facts.put("JDK", jdk);
        facts.put(
                "JVM flags",
                String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments()));
        final Measured packets = new Measured(
                "replay",
                "packet",
                Map.of("host", host),
                measured.nsPerPacket(),
                Double.NaN,
                "ns/op",
                Double.NaN,
                /* isCold= */ true,
                List.of(List.of(measured.nsPerPacket())));
        final Latency bursts = new Latency(
                "burst of up to " + measured.burstLimit() + " frames",
                Map.of(),
                Double.NaN,
                measured.bursts().getTotalCount(),
                measured.processNs() / 1e9,
                Latency.percentiles(measured.bursts()),
                -1,
                "by the clock on the wall, reading of captures left out; a burst waits for the one before, so this is no latency under load");
        Report.of(
                        "dvr replay: " + host,
                        new Run(
                                Surroundings.now(),
                                Surroundings.commit(Path.of(System.getProperty("dvr.home", ""))),
                                facts,
                                Machine.here(jdk),
                                calibration,
                                load,
                                List.of(packets),
                                List.of(bursts),
                                List.of()))
                .write(file);
    }
}
