package org.dvr.app.lab;

import static org.dvr.app.lab.Cast.A1;
import static org.dvr.app.lab.Cast.A3;
import static org.dvr.app.lab.Cast.COMPUTE1;
import static org.dvr.app.lab.Cast.NETWORK1;
import static org.dvr.app.lab.Cast.OUTSIDE_IP;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.Walks.Entry;

/** {@code kill -9} under load: what goes on, how soon, and what is left behind. */
final class KillWalks {
    private static final int PORT = 7_300;
    private static final int PER_SECOND = 200;
    private static final int SECONDS = 90;
    private static final long BULK = 4L << 20;
    /** A forwarder writes down its connections each two seconds: these are older. */
    private static final long ESTABLISHED_MS = 6_000;

    private static final long AFTERWARDS_MS = 4_000;
    private static final long FIRST_LIMIT_MS = 1_000;
    private static final long PATIENCE_MS = 15_000;
    private static final long RETRY_MS = 40_000;
    private static final long POLL_MS = 5;
    private static final long NS_PER_MS = 1_000_000;

    private KillWalks() {}

    /** {@return the entries, for labs where those who are killed are ours} */
    static List<Entry> walks() {
        final List<Entry> all = new ArrayList<>();
        for (final Host host : List.of(NETWORK1, COMPUTE1)) {
            all.add(new Entry(
                    "kill",
                    "kill -9 of " + host.name() + " under load",
                    plan -> !plan.isOriginal(host),
                    walk -> killed(walk, host)));
        }
        all.add(new Entry(
                "kill", "lab down after kill -9 of lab up and of a forwarder", plan -> true, KillWalks::down));
        return all;
    }

    // ---- a forwarder ----

    private static void killed(final Walk walk, final Host host) {
        final Lab lab = walk.lab();
        final Namespace outside = lab.namespace(Lab.OUTSIDE);
        try (SoakStream shared = stream(lab, A3, PORT);
                SoakStream floating = stream(lab, A1, PORT + 1);
                Trickle sharedTcp = new Trickle(lab.guest(A3.name()), outside, OUTSIDE_IP, PORT);
                Trickle floatingTcp = new Trickle(lab.guest(A1.name()), outside, OUTSIDE_IP, PORT + 1);
                Background ping = walk.background(A3.name(), "ping", "-n", "-i", "0.2", OUTSIDE_IP)) {
            ping.settle();
            final Load load = new Load(walk.conversations(), lab.guest(A1.name()));
            Pause.ms(ESTABLISHED_MS);
            final Restart restart = restart(walk, host, shared, floating);
            final long before = sharedTcp.count();
            final long beforeFloating = floatingTcp.count();
            Pause.ms(AFTERWARDS_MS);
            load.stop();
            shared.stopSending();
            floating.stopSending();
            Pause.ms(500);
            goesOn(walk, "TCP through SNAT", sharedTcp, before);
            goesOn(walk, "TCP through the floating IP", floatingTcp, beforeFloating);
            same(walk, shared, restart);
            same(walk, floating, restart);
            walk.show(
                    "ready %d ms after process start, first packet %d ms after process start and %d ms after ready; nothing passed for %d ms; TCP waited %d ms at most"
                            .formatted(
                                    restart.readyMs(),
                                    restart.firstMs(),
                                    restart.firstMs() - restart.readyMs(),
                                    restart.outageMs(),
                                    Math.max(sharedTcp.longestMs(), floatingTcp.longestMs())));
            if (restart.firstMs() - restart.readyMs() > FIRST_LIMIT_MS) {
                walk.fault(
                        "the first packet passes %d ms after ready".formatted(restart.firstMs() - restart.readyMs()));
            }
        } catch (final IOException e) {
            walk.fault(e.getMessage());
        }
    }

    private static SoakStream stream(final Lab lab, final Cast.Guest guest, final int port) throws IOException {
        return new SoakStream(
                        lab, new SoakStream.Way(guest.name(), Lab.OUTSIDE, OUTSIDE_IP, true), port, PER_SECOND, SECONDS)
                .start();
    }

    /** When things happened, counted from the start of the process. */
    private record Restart(long startNs, long readyMs, long firstMs, long outageMs) {}

    private static Restart restart(
            final Walk walk, final Host host, final SoakStream shared, final SoakStream floating) {
        final DvrHost forwarder = walk.lab().forwarders().get(host);
        final long killNs = System.nanoTime();
        kill(forwarder.pid());
        if (walk.lab().host(host).run("ip", "-d", "link").contains("prog/xdp")) {
            walk.fault("an XDP program is left at a device of " + host.name());
        }
        final long startNs = System.nanoTime();
        forwarder.start();
        forwarder.awaitReady();
        final long readyNs = System.nanoTime();
        // The network host has nothing to do with floating IPs of computes.
        final List<SoakStream> through = host.isNetworkHost() ? List.of(shared) : List.of(shared, floating);
        long firstNs = 0;
        for (final SoakStream stream : through) {
            long arrivalNs = 0;
            while (arrivalNs == 0 && System.nanoTime() - readyNs < PATIENCE_MS * NS_PER_MS) {
                Pause.ms(POLL_MS);
                arrivalNs = stream.firstArrivalNs(startNs);
            }
            if (arrivalNs == 0) {
                walk.fault(stream.title() + ": nothing arrives any more");
            }
            firstNs = Math.max(firstNs, arrivalNs);
        }
        return new Restart(
                startNs,
                (readyNs - startNs) / NS_PER_MS,
                (firstNs - startNs) / NS_PER_MS,
                (firstNs - killNs) / NS_PER_MS);
    }

