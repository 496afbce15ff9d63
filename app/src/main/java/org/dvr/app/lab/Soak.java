package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dvr.dataplane.frame.DropReason;

/**
 * Mixed traffic through a lab of its own for minutes, while topology, devices and files change all the time: nothing may be lost that is not counted, and
 * nothing may grow.
 *
 * <p>First everything at once until the JVMs are warm; then traffic alone, which shows what the packet path allocates; then everything at once again.
 * Two or three forwarders share a machine with what they are tested with: rates are those of a quiet office, not of a benchmark.
 */
public final class Soak {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int SAMPLE_SECONDS = 10;
    private static final int MINUTE = 60;
    private static final long SLACK_ALIVE = 512 << 10;
    private static final int SLACK_DESCRIPTORS = 2;
    private static final int SLACK_MAPS_PERCENT = 5;
    private static final int PERCENT = 100;
    private static final int SHOWN = 5;
    /** Two of the buffers that a thread allocates from: the JVM counts them whole, also for one object. */
    private static final int SOME_BYTES = 128 << 10;

    private static final String FLOOD = "60000";
    /** What a frame in a device's queue may take until it is sent or gone. */
    private static final long MARGIN_NS = 300_000_000L;

    private static final String WORKER = "dvr-worker";
    /** What forwarders say when that happens which the soak does to them. */
    private static final Pattern EXPLAINED = Pattern.compile("topology (taken up|refused).*|ready: .*|"
            + SoakTraffic.FLAPPING.tap() + "( \\(.*\\))?( opened.*| closed: .*| is (down|up).*|: no device .*)|"
            + SoakChanges.ABSENT
            + ": no device .*|.*topology\\.yaml: .*|(no )?(state|connections).*|.*run-\\w+/state.*");

    private final Lab lab;
    private final Consumer<String> results;
    private final Consumer<String> progress;
    private final Map<DvrHost, List<SoakSample>> samples = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    private Soak(final Lab lab, final Consumer<String> results, final Consumer<String> progress) {
        this.lab = lab;
        this.results = results;
        this.progress = progress;
        lab.forwarders().values().forEach(host -> samples.put(host, new ArrayList<>()));
    }

    /**
     * Builds a lab, soaks it, removes it.
     *
     * @param plan     what lab
     * @param minutes  how long all three parts take, at least 1
     * @param keep     folder for logs and what collectors did; null where nobody wants them
     * @param results  takes the table of verdicts, a line at a time
     * @param progress is told how far it is
     * @return how many verdicts are bad
     */
    public static int run(
            final Lab.Plan plan,
            final int minutes,
            final Path keep,
            final Consumer<String> results,
            final Consumer<String> progress) {
        final Lab lab = Lab.up(plan, progress);
        final Thread atExit = new Thread(lab::down, "lab-down");
        Runtime.getRuntime().addShutdownHook(atExit);
        final Soak soak = new Soak(lab, results, progress);
        try {
            soak.run(minutes * MINUTE);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (keep != null) {
                lab.keep(keep);
            }
            if (Lab.removeHook(atExit)) {
                lab.down();
            }
        }
        soak.verdict("nothing left", Leftovers.of(plan.id()).isEmpty(), Leftovers.of(plan.id()));
        results.accept(soak.failures.isEmpty() ? "all as it should be" : "wrong: " + String.join(", ", soak.failures));
        return soak.failures.size();
    }

