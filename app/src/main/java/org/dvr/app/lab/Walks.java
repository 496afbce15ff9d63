package org.dvr.app.lab;

import static org.dvr.app.lab.Cast.A;
import static org.dvr.app.lab.Cast.A1;
import static org.dvr.app.lab.Cast.A2;
import static org.dvr.app.lab.Cast.A3;
import static org.dvr.app.lab.Cast.B;
import static org.dvr.app.lab.Cast.B1;
import static org.dvr.app.lab.Cast.B2;
import static org.dvr.app.lab.Cast.COMPUTE1;
import static org.dvr.app.lab.Cast.COMPUTE2;
import static org.dvr.app.lab.Cast.GATEWAY_IP;
import static org.dvr.app.lab.Cast.GATEWAY_MAC;
import static org.dvr.app.lab.Cast.NETWORK1;
import static org.dvr.app.lab.Cast.OUTSIDE_IP;
import static org.dvr.app.lab.Cast.UPSTREAM_IP;
import static org.dvr.app.lab.Cast.UPSTREAM_MAC;
import static org.dvr.app.lab.Cast.V;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.Walk.Talk;

/** The walks of {@code dvr.md} §8 to §10 that live hosts can show, each with what it has to look like at its ends and on the wires. */
final class Walks {
    private static final long BULK = 32L << 20;
    private static final int LONG_PING = 3_000;
    private static final int LONG_DATAGRAM = 4_000;
    /** TTL on the external wire of what came from the outside, and of what a guest sent by way of two routers. */
    private static final int FROM_OUTSIDE = 63;

    private static final int TWO_SPENT = 62;

    private Walks() {}

    /**
     * One walk.
     *
     * @param section of dvr.md
     * @param title   what is walked
     * @param shows   whether this lab can show it
     * @param body    walks it
     */
    record Entry(String section, String title, Predicate<Lab.Plan> shows, Consumer<Walk> body) {
        /** {@return section and title, as results begin} */
        String name() {
            return "%-5s %s".formatted(section, title);
        }
    }

    /** {@return the walks in the order of the document} */
    static List<Entry> all() {
        final List<Entry> all = new ArrayList<>();
        eastWest(all);
        floating(all);
        centralised(all);
        for (final Guest guest : List.of(A1, B2)) {
            all.add(new Entry(
                    "9.16",
                    "metadata for " + guest.name(),
                    plan -> !plan.isOriginal(guest.host()),
                    walk -> Metadata.walk(walk, guest)));
        }
        all.add(always("9.19", "extra route by way of a guest: a1 -> 192.168.9.1 behind b2", Walks::extraRoute));
        arp(all);
        trace(all);
        length(all);
        all.add(new Entry("8.2", "floating IP .61 moves from b1 to b2 and back", Walks::hasNoOriginal, Walks::move));
        return all;
    }

    private static Entry always(final String section, final String title, final Consumer<Walk> body) {
        return new Entry(section, title, plan -> true, body);
    }

    private static boolean hasNoOriginal(final Lab.Plan plan) {
        return plan.original().isEmpty() && plan.ovs().isEmpty();
    }

    // ---- 9.1 to 9.4 ----

    private static void eastWest(final List<Entry> all) {
        all.add(always("9.1", "same subnet, same host: a1 -> a3", walk -> {
            final Talk talk = direct(A1, A3, 0);
            walk.talk(talk);
            walk.from(A3, walk.there(talk), A1.mac());
            walk.from(A1, walk.back(talk), A3.mac());
            walk.notOn(Lab.UNDERLAY, A1.ip(), A3.ip());
        }));
        all.add(always("9.2", "same subnet, two hosts: a1 -> a2", walk -> {
            final Talk talk = direct(A1, A2, 0);
            walk.talk(talk);
            walk.from(A2, walk.there(talk), A1.mac());
            walk.tunnel(A1.ip(), A2.ip(), COMPUTE1, COMPUTE2, A, A1.mac(), A2.mac(), 0);
            walk.tunnel(A2.ip(), A1.ip(), COMPUTE2, COMPUTE1, A, A2.mac(), A1.mac(), 0);
        }));
        all.add(always("9.3", "two subnets, same host: a1 -> b1", walk -> {
            final Talk talk = direct(A1, B1, 1);
            walk.talk(talk);
            walk.from(B1, walk.there(talk), B.gatewayMac());
            walk.from(A1, walk.back(talk), A.gatewayMac());
            walk.notOn(Lab.UNDERLAY, A1.ip(), B1.ip());
        }));
        all.add(always("9.4", "two subnets, two hosts: a1 -> b2", walk -> routed(walk, A1, B2)));
        all.add(always("9.4", "two subnets, two hosts: b2 -> a3", walk -> routed(walk, B2, A3)));
        all.add(always("9.4", "two subnets, two hosts: a2 -> b1", walk -> routed(walk, A2, B1)));
    }

