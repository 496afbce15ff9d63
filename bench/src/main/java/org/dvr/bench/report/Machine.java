package org.dvr.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a figure was measured on.
 *
 * @param cpu model as the kernel names it
 * @param cores that the JVM may use
 * @param arch such as {@code amd64}
 * @param system name and version of the kernel
 * @param jdk version and virtual machine that ran the benchmarks, empty where unknown
 */
public record Machine(String cpu, int cores, String arch, String system, String jdk) {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final String UNKNOWN = "unknown";

    /**
     * Looks at this machine.
     *
     * @param jdk of the JVMs that ran
     * @return what is known of it
     */
    public static Machine here(final String jdk) {
        return new Machine(
                cpu(CPU_INFO),
                Runtime.getRuntime().availableProcessors(),
                property("os.arch"),
                property("os.name") + " " + property("os.version"),
                jdk);
    }

    /** Figures of machines of one class are compared with each other: same processor, number of cores and architecture. */
    String machineClass() {
        return cpu + " | " + cores + " | " + arch;
    }

    private static String property(final String name) {
        return System.getProperty(name, UNKNOWN);
    }

    /** The model that the kernel names, or the architecture. */
    static String cpu(final Path cpuInfo) {
        try (Stream<String> lines = Files.lines(cpuInfo)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(property("os.arch"));
        } catch (final IOException e) {
            return property("os.arch"); // not Linux
        }
    }
}