    private void run(final int seconds) throws IOException {
        final int warm = Math.min(MINUTE, seconds / 4);
        final int calm = Math.min(MINUTE, seconds / 4);
        flood();
        final Map<DvrHost, SoakSample> start = eachHost(host -> SoakSample.of(lab, host));
        try (SoakTraffic traffic = new SoakTraffic(lab, seconds + MINUTE)) {
            final SoakChanges changes = new SoakChanges(lab, SoakTraffic.FLAPPING);
            part("warm-up", warm, traffic, changes);
            changes.settle();
            Pause.ms(2_000);
            final Map<DvrHost, Allocation> quiet = calm(calm, traffic);
            final Map<DvrHost, Long> alive = eachHost(SoakSample::alive);
            samples.values().forEach(List::clear);
            final Map<DvrHost, SoakSample> before = eachHost(host -> SoakSample.of(lab, host));
            final Map<DvrHost, Double> beginSeconds = eachHost(Soak::uptime);
            part("all at once", seconds - warm - calm, traffic, changes);
            final Map<DvrHost, Double> endSeconds = eachHost(Soak::uptime);
            changes.settle();
            Pause.ms(2_000);
            traffic.stop();
            final Map<DvrHost, SoakSample> after = eachHost(host -> SoakSample.of(lab, host));
            results.accept(
                    "%d datagrams, %d pings, %d connections, %d MiB by TCP; %d topologies, %d that are none, %d times without %s"
                            .formatted(
                                    traffic.datagrams(),
                                    traffic.pingsSent(),
                                    traffic.connections(),
                                    traffic.bytes() >> 20,
                                    changes.written(),
                                    changes.invalid(),
                                    changes.away().size(),
                                    SoakTraffic.FLAPPING.tap()));
            loss(traffic, changes, start, after);
            quiet.forEach(this::packetPath);
            collections(beginSeconds, endSeconds);
            heap(alive);
            flat("descriptors", SoakSample::descriptors, first -> first + SLACK_DESCRIPTORS);
            flat("device maps", SoakSample::devices, first -> first);
            flat("maps", SoakSample::maps, first -> first + first * SLACK_MAPS_PERCENT / PERCENT);
            residents(before, after);
            said(after);
        }
    }

    private interface OfHost<T> {
        T of(DvrHost host);
    }

    private <T> Map<DvrHost, T> eachHost(final OfHost<T> what) {
        final Map<DvrHost, T> all = new LinkedHashMap<>();
        samples.keySet().forEach(host -> all.put(host, what.of(host)));
        return all;
    }

    private static double uptime(final DvrHost host) {
        final long start = ProcessHandle.of(host.pid())
                .flatMap(process -> process.info().startInstant())
                .orElseThrow(() -> new LabException("dvr run of " + host.host().name() + " has ended"))
                .toEpochMilli();
        return (System.currentTimeMillis() - start) / 1_000.0;
    }

    // ---- what happens ----

    /** Has the JVMs compile all that a quiet forwarder would take hours to come to. */
    private void flood() {
        progress.accept("pings as fast as they are answered, until the JVMs are warm");
        for (final String[] way : new String[][] {
            {"a1", Cast.OUTSIDE_IP}, {"a3", Cast.OUTSIDE_IP}, {"a1", Cast.B2.ip()}, {Lab.OUTSIDE, Cast.A2.floating()}
        }) {
            lab.namespace(way[0]).attempt("ping", "-n", "-q", "-f", "-w", "20", "-c", FLOOD, way[1]);
        }
    }

    private void part(final String name, final int seconds, final SoakTraffic traffic, final SoakChanges changes) {
        final long beginNs = System.nanoTime();
        long second = 0;
        long sampled = 0;
        while (second < seconds) {
            changes.second();
            final long elapsed = (System.nanoTime() - beginNs) / SECOND_NS;
            if (elapsed - sampled >= SAMPLE_SECONDS) {
                sampled = elapsed;
                sample(name + " " + elapsed + "/" + seconds + " s", traffic);
            }
            second = Math.max(second + 1, elapsed);
            final long leftNs = beginNs + second * SECOND_NS - System.nanoTime();
            if (leftNs > 0) {
                Pause.ms(leftNs / 1_000_000);
            }
        }
    }

    private void sample(final String when, final SoakTraffic traffic) {
        final StringBuilder line = new StringBuilder(when);
        line.append(": ").append(traffic.datagrams()).append(" datagrams, ");
        line.append(traffic.connections()).append(" connections, pings lost ").append(traffic.pingsLost());
        eachHost(host -> SoakSample.of(lab, host)).forEach((host, sample) -> {
            samples.get(host).add(sample);
            line.append("; %s fd %d maps %d rss %d MiB missed %d dropped %d"
                    .formatted(
                            host.host().name(),
                            sample.descriptors(),
                            sample.maps(),
                            sample.residentKib() >> 10,
                            sample.missed(),
                            sample.drops().values().stream()
                                    .mapToLong(Long::longValue)
                                    .sum()));
        });
        progress.accept(line.toString());
    }

    /** What threads of a forwarder allocate while there is nothing but traffic. */
    private record Allocation(Map<String, Long> bytes, long frames, GcLog collections, int seconds) {}