    private static void kill(final long pid) {
        ProcessHandle.of(pid).ifPresent(process -> {
            process.destroyForcibly();
            process.onExit().join();
        });
    }

    private static void goesOn(final Walk walk, final String what, final Trickle trickle, final long before) {
        // TCP tries again after 0.2, 0.4, … s: having waited 13 s for a slow machine's forwarder, in 13 s more.
        final long endNs = System.nanoTime() + RETRY_MS * NS_PER_MS;
        while (trickle.fault().isEmpty() && trickle.count() <= before && System.nanoTime() < endNs) {
            Pause.ms(POLL_MS);
        }
        if (!trickle.fault().isEmpty() || trickle.count() <= before) {
            walk.fault(what + " does not go on: " + trickle.count() + " answers, " + before + " at ready; "
                    + trickle.fault());
        } else {
            walk.show(what + " goes on");
        }
    }

    private static void same(final Walk walk, final SoakStream stream, final Restart restart) {
        if (stream.peers().size() != 1) {
            walk.fault(stream.title() + ": seen from " + stream.peers() + " instead of one address and port");
        }
        final long settledNs = restart.startNs() + (restart.firstMs() + FIRST_LIMIT_MS) * NS_PER_MS;
        final long late =
                stream.lostThere().stream().filter(sentNs -> sentNs > settledNs).count()
                        + stream.lostBack().stream()
                                .filter(sentNs -> sentNs > settledNs)
                                .count();
        if (late > 0) {
            walk.fault(stream.title() + ": " + late + " lost more than a second after the first packet");
        }
        walk.show("UDP from " + String.join(", ", stream.peers()) + " before and after");
    }

    /** Transfers of which one or two do not survive the restart in time; nobody minds. */
    private static final class Load {
        private final Thread thread;
        private volatile boolean isStopping;

        Load(final Conversations conversations, final Namespace guest) {
            thread = new Thread(
                    () -> {
                        while (!isStopping) {
                            try {
                                conversations.tcp(guest, OUTSIDE_IP, BULK);
                                Pause.ms(100);
                            } catch (final IOException e) {
                                Pause.ms(100);
                            }
                        }
                    },
                    "kill-load");
            thread.setDaemon(true);
            thread.start();
        }

        void stop() {
            isStopping = true;
        }
    }

    // ---- lab up ----

    private static void down(final Walk walk) {
        final String id = "k" + ProcessHandle.current().pid();
        final String io = walk.lab().plan().io();
        for (final String moment : List.of("wires", "dvr run on")) {
            final Path log = walk.lab().file("killed-up.log");
            final Process up = up(id, io, log);
            await(up, log, moment);
            kill(up.pid());
            removed(walk, id, "after kill -9 of lab up at \"" + moment + "\"");
        }
        final Process up = up(id, io, walk.lab().file("killed-up.log"));
        try {
            if (up.waitFor() != 0) {
                walk.fault("lab up ends with status " + up.exitValue());
            }
            kill(Long.parseLong(Files.readString(Path.of("/run", Lab.PREFIX + id, "run-" + COMPUTE1.name(), "pid"))
                    .strip()));
        } catch (final IOException e) {
            walk.fault("no forwarder to be killed: " + e.getMessage());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
        removed(walk, id, "after kill -9 of a forwarder");
        walk.show(
                "no namespace, folder or process of another lab after kill -9 of its lab up (two moments) and of its forwarder");
    }

    private static Process up(final String id, final String io, final Path log) {
        final List<String> command = new ArrayList<>(DvrHost.self());
        command.addAll(List.of("lab", "up", "--name", id, "--io", io));
        return Tools.start(command, log);
    }

    private static void await(final Process up, final Path log, final String text) {
        final long deadlineNs = System.nanoTime() + PATIENCE_MS * NS_PER_MS;
        try {
            while (up.isAlive() && System.nanoTime() < deadlineNs) {
                if (Files.exists(log) && Files.readString(log).contains(text)) {
                    Pause.ms(200);
                    return;
                }
                Pause.ms(POLL_MS);
            }
        } catch (final IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void removed(final Walk walk, final String id, final String when) {
        Lab.down(id, line -> {});
        Leftovers.of(id).forEach(left -> walk.fault(when + ", lab down leaves " + left));
    }
}
