package org.dvr.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What else the machine did while figures were taken, from {@code /proc/loadavg} and {@code /proc/stat}.
 *
 * @param before load average of the last minute before the run, NaN where unknown
 * @param cores of the machine
 * @param othersShare of all processor time of the run: what other processes took, 0 to 1, NaN where unknown
 * @param stealShare of all processor time of the run: what the hypervisor took, 0 to 1, NaN where unknown
 */
public record Load(double before, int cores, double othersShare, double stealShare) {
    /** Nothing known. */
    public static final Load UNKNOWN = new Load(Double.NaN, 0, Double.NaN, Double.NaN);

    private static final double BUSY_BEFORE = 0.5; // of a core
    private static final double BUSY_OTHERS = 0.05; // of the machine
    private static final double STOLEN = 0.01; // of the machine

    /**
     * Processor time of the machine since it started.
     *
     * @param loadAverage of the last minute
     * @param busy ticks of all cores in processes and the kernel
     * @param idle ticks
     * @param steal ticks
     */
    public record Sample(double loadAverage, long busy, long idle, long steal) {
        private static final Sample NONE = new Sample(Double.NaN, 0, 0, 0);

        /** {@return how it is now} */
        public static Sample now() {
            try {
                return parse(Files.readString(Path.of("/proc/loadavg")), Files.readString(Path.of("/proc/stat")));
            } catch (final IOException | IllegalArgumentException e) {
                return NONE; // not Linux
            }
        }

        /** From the two files: the first number of one, the first line of the other (proc(5)). */
        static Sample parse(final String loadavg, final String stat) {
            final String[] ticks = stat.lines().findFirst().orElse("").split("\\s+", -1);
            if (ticks.length < 9 || !ticks[0].equals("cpu")) {
                throw new IllegalArgumentException("no processor times");
            }
            final long[] t = new long[9];
            for (int i = 1; i < t.length; i++) {
                t[i] = Long.parseLong(ticks[i]);
            }
            // user nice system idle iowait irq softirq steal
            return new Sample(
                    Double.parseDouble(loadavg.substring(0, loadavg.indexOf(' '))),
                    t[1] + t[2] + t[3] + t[6] + t[7],
                    t[4] + t[5],
                    t[8]);
        }
    }

    /**
     * The load of a run.
     *
     * @param before all of it, the calibration too
     * @param start of the benchmarks
     * @param end of the benchmarks
     * @param ownTicks processor time of the benchmarks' own processes, in the kernel's ticks
     * @return shares of all processor time between start and end
     */
    public static Load of(final Sample before, final Sample start, final Sample end, final long ownTicks) {
        final int cores = Runtime.getRuntime().availableProcessors();
        final double busy = end.busy() - start.busy();
        final double steal = end.steal() - start.steal();
        final double all = busy + steal + (end.idle() - start.idle());
        return all <= 0
                ? new Load(before.loadAverage(), cores, Double.NaN, Double.NaN)
                : new Load(before.loadAverage(), cores, Math.clamp((busy - ownTicks) / all, 0, 1), steal / all);
    }

    /** {@return processor time of this process and of its children that have ended, in the kernel's ticks; 0 where unknown} */
    public static long ownTicks() {
        try {
            return parseTicks(Files.readString(Path.of("/proc/self/stat")));
        } catch (final IOException | IllegalArgumentException e) {
            return 0; // not Linux
        }
    }

    /** The name may hold anything, so fields are counted from behind it: utime, stime, cutime, cstime are the 14th to 17th (proc(5)). */
    static long parseTicks(final String stat) {
        final String[] fields =
                stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        if (fields.length < 15) {
            throw new IllegalArgumentException("no processor times");
        }
        long ticks = 0;
        for (int i = 11; i < 15; i++) {
            ticks += Long.parseLong(fields[i]);
        }
        return ticks;
    }

    /** {@return a sentence for each reason to doubt the figures} */
    List<String> warnings() {
        final List<String> warnings = new ArrayList<>();
        if (before > BUSY_BEFORE) {
            warnings.add(String.format(
                    Locale.ROOT, "The machine was busy before the run: load average %.2f on %d cores.", before, cores));
        }
        if (othersShare > BUSY_OTHERS) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "Other processes took %.0f %% of all processor time during the run.",
                    othersShare * 100));
        }
        if (stealShare > STOLEN) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "The hypervisor took %.1f %% of all processor time during the run (steal).",
                    stealShare * 100));
        }
        return warnings;
    }
}