    private Map<DvrHost, Allocation> calm(final int seconds, final SoakTraffic traffic) {
        final Map<DvrHost, Long> framesBefore =
                eachHost(host -> SoakSample.of(lab, host).received());
        final Map<DvrHost, Map<String, Long>> before = eachHost(SoakSample::allocated);
        final Map<DvrHost, Double> from = eachHost(Soak::uptime);
        progress.accept("traffic alone: " + seconds + " s, nobody asks anything");
        Pause.ms(seconds * 1_000L);
        final Map<DvrHost, Double> to = eachHost(Soak::uptime);
        final Map<DvrHost, Map<String, Long>> after = eachHost(SoakSample::allocated);
        final Map<DvrHost, Allocation> all = eachHost(host -> {
            final Map<String, Long> bytes = new TreeMap<>(after.get(host));
            bytes.replaceAll((thread, count) -> count - before.get(host).getOrDefault(thread, 0L));
            return new Allocation(
                    bytes,
                    SoakSample.of(lab, host).received() - framesBefore.get(host),
                    GcLog.read(DvrHost.gcLog(lab, host.host())).between(from.get(host), to.get(host)),
                    seconds);
        });
        sample("traffic alone is over", traffic);
        return all;
    }

    // ---- verdicts ----

    private void verdict(final String what, final boolean isGood, final Object evidence) {
        results.accept("%-5s %-28s %s".formatted(isGood ? "ok" : "FAIL", what, evidence));
        if (!isGood) {
            failures.add(what);
        }
    }