    private static Talk direct(final Guest from, final Guest to, final int ttl) {
        return Talk.of(from, to, to.ip(), from.ip(), ttl, ttl);
    }

    private static void routed(final Walk walk, final Guest from, final Guest to) {
        final Talk talk = direct(from, to, 1);
        walk.talk(talk);
        walk.from(to, walk.there(talk), to.network().gatewayMac());
        walk.from(from, walk.back(talk), from.network().gatewayMac());
        routedTunnel(walk, from.ip(), to.ip(), from.host(), to);
        routedTunnel(walk, to.ip(), from.ip(), to.host(), from);
        walk.notOn(Lab.PROVIDER, from.ip(), to.ip());
    }

    private static void routedTunnel(
            final Walk walk, final String source, final String destination, final Host host, final Guest to) {
        walk.tunnel(source, destination, host, to.host(), to.network(), host.dvrMac(), to.mac(), 1);
    }

    private static void extraRoute(final Walk walk) {
        final Talk talk = new Talk(A1.name(), A1.ip(), B2.name(), Cast.BEHIND_B2_IP, Cast.BEHIND_B2_IP, A1.ip(), 1, 1);
        walk.talk(talk);
        walk.from(B2, walk.there(talk), B.gatewayMac());
        routedTunnel(walk, A1.ip(), Cast.BEHIND_B2_IP, COMPUTE1, B2);
        routedTunnel(walk, Cast.BEHIND_B2_IP, A1.ip(), COMPUTE2, A1);
    }

    // ---- 9.5 to 9.9 ----

    private static void floating(final List<Entry> all) {
        for (final Guest guest : List.of(A1, A2)) {
            all.add(always("9.5", "outside -> floating IP of " + guest.name(), walk -> {
                final Talk talk = Talk.in(guest, guest.floating(), 2, 2);
                walk.talk(talk);
                walk.from(guest, walk.there(talk), A.gatewayMac());
                throughFg(walk, guest);
                walk.notOn(Lab.UNDERLAY, OUTSIDE_IP, guest.ip());
            }));
            all.add(always("9.6", guest.name() + " -> outside by its floating IP", walk -> {
                final Talk talk = Talk.out(guest, guest.floating(), 2, 2);
                walk.talk(talk);
                walk.from(guest, walk.back(talk), A.gatewayMac());
                throughFg(walk, guest);
                walk.notOn(Lab.UNDERLAY, OUTSIDE_IP, guest.ip());
            }));
        }
        all.add(always("9.7", "a1 -> its own floating IP", walk -> {
            walk.talk(Talk.of(A1, A1, A1.floating(), A1.floating(), 3, 3));
            walk.notOn(Lab.PROVIDER, A1.floating(), A1.floating());
        }));
        all.add(always("9.8", "floating IP to floating IP, same host: a1 -> .61", walk -> {
            final Talk talk = Talk.of(A1, B1, B1.floating(), A1.floating(), 3, 3);
            walk.talk(talk);
            walk.from(B1, walk.there(talk), B.gatewayMac());
            walk.notOn(Lab.PROVIDER, A1.floating(), B1.floating());
            walk.notOn(Lab.UNDERLAY, A1.ip(), B1.ip());
        }));
        all.add(always("9.9", "floating IP to floating IP, two hosts: a1 -> .52", walk -> {
            final Talk talk = Talk.of(A1, A2, A2.floating(), A1.floating(), 4, 4);
            walk.talk(talk);
            walk.from(A2, walk.there(talk), A.gatewayMac());
            walk.external(A1.floating(), A2.floating(), COMPUTE1.fgMac(), COMPUTE2.fgMac(), TWO_SPENT);
            walk.external(A2.floating(), A1.floating(), COMPUTE2.fgMac(), COMPUTE1.fgMac(), TWO_SPENT);
            walk.notOn(Lab.UNDERLAY, A1.ip(), A2.ip());
        }));
    }

