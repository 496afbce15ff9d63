package org.dvr.app.lab;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.dvr.app.lab.Measured.Bar;

/**
 * Measures two labs in turns: one of {@code dvr run}, one whose hosts are the kernel's own parts. Both are up all the time; hosts that are not looked at
 * are stopped.
 */
public final class Measurement {
    private static final List<String> TOOLS =
            List.of("iperf3", "wrk", "taskset", "kill", "renice", "nft", "bridge", "sh");
    private static final List<String> ALL = List.of("compute1", "compute2", "network1");
    private static final double WARM_UP_SECONDS = 1.5;
    private static final int TRANSFER_ROUNDS = 3;
    private static final int TRANSFER_LENGTH = 3;
    private static final double SHARED = 0.1;

    private final Choice choice;
    private final Cores cores;
    private final MeasuredLab dvr;
    private final MeasuredLab kernel;
    private final Consumer<String> progress;
    private final List<Measured> rows = new ArrayList<>();

    /**
     * What is measured.
     *
     * @param io      ports of {@code dvr run}: {@code afpacket} or {@code afxdp}
     * @param options of {@code dvr run}, {@code K=V} each
     * @param seconds that a run of packets lasts; transfers last three times as long
     * @param rounds  runs of packets, of each lab
     * @param only    only figures whose line contains it; empty for all
     * @param isPreferred true where host and sender go before other programs of the machine
     */
    public record Choice(String io, List<String> options, int seconds, int rounds, String only, boolean isPreferred) {}

    private Measurement(
            final Choice choice,
            final Cores cores,
            final MeasuredLab dvr,
            final MeasuredLab kernel,
            final Consumer<String> progress) {
        this.choice = choice;
        this.cores = cores;
        this.dvr = dvr;
        this.kernel = kernel;
        this.progress = progress;
    }

    /** Refuses where the machine cannot have it. */
    public static void require() {
        Cores.choose();
        Lab.require("dvr lab measure", plan("x", "afpacket", Set.copyOf(ALL), List.of()));
        Tools.require(TOOLS);
    }

    private static Lab.Plan plan(
            final String id, final String io, final Set<String> original, final List<String> options) {
        return new Lab.Plan(id, "vxlan", io, options, original, Set.of());
    }

    /**
     * Builds both labs, measures, removes them.
     *
     * @param choice   what is measured
     * @param results  is told the table, line by line
     * @param progress is told what else happens
     * @return all there is to know
     */
    public static ObjectNode run(final Choice choice, final Consumer<String> results, final Consumer<String> progress) {
        final Cores cores = Cores.choose();
        final String id = Long.toString(ProcessHandle.current().pid());
        return with(
                plan("k" + id, choice.io(), Set.copyOf(ALL), List.of()),
                progress,
                kernel -> with(
                        plan("m" + id, choice.io(), Set.of(), pinned(choice, cores)), progress, dvr -> new Measurement(
                                        choice,
                                        cores,
                                        new MeasuredLab("dvr", dvr),
                                        new MeasuredLab("kernel", kernel),
                                        progress)
                                .all(results)));
    }

    private interface Work {
        ObjectNode with(Lab lab);
    }

