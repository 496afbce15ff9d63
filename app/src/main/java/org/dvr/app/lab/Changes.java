package org.dvr.app.lab;

import static org.dvr.app.lab.Cast.A1;
import static org.dvr.app.lab.Cast.A3;
import static org.dvr.app.lab.Cast.B2;
import static org.dvr.app.lab.Cast.COMPUTE1;
import static org.dvr.app.lab.Cast.COMPUTE2;
import static org.dvr.app.lab.Cast.NETWORK1;
import static org.dvr.app.lab.Cast.OUTSIDE_IP;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.Walks.Entry;

/** What happens around packets while they walk: forwarders that are killed, devices that go and come, topologies that are none. */
final class Changes {
    /** Longer than a forwarder waits at most until it writes what it remembers. */
    private static final long STATE_WRITTEN_MS = 5_000;

    private static final long FIRST_PACKET_LIMIT_MS = 1_000;
    private static final int PATIENCE = 50;

    private Changes() {}

    /** {@return the entries, each for labs where the host it is about is ours} */
    static List<Entry> walks() {
        final List<Entry> all = new ArrayList<>();
        all.add(entry(
                "kill -9 of network1: a3's connection through SNAT goes on",
                NETWORK1,
                walk -> restart(walk, A3, NETWORK1)));
        all.add(entry(
                "kill -9 of compute1: a1's connection through its floating IP goes on",
                COMPUTE1,
                walk -> restart(walk, A1, COMPUTE1)));
        all.add(entry("a3's device disappears and comes back", COMPUTE1, Changes::device));
        all.add(entry("the underlay of compute2 goes down and up", COMPUTE2, Changes::flap));
        all.add(entry("a topology that is none changes nothing", COMPUTE1, Changes::garbage));
        return all;
    }

    private static Entry entry(final String title, final Host host, final Consumer<Walk> body) {
        return new Entry("run", title, plan -> !plan.isOriginal(host), body);
    }

    // ---- a killed forwarder ----

    private static void restart(final Walk walk, final Guest guest, final Host host) {
        final DvrHost forwarder = walk.lab().forwarders().get(host);
        try {
            final long[] firstPacketMs = new long[1];
            walk.conversations().interrupted(walk.lab().guest(guest.name()), OUTSIDE_IP, () -> {
                Pause.ms(STATE_WRITTEN_MS);
                forwarder.kill();
                forwarder.start();
                forwarder.awaitReady();
                firstPacketMs[0] = untilAnswered(walk, guest.name(), OUTSIDE_IP);
            });
            if (firstPacketMs[0] > FIRST_PACKET_LIMIT_MS) {
                walk.fault("first packet " + firstPacketMs[0] + " ms after " + host.name() + " was ready again");
            }
            walk.show("the same connection before and after; first packet " + firstPacketMs[0] + " ms after ready");
        } catch (final IOException e) {
            walk.fault("TCP " + guest.name() + " -> " + OUTSIDE_IP + " across the restart: " + e.getMessage());
        }
        walk.look();
    }

    /** {@return milliseconds until a ping is answered} */
    private static long untilAnswered(final Walk walk, final String from, final String ip) {
        final long begin = System.nanoTime();
        for (int attempt = 0; attempt < PATIENCE; attempt++) {
            if (isAnswered(walk, from, ip)) {
                return (System.nanoTime() - begin) / 1_000_000;
            }
        }
        walk.fault(from + " -> " + ip + ": no answer any more");
        return Long.MAX_VALUE;
    }

    private static boolean isAnswered(final Walk walk, final String from, final String ip) {
        return walk.lab()
                .guest(from)
                .attempt("ping", "-n", "-c", "1", "-W", "0.2", ip)
                .isFine();
    }

    // ---- devices ----

    private static void device(final Walk walk) {
        final Namespace host = walk.lab().host(COMPUTE1);
        host.ip("link del " + A3.tap());
        if (isAnswered(walk, A1.name(), A3.ip())) {
            walk.fault("a3 answers without a device");
        }
        walk.lab().plug(A3);
        final long comeBackMs = untilAnswered(walk, A1.name(), A3.ip());
        walk.ping(A3.name(), OUTSIDE_IP, 2);
        // tcpdump at a3 has lost its device; wires and the others go on.
        walk.look();
        walk.show("back after " + comeBackMs + " ms");
    }

    private static void flap(final Walk walk) {
        final Namespace host = walk.lab().host(COMPUTE2);
        host.ip("link set " + Lab.UNDERLAY_DEVICE + " down");
        if (isAnswered(walk, A1.name(), B2.ip())) {
            walk.fault("b2 answers without an underlay");
        }
        host.ip("link set " + Lab.UNDERLAY_DEVICE + " up");
        final long comeBackMs = untilAnswered(walk, A1.name(), B2.ip());
        walk.look();
        walk.show("back after " + comeBackMs + " ms");
    }

    private static void garbage(final Walk walk) {
        walk.lab().topologyText("networks: [{id: net-a, no such: thing}]\nports: 7\n");
        Pause.ms(1_500);
        walk.ping(A1.name(), B2.ip(), 2);
        walk.ping(A1.name(), OUTSIDE_IP, 2);
        walk.lab().topology(new TopologyDocument(walk.lab().transport()));
        Pause.ms(1_500);
        walk.ping(A1.name(), B2.ip(), 2);
        walk.look();
        if (!walk.lab().forwarders().get(COMPUTE1).hasSaid("stays in force")) {
            walk.fault("no line says that the topology before stays in force");
        }
        walk.show("refused with a line, the one before stays in force");
    }
}