    private static void throughFg(final Walk walk, final Guest guest) {
        final String fgMac = guest.host().fgMac();
        walk.external(OUTSIDE_IP, guest.floating(), UPSTREAM_MAC, fgMac, FROM_OUTSIDE);
        walk.external(guest.floating(), OUTSIDE_IP, fgMac, UPSTREAM_MAC, TWO_SPENT);
    }

    // ---- 9.10 to 9.12 ----

    private static void centralised(final List<Entry> all) {
        for (final Guest guest : List.of(A3, B2)) {
            all.add(always(
                    "9.10", guest.name() + " without floating IP -> outside", walk -> sharedAddress(walk, guest)));
        }
        for (final Guest to : List.of(A2, A1)) {
            all.add(always("9.11", "a3 without floating IP -> floating IP of " + to.name(), walk -> {
                walk.talk(Talk.of(A3, to, to.floating(), GATEWAY_IP, 4, 3));
                toCsnat(walk, A3, to.floating());
                walk.external(GATEWAY_IP, to.floating(), GATEWAY_MAC, to.host().fgMac(), TWO_SPENT);
                walk.external(to.floating(), GATEWAY_IP, to.host().fgMac(), GATEWAY_MAC, TWO_SPENT);
                walk.tunnel(to.floating(), A3.ip(), NETWORK1, COMPUTE1, A, A.csnatMac(), A3.mac(), 3);
            }));
        }
        all.add(always("9.12", "outside -> centralised floating IP .71 of v", walk -> {
            final Talk talk = Talk.in(V, V.floating(), 1, 2);
            walk.talk(talk);
            walk.from(V, walk.there(talk), A.csnatMac());
            walk.external(OUTSIDE_IP, V.floating(), UPSTREAM_MAC, GATEWAY_MAC, FROM_OUTSIDE);
            walk.external(V.floating(), OUTSIDE_IP, GATEWAY_MAC, UPSTREAM_MAC, TWO_SPENT);
            walk.tunnel(OUTSIDE_IP, V.ip(), NETWORK1, COMPUTE1, A, A.csnatMac(), V.mac(), 2);
            toCsnat(walk, V, OUTSIDE_IP);
        }));
        all.add(always("9.12", "v -> outside by its centralised floating IP", walk -> {
            final Talk talk = Talk.out(V, V.floating(), 2, 1);
            walk.talk(talk);
            walk.from(V, walk.back(talk), A.csnatMac());
            toCsnat(walk, V, OUTSIDE_IP);
        }));
        all.add(always("9.12", "v -> its own centralised floating IP", walk -> {
            walk.talk(Talk.of(V, V, V.floating(), V.floating(), 2, 2));
            toCsnat(walk, V, V.floating());
        }));
        all.add(always("9.12", "a1 with floating IP -> .71", walk -> {
            final Talk talk = Talk.of(A1, V, V.floating(), A1.floating(), 3, 4);
            walk.talk(talk);
            walk.from(V, walk.there(talk), A.csnatMac());
            walk.external(A1.floating(), V.floating(), COMPUTE1.fgMac(), GATEWAY_MAC, TWO_SPENT);
        }));
        all.add(always("9.12", "v -> .51", walk -> {
            walk.talk(Talk.of(V, A1, A1.floating(), V.floating(), 4, 3));
            walk.external(V.floating(), A1.floating(), GATEWAY_MAC, COMPUTE1.fgMac(), TWO_SPENT);
        }));
    }

    private static void sharedAddress(final Walk walk, final Guest guest) {
        final Talk talk = Talk.out(guest, GATEWAY_IP, 2, 1);
        walk.talk(talk);
        walk.from(guest, walk.back(talk), guest.network().csnatMac());
        toCsnat(walk, guest, OUTSIDE_IP);
        walk.tunnel(
                OUTSIDE_IP,
                guest.ip(),
                NETWORK1,
                guest.host(),
                guest.network(),
                guest.network().csnatMac(),
                guest.mac(),
                2);
        walk.external(GATEWAY_IP, OUTSIDE_IP, GATEWAY_MAC, UPSTREAM_MAC, TWO_SPENT);
        walk.external(OUTSIDE_IP, GATEWAY_IP, UPSTREAM_MAC, GATEWAY_MAC, FROM_OUTSIDE);
    }