    private static ObjectNode with(final Lab.Plan plan, final Consumer<String> progress, final Work work) {
        final Lab lab = Lab.up(plan, progress);
        final Thread atExit = new Thread(lab::down, "lab-down");
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            return work.with(lab);
        } finally {
            if (Lab.removeHook(atExit)) {
                lab.down();
            }
        }
    }

    private static List<String> pinned(final Choice choice, final Cores cores) {
        final List<String> options = new ArrayList<>(List.of("idle=busy", "core=" + cores.host()));
        options.addAll(choice.options());
        return options;
    }

    private ObjectNode all(final Consumer<String> results) {
        final Preference interrupts = choice.isPreferred() ? Preference.of(cores.host()) : null;
        try {
            prefer();
            packets();
            pings();
            transfers();
        } finally {
            dvr.awake(Set.copyOf(Cast.HOSTS)); // so that they can be asked to end
            if (interrupts != null) {
                interrupts.close();
            }
        }
        table(results);
        return json();
    }

    private void prefer() {
        if (choice.isPreferred()) {
            dvr.prefer();
        }
    }

    private Measured row(final String what, final String unit, final int digits, final Bar bar) {
        final Measured row = new Measured(what, unit, digits, bar);
        if (!what.contains(choice.only())) {
            return null;
        }
        rows.add(row);
        return row;
    }

    private void packets() {
        dvr.awake(Set.of());
        final Measured wire = row("UDP 64 bytes, bare veth hop", "Mpps", 3, Bar.NONE);
        if (wire != null) {
            progress.accept(wire.what());
            PacketRates.wire(kernel.lab(), cores, null, WARM_UP_SECONDS);
        }
        for (int round = 0; wire != null && round < choice.rounds(); round++) {
            PacketRates.wire(kernel.lab(), cores, wire, choice.seconds());
        }
        for (final PacketRates.Way way : PacketRates.ways()) {
            final Measured row = row(way.title(), "Mpps", 3, Bar.TWICE);
            if (row == null) {
                continue;
            }
            progress.accept(way.title());
            final double dvrLoad = PacketRates.bestLoad(dvr, way, cores, progress);
            final double kernelLoad = PacketRates.bestLoad(kernel, way, cores, progress);
            for (int round = 0; round < choice.rounds(); round++) {
                PacketRates.run(dvr, way, cores, row, dvrLoad, choice.seconds());
                PacketRates.run(kernel, way, cores, row, kernelLoad, choice.seconds());
            }
        }
    }

    private void pings() {
        final Measured median = row("ping, floating IP to outside, busy, p50", "us", 1, Bar.HALF_AS_FAST);
        final Measured late = row("ping, floating IP to outside, busy, p99", "us", 1, Bar.NO_LATER);
        if (median == null || late == null) {
            return;
        }
        progress.accept("round trips");
        for (int round = -1; round < TRANSFER_ROUNDS; round++) {
            for (final MeasuredLab each : List.of(dvr, kernel)) {
                each.awake(Set.of(Cast.COMPUTE1));
                each.warm(Cast.A1.name(), Cast.OUTSIDE_IP);
                final List<Double> times = Transfers.pings(
                        each, Cast.A1.name(), Cast.OUTSIDE_IP, cores.others(), TRANSFER_LENGTH * choice.seconds());
                each.awake(Set.of());
                if (round < 0) {
                    continue; // a forwarder that has just been started compiles on the core that it forwards on
                }
                median.add(each.isDvr(), Transfers.quantile(times, 0.5));
                late.add(each.isDvr(), Transfers.quantile(times, 0.99));
            }
        }
    }

    private interface Figure {
        double of(MeasuredLab lab);
    }

    private void transfers() {
        dvr.restart(choice.options());
        prefer();
        final int seconds = TRANSFER_LENGTH * choice.seconds();
        transfer(
                row("TCP, floating IP to outside", "Gbit/s", 2, Bar.AS_GOOD),
                Cast.OUTSIDE_IP,
                lab -> Transfers.tcp(lab, Cast.A1.name(), Lab.OUTSIDE, Cast.OUTSIDE_IP, seconds));
        transfer(
                row("TCP, east-west, VXLAN, both sides", "Gbit/s", 2, Bar.AS_GOOD),
                Cast.B2.ip(),
                lab -> Transfers.tcp(lab, Cast.A1.name(), Cast.B2.name(), Cast.B2.ip(), seconds));
        transfer(
                row("new TCP connections, floating IP to outside", "1/s", 0, Bar.AS_GOOD),
                Cast.OUTSIDE_IP,
                lab -> Transfers.connections(
                        lab, Cast.A1.name(), Lab.OUTSIDE, Cast.OUTSIDE_IP, Cast.OUTSIDE_IP, choice.seconds() * 2));
        transfer(
                row("new TCP connections, outside to floating IP", "1/s", 0, Bar.AS_GOOD),
                Cast.OUTSIDE_IP,
                lab -> Transfers.connections(
                        lab, Lab.OUTSIDE, Cast.A1.name(), Cast.A1.ip(), Cast.A1.floating(), choice.seconds() * 2));
    }

    private void transfer(final Measured row, final String ip, final Figure figure) {
        if (row == null) {
            return;
        }
        progress.accept(row.what());
        for (int round = 0; round < TRANSFER_ROUNDS; round++) {
            for (final MeasuredLab each : List.of(dvr, kernel)) {
                each.awake(Set.copyOf(Cast.HOSTS));
                each.warm(Cast.A1.name(), ip);
                row.add(each.isDvr(), figure.of(each));
                each.awake(Set.of());
            }
        }
    }

    private void table(final Consumer<String> results) {
        final List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("what", "unit", "dvr", "kernel", "ratio", "bar", "reached"));
        rows.forEach(row -> lines.add(row.cells()));
        final int[] widths = new int[lines.getFirst().size()];
        for (final List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (final List<String> line : lines) {
            final StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                text.append(line.get(i))
                        .append(" ".repeat(widths[i] - line.get(i).length() + 2));
            }
            results.accept(text.toString().stripTrailing());
        }
        results.accept(
                "median (lowest .. highest) of runs in turns; packets: of one core, forwarder and interrupts together, at the load of which it forwards most; --io "
                        + choice.io()
                        + choice.options().stream().map(" --option "::concat).collect(Collectors.joining()));
        for (final Measured row : rows) {
            warn(row, results);
        }
    }

    /** Figures of a machine that has other things to do are none. */
    private static void warn(final Measured row, final Consumer<String> results) {
        final double dvr = row.core(true).others();
        final double kernel = row.core(false).others();
        if (dvr > SHARED || kernel > SHARED) {
            results.accept(String.format(
                    Locale.ROOT,
                    "not to be trusted: other programs had %.0f %% of the core with dvr, %.0f %% with the kernel: %s",
                    dvr * 100,
                    kernel * 100,
                    row.what()));
        }
    }

    private ObjectNode json() {
        final ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("io", choice.io());
        choice.options().forEach(root.putArray("options")::add);
        root.put("kernel", System.getProperty("os.version"));
        root.put("java", System.getProperty("java.runtime.version"));
        final ArrayNode figures = root.putArray("figures");
        for (final Measured row : rows) {
            final ObjectNode figure = figures.addObject();
            figure.put("what", row.what()).put("unit", row.unit());
            side(figure.putObject("dvr"), row, true);
            side(figure.putObject("kernel"), row, false);
            if (row.bar() != Bar.NONE) {
                figure.put("ratio", row.ratio());
                figure.put("bar", row.bar().text()).put("reached", row.isReached());
            }
        }
        return root;
    }

    private static void side(final ObjectNode node, final Measured row, final boolean isDvr) {
        final List<Double> values = row.values(isDvr);
        if (!values.isEmpty()) {
            node.put("median", Measured.median(values));
        }
        if (row.offered(isDvr) > 0) {
            node.put("offered", row.offered(isDvr));
        }
        final ArrayNode runs = node.putArray("runs");
        values.forEach(runs::add);
        if (!row.core(isDvr).isEmpty()) {
            node.put("core", row.core(isDvr).text());
        }
    }
}