    private void loss(
            final SoakTraffic traffic,
            final SoakChanges changes,
            final Map<DvrHost, SoakSample> start,
            final Map<DvrHost, SoakSample> after) {
        final Map<String, Long> drops = new TreeMap<>();
        after.values()
                .forEach(sample -> sample.drops().forEach((reason, count) -> drops.merge(reason, count, Long::sum)));
        start.values()
                .forEach(sample -> sample.drops().forEach((reason, count) -> drops.merge(reason, -count, Long::sum)));
        drops.values().removeIf(count -> count == 0);
        final long missed = sum(after, SoakSample::missed) - sum(start, SoakSample::missed);
        final long refused = sum(after, SoakSample::refused) - sum(start, SoakSample::refused);
        final long noRoom = drops.entrySet().stream()
                .filter(drop -> isResource(drop.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
        final long counted = missed + refused + noRoom;
        int lost = traffic.pingsLost();
        final List<String> lossy = new ArrayList<>();
        for (final SoakStream stream : traffic.steady()) {
            final int there = stream.lostThere().size();
            final int back = stream.lostBack().size();
            lost += there + back;
            if (there + back > 0) {
                lossy.add(stream.title() + " " + there + "+" + back + " of " + stream.sent() + " first after "
                        + stream.firstLossMs() + " ms");
            }
        }
        verdict(
                "loss, devices that stay",
                lost <= counted,
                "%d lost %s, pings %d of %d; counted: missed %d, refused by devices %d, no room %d"
                        .formatted(lost, lossy, traffic.pingsLost(), traffic.pingsSent(), missed, refused, noRoom));
        int flapped = 0;
        int unexplained = 0;
        for (final SoakStream stream : traffic.flapping()) {
            for (final long sentNs : stream.lostThere()) {
                flapped++;
                unexplained += changes.away().stream().anyMatch(away -> isWithin(away, sentNs)) ? 0 : 1;
            }
        }
        verdict(
                "loss, device that comes and goes",
                unexplained + lost <= counted && changes.faults().isEmpty(),
                "%d lost, %d of them while the device was there; counted: %s %s"
                        .formatted(flapped, unexplained, drops, changes.faults()));
        verdict(
                "connections",
                traffic.faults().isEmpty(),
                traffic.faults().isEmpty()
                        ? traffic.connections() + " connections, every byte as it was sent"
                        : traffic.faults().size() + " faults: "
                                + traffic.faults().stream().limit(SHOWN).toList());
    }

    private static long sum(final Map<DvrHost, SoakSample> samples, final ToLongFunction<SoakSample> what) {
        return samples.values().stream().mapToLong(what).sum();
    }

    private static boolean isWithin(final SoakChanges.Away away, final long timeNs) {
        return new SoakChanges.Away(away.fromNs() - MARGIN_NS, away.toNs() + MARGIN_NS).contains(timeNs);
    }

    private static boolean isResource(final String label) {
        for (final DropReason reason : DropReason.values()) {
            if (reason.label().equals(label)) {
                return reason.kind() == DropReason.Kind.RESOURCE;
            }
        }
        return false;
    }

    /** Nothing for a frame: what is left is of what happens once, such as code that is compiled anew. */
    private void packetPath(final DvrHost host, final Allocation allocation) {
        final long worker = allocation.bytes().getOrDefault(WORKER, 0L);
        final String others = allocation.bytes().entrySet().stream()
                .filter(thread -> thread.getValue() > 0 && !thread.getKey().equals(WORKER))
                .map(thread -> thread.getKey() + " " + (thread.getValue() >> 10) + " KiB")
                .collect(Collectors.joining(", "));
        verdict(
                "packet path, " + host.host().name(),
                allocation.frames() > 0 && worker < Math.max(allocation.frames() / 100, SOME_BYTES),
                "traffic alone for %d s: %d frames, its worker allocates %d bytes, %.3f for each; collections: %s; others allocate: %s"
                        .formatted(
                                allocation.seconds(),
                                allocation.frames(),
                                worker,
                                worker / (double) Math.max(1, allocation.frames()),
                                allocation.collections(),
                                others));
    }

    private void collections(final Map<DvrHost, Double> from, final Map<DvrHost, Double> to) {
        for (final DvrHost host : samples.keySet()) {
            final GcLog log = GcLog.read(DvrHost.gcLog(lab, host.host())).between(from.get(host), to.get(host));
            final double seconds = to.get(host) - from.get(host);
            results.accept("%-5s %-28s %s in %.0f s with a reload each second"
                    .formatted("", "collections, " + host.host().name(), log, seconds));
        }
    }

    private void heap(final Map<DvrHost, Long> before) {
        eachHost(SoakSample::alive).forEach((host, alive) -> {
            final long first = before.get(host);
            verdict(
                    "heap, " + host.host().name(),
                    alive <= first + SLACK_ALIVE,
                    "alive before %d KiB, after %d KiB".formatted(first >> 10, alive >> 10));
        });
    }

    private interface Count {
        int of(SoakSample sample);
    }

    private interface Limit {
        int of(int first);
    }

    /** The most in the first minute against the most in the last: a device that comes and goes takes some with it. */
    private void flat(final String what, final Count count, final Limit limit) {
        samples.forEach((host, all) -> {
            final int minute = Math.min(MINUTE / SAMPLE_SECONDS, (all.size() + 1) / 2);
            final int first = most(all.subList(0, minute), count);
            final int last = most(all.subList(all.size() - minute, all.size()), count);
            verdict(
                    what + ", " + host.host().name(),
                    !all.isEmpty() && last <= limit.of(first),
                    "first minute " + first + ", last minute " + last);
        });
    }

    private static int most(final List<SoakSample> some, final Count count) {
        return some.stream().mapToInt(count::of).max().orElse(0);
    }

    private void residents(final Map<DvrHost, SoakSample> before, final Map<DvrHost, SoakSample> after) {
        before.forEach((host, sample) -> results.accept("%-5s %-28s resident before %d MiB, after %d MiB"
                .formatted(
                        "",
                        "memory, " + host.host().name(),
                        sample.residentKib() >> 10,
                        after.get(host).residentKib() >> 10)));
        before.forEach((host, sample) -> results.accept("%-5s %-28s before %s, after %s"
                .formatted(
                        "",
                        "open files, " + host.host().name(),
                        sample.kinds(),
                        after.get(host).kinds())));
    }

    private void said(final Map<DvrHost, SoakSample> after) throws IOException {
        for (final DvrHost host : samples.keySet()) {
            // How it began is no part of the soak.
            final List<String> strange = Files.readAllLines(host.log()).stream()
                    .dropWhile(line -> !line.startsWith("ready"))
                    .filter(line -> !EXPLAINED.matcher(line).matches())
                    .distinct()
                    .toList();
            verdict(
                    "lines, " + host.host().name(),
                    strange.isEmpty() && after.get(host).alarms() == 0,
                    strange.isEmpty()
                            ? "no line and no alarm but what was done to it"
                            : strange.size() + " not explained: "
                                    + strange.stream().limit(SHOWN).toList());
        }
    }
}