    /** The redirect on the guest's own subnet: {@code D1→sA}. */
    private static void toCsnat(final Walk walk, final Guest guest, final String destination) {
        walk.tunnel(
                guest.ip(),
                destination,
                guest.host(),
                NETWORK1,
                guest.network(),
                guest.host().dvrMac(),
                guest.network().csnatMac(),
                1);
    }

    // ---- 8: ARP ----

    private static void arp(final List<Entry> all) {
        all.add(always("8.1", "who answers ARP for floating IPs", walk -> {
            final Namespace upstream = walk.lab().namespace("upstream");
            upstream.ip("neigh flush dev " + Lab.PROVIDER_DEVICE);
            walk.ping("upstream", A1.floating(), 1);
            walk.ping("upstream", A2.floating(), 1);
            walk.ping("upstream", V.floating(), 1);
            // Nobody's address, a plumbing address of every host, a tenant's.
            for (final String ip : List.of("203.0.113.99", "169.254.64.0", A1.ip())) {
                upstream.attempt("ip", "route", "replace", ip + "/32", "dev", Lab.PROVIDER_DEVICE);
                upstream.attempt("ping", "-c", "1", "-W", "1", ip);
                upstream.attempt("ip", "route", "del", ip + "/32", "dev", Lab.PROVIDER_DEVICE);
            }
            walk.look();
            answered(walk, A1.floating(), COMPUTE1.fgMac());
            answered(walk, A2.floating(), COMPUTE2.fgMac());
            answered(walk, V.floating(), GATEWAY_MAC);
            walk.none(Lab.PROVIDER, "an answer for nobody's address", frame -> isReply(frame, "203.0.113.99"));
            walk.none(Lab.PROVIDER, "an answer for a tenant's address", frame -> isReply(frame, A1.ip()));
            if (hasNoOriginal(walk.lab().plan())) {
                // The kernel's proxy ARP does answer, §8.1.
                walk.none(Lab.PROVIDER, "an answer for a plumbing address", frame -> isReply(frame, "169.254.64.0"));
            }
            walk.show("proxy ARP .51 f1, .52 f2; .71 q; nobody else");
        }));
        all.add(always("8.4", "ARP for a neighbor on another host is answered at home", walk -> {
            walk.lab().guest(A1.name()).ip("neigh flush dev " + Lab.GUEST_DEVICE);
            walk.ping(A1.name(), A2.ip(), 1);
            walk.ping(A1.name(), B2.ip(), 1);
            walk.look();
            walk.each(
                    A1.name(), walk.at(A1.name(), frame -> isReply(frame, A2.ip())), "sender ma2", frame -> frame.arp()
                            .senderMac()
                            .equals(A2.mac()));
            walk.each(
                    A1.name(),
                    walk.at(A1.name(), frame -> isReply(frame, A.gatewayIp())),
                    "sender gA",
                    frame -> frame.arp().senderMac().equals(A.gatewayMac()));
            walk.none(
                    Lab.UNDERLAY,
                    "an ARP request for a known neighbor",
                    frame -> frame.tunnel() != null
                            && frame.arp() != null
                            && frame.arp().operation() == 1
                            && frame.arp().targetIp().equals(A2.ip()));
            walk.show("a2 is ma2, gateway is gA, no request in a tunnel");
        }));
    }

    private static void answered(final Walk walk, final String ip, final String mac) {
        walk.each(
                Lab.PROVIDER,
                walk.at(
                        Lab.PROVIDER,
                        frame -> isReply(frame, ip) && frame.destinationMac().equals(UPSTREAM_MAC)),
                "reply for " + ip + " from " + mac,
                frame ->
                        frame.arp().senderMac().equals(mac) && frame.sourceMac().equals(mac));
    }

    private static boolean isReply(final CapturedFrame frame, final String ip) {
        return frame.arp() != null
                && frame.arp().operation() == 2
                && frame.arp().senderIp().equals(ip);
    }

    // ---- 10 ----

