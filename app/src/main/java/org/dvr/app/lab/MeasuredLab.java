package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.dvr.app.lab.Cast.Host;
import org.dvr.dataplane.io.guard.IngressGuard;
import org.dvr.dataplane.io.sys.Interfaces;
import org.dvr.dataplane.io.sys.Libc;

/** One of the two labs of a measurement: its hosts can be put to sleep while the other is looked at. */
final class MeasuredLab {
    private static final int TRIES = 20;

    private final String name;
    private final Lab lab;

    MeasuredLab(final String name, final Lab lab) {
        this.name = name;
        this.lab = lab;
    }

    String name() {
        return name;
    }

    boolean isDvr() {
        return !lab.forwarders().isEmpty();
    }

    Lab lab() {
        return lab;
    }

    /**
     * Starts the forwarders anew.
     *
     * @param options {@code K=V} each
     */
    void restart(final List<String> options) {
        awake(Set.copyOf(Cast.HOSTS));
        for (final Map.Entry<Host, DvrHost> entry : lab.forwarders().entrySet()) {
            entry.getValue().stop();
            entry.setValue(new DvrHost(lab, entry.getKey(), lab.plan().io(), options));
            entry.getValue().start();
        }
        lab.forwarders().values().forEach(DvrHost::awaitReady);
    }

    /** Has workers go before other programs of the machine. */
    void prefer() {
        lab.forwarders().values().forEach(forwarder -> Preference.worker(forwarder.pid()));
    }

    /** Lets forwarders of some hosts run, and stops all others; the kernel's hosts sleep by themselves. */
    void awake(final Set<Host> hosts) {
        final Map<String, StringBuilder> signals = new TreeMap<>();
        lab.forwarders().forEach((host, forwarder) -> signals.computeIfAbsent(
                        hosts.contains(host) ? "-CONT" : "-STOP", key -> new StringBuilder())
                .append(' ')
                .append(forwarder.pid()));
        signals.forEach((signal, pids) -> Tools.attempt(
                List.of("kill", signal, pids.toString().strip()).stream()
                        .flatMap(word -> Stream.of(word.split(" ", -1)))
                        .toList(),
                ""));
    }

    /** {@return the process of a host's forwarder, 0 where the kernel forwards} */
    long pid(final Host host) {
        return lab.forwarders().containsKey(host) ? lab.forwarders().get(host).pid() : 0;
    }

    /** Has a way of packets learned by everybody on it. */
    void warm(final String from, final String ip) {
        for (int i = 0; i < TRIES; i++) {
            if (lab.guest(from)
                    .attempt("ping", "-n", "-c", "2", "-i", "0.05", "-W", "1", ip)
                    .isFine()) {
                return;
            }
        }
        throw new LabException(name + ": " + from + " cannot reach " + ip + "; look with: ./dvr lab test");
    }

    /**
     * Has what arrives at a device handled by one core, or wherever it comes in.
     *
     * @param namespace of the device
     * @param device    its name
     * @param core      -1 = wherever
     */
    static void steer(final Namespace namespace, final String device, final int core) {
        namespace.run("sh", "-c", "echo " + mask(core) + " > /sys/class/net/" + device + "/queues/rx-0/rps_cpus");
    }

    /** As sysfs wants it: words of 32 bits in hexadecimal, the highest first. */
    static String mask(final int core) {
        return core < 0 ? "0" : Integer.toHexString(1 << (core & 31)) + ",00000000".repeat(core >>> 5);
    }

    /** Throws away all that arrives at a device, until it is closed. */
    static IngressGuard sink(final Namespace namespace, final String device) {
        return in(namespace, () -> IngressGuard.all(Interfaces.indexOf(new Libc(), device), null));
    }

    /** {@return frames that a device has sent, and those that its peer had no room for} */
    static long sent(final Namespace namespace, final String device) {
        return counters(namespace, device, true);
    }

    private static long counters(final Namespace namespace, final String device, final boolean withDropped) {
        return in(namespace, () -> {
            try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/net/dev"))) {
                return lines.map(String::strip)
                        .filter(line -> line.startsWith(device + ":"))
                        .map(line -> sent(line, withDropped))
                        .findFirst()
                        .orElseThrow(() -> new LabException(namespace + ": no device " + device));
            }
        });
    }

    /** {@return frames that a device has sent and that its peer took} */
    static long taken(final Namespace namespace, final String device) {
        return counters(namespace, device, false);
    }

    /** Eight numbers of receiving, then of sending: bytes packets errs drop … */
    private static long sent(final String line, final boolean withDropped) {
        final String[] fields = line.substring(line.indexOf(':') + 1).strip().split(" +", -1);
        return Long.parseLong(fields[9]) + (withDropped ? Long.parseLong(fields[11]) : 0);
    }

    static <T> T in(final Namespace namespace, final Callable<T> work) {
        try {
            return namespace.call(work);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