    private static void trace(final List<Entry> all) {
        all.add(always("10", "traceroute a1 -> b2", walk -> {
            walk.trace(A1.name(), B2.ip(), List.of(A.gatewayIp()));
            walk.look();
        }));
        all.add(always("10", "traceroute a1 with floating IP -> outside", walk -> {
            walk.trace(A1.name(), OUTSIDE_IP, List.of(A.gatewayIp(), "169.254.64.1", UPSTREAM_IP));
            walk.look();
        }));
        all.add(always("10", "traceroute a3 without floating IP -> outside", walk -> {
            walk.trace(A3.name(), OUTSIDE_IP, List.of(A.gatewayIp(), A.csnatIp(), UPSTREAM_IP));
            walk.look();
        }));
        for (final Guest guest : List.of(A1, A2)) {
            all.add(always("10", "traceroute outside -> floating IP of " + guest.name(), walk -> {
                // The original's second hop has no route for its error; ours says it from the floating IP (contract.md
                // §6 row 25).
                final boolean isOriginal = walk.lab().plan().isOriginal(guest.host());
                walk.trace(
                        Lab.OUTSIDE,
                        guest.floating(),
                        List.of(Cast.OUTSIDE_GATEWAY_IP, guest.host().fgIp(), isOriginal ? "*" : guest.floating()));
                walk.look();
            }));
        }
    }

    private static void length(final List<Entry> all) {
        fragments(all, "a1 -> b2", A1.name(), B2.ip());
        fragments(all, "a1 with floating IP -> outside", A1.name(), OUTSIDE_IP);
        fragments(all, "outside -> .52", Lab.OUTSIDE, A2.floating());
        fragments(all, "a3 without floating IP -> outside", A3.name(), OUTSIDE_IP);
        all.add(always("10", "path MTU: outside -> centralised floating IP .71", walk -> {
            walk.tooLong(
                    Lab.OUTSIDE, V.floating(), 1_460, walk.lab().transport().mtu());
            walk.look();
        }));
        for (final Guest guest : List.of(A1, A2)) {
            all.add(new Entry(
                    "10",
                    "path MTU: outside -> floating IP of " + guest.name(),
                    plan -> !plan.isOriginal(guest.host()),
                    walk -> {
                        walk.tooLong(
                                Lab.OUTSIDE,
                                guest.floating(),
                                1_460,
                                walk.lab().transport().mtu());
                        walk.look();
                    }));
        }
        transfer(all, "a1 -> b1, same host", A1.name(), B1.ip());
        transfer(all, "a1 -> a2, same subnet", A1.name(), A2.ip());
        transfer(all, "a1 -> b2, routed", A1.name(), B2.ip());
        transfer(all, "a1 with floating IP -> outside", A1.name(), OUTSIDE_IP);
        transfer(all, "outside -> .52", Lab.OUTSIDE, A2.floating());
        transfer(all, "a1 -> .52", A1.name(), A2.floating());
        transfer(all, "a3 without floating IP -> outside", A3.name(), OUTSIDE_IP);
        transfer(all, "outside -> .71, centralised", Lab.OUTSIDE, V.floating());
    }

    private static void fragments(final List<Entry> all, final String title, final String from, final String ip) {
        all.add(always("10", "fragments: " + title, walk -> {
            walk.ping(from, ip, 2, "-s", Integer.toString(LONG_PING));
            walk.datagram(from, ip, LONG_DATAGRAM);
            walk.look();
            walk.show("ping of " + LONG_PING + " bytes");
        }));
    }

    private static void transfer(final List<Entry> all, final String title, final String from, final String ip) {
        all.add(always("tcp", title, walk -> {
            walk.transfer(from, ip, BULK);
            walk.look();
        }));
    }

    // ---- a floating IP moves while all run ----

    private static void move(final Walk walk) {
        final String address = B1.floating();
        final TopologyDocument document = new TopologyDocument(walk.lab().transport());
        walk.ping(Lab.OUTSIDE, address, 1);
        walk.lab().topology(document.move(address, B2));
        awaitMove(walk, address, B2);
        walk.lab().topology(document.move(address, B1));
        awaitMove(walk, address, B1);
    }

    /** The file changes, the hosts see it, the new one announces, the upstream router follows. */
    private static void awaitMove(final Walk walk, final String address, final Guest to) {
        final String mac = to.host().fgMac();
        boolean isAnnounced = false;
        for (int attempt = 0; attempt < 50 && !isAnnounced; attempt++) {
            walk.look();
            isAnnounced = !walk.at(
                            Lab.PROVIDER,
                            frame -> frame.arp() != null
                                    && frame.arp().isGratuitous()
                                    && frame.arp().senderIp().equals(address)
                                    && frame.arp().senderMac().equals(mac))
                    .isEmpty();
        }
        if (!isAnnounced) {
            walk.fault("no gratuitous ARP for " + address + " from " + mac);
            return;
        }
        walk.show("announced by " + mac);
        walk.talk(Talk.in(to, address, 2, 2));
    }
}
