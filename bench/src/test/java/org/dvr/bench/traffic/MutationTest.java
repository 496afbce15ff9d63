package org.dvr.bench.traffic;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.table.NeighborTable;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FdbEntry;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Route;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Does the benchmarks' verification notice what is broken? Each path of PipelineBenchmark, and those that grow, with a writer that gets one thing wrong in one
 * of 64 frames, and with stages that decide by tables in which one entry is wrong.
 */
final class MutationTest {
    private static final int FLOWS = 256;
    private static final int MUTATED_FRAME = 17; // of those that leave in a burst, or the next one that is long enough
    private static final int LONGEST = 114;
    private static final long WRONG_MAC = 0x0600_0000_0BADL;

    private static Arguments path(final String name, final Supplier<Traffic> traffic) {
        return arguments(Named.of(name, traffic));
    }

    private static Stream<Arguments> paths() {
        return Stream.of(
                path("eastWestVxlan", () -> new EastWest(NetworkType.VXLAN)),
                path("eastWestGre", () -> new EastWest(NetworkType.GRE)),
                path("eastWestVxlanTransit", EastWestTransit::new),
                path("floatingIpOutbound", () -> new FloatingIpFlows(true)),
                path("floatingIpInbound", () -> new FloatingIpFlows(false)),
                path("snatEstablished", SourceNatFlows::established),
                path("snatNewFlow", () -> SourceNatFlows.opening(FLOWS)),
                path("proxyArp", ProxyArp::new),
                path("routers", () -> GrownTransit.routers(50)),
                path("prefixes", () -> GrownTransit.prefixes(500)),
                path("ports", () -> GrownTransit.ports(300)),
                path("floatingIps", () -> CentralFloatingIps.inbound(50)),
                path("flows", FloatingIpFlows::many),
                path("frameLength", () -> FloatingIpFlows.ofLength(100)),
                path("firstPacketShare", () -> new FirstPackets(50)));
    }

    /** What a broken writer does to a frame before it is sent. */
    @FunctionalInterface
    private interface Fault {
        /**
         * @param frame a copy of what was to be sent
         * @param length its length
         * @return false where this frame has nothing that could be broken so
         */
        boolean apply(MutableDirectBuffer frame, int length);
    }

    /** A worker whose writer can be broken. */
    private static final class BrokenRig {
        private final Rig rig;
        private final OutputCheck check;
        private final UnsafeBuffer scratch =
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(9_216, 64)); // a port copies by address
        private Fault fault;
        private boolean isTunnelAsked;
        private int copies = 1;
        private int left;
        private boolean isApplied;

        BrokenRig(final Traffic traffic) {
            rig = Rig.start(traffic, FLOWS);
            check = rig.check();
            traffic.topology().attachments().forEach(attachment -> rig.worker()
                    .port(
                            attachment.id(),
                            new BrokenPort(rig.port(attachment.id()), attachment.id() == Cloud.UNDERLAY_ID)));
        }

        void soundBurst() {
            fault = null;
            check.burst();
        }

        /** Whether the fault happened; the check must have failed then, and not otherwise. */
        boolean isNoticed(final boolean isTunnel, final int sentTimes, final Fault what) {
            fault = what;
            isTunnelAsked = isTunnel;
            copies = sentTimes;
            left = MUTATED_FRAME;
            isApplied = false;
            try {
                check.burst();
                return false;
            } catch (final IllegalStateException e) {
                assertTrue(isApplied, () -> "failed without being broken: " + e.getMessage());
                return true;
            } finally {
                fault = null;
            }
        }

        boolean isApplied() {
            return isApplied;
        }

        /** What the worker sends to. */
        private final class BrokenPort implements PacketPort {
            private final MemoryPort port;
            private final boolean isTunnel;

            BrokenPort(final MemoryPort port, final boolean isTunnel) {
                this.port = port;
                this.isTunnel = isTunnel;
            }

            @Override
            public int receive(
                    final MutableDirectBuffer destination,
                    final int offset,
                    final int capacity,
                    final Offload offload) {
                return port.receive(destination, offset, capacity, offload);
            }

            @Override
            public boolean transmit(
                    final DirectBuffer buffer,
                    final int offset,
                    final int length,
                    final Offload offload,
                    final long nowNs) {
                if (fault == null || isApplied || isTunnel != isTunnelAsked || --left > 0) {
                    return port.transmit(buffer, offset, length, offload, nowNs);
                }
                scratch.putBytes(0, buffer, offset, length);
                isApplied = fault.apply(scratch, length);
                for (int i = 0; i < (isApplied ? copies : 1); i++) {
                    port.transmit(scratch, 0, length, offload, nowNs);
                }
                return true;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("paths")
    void shouldNoticeAWrongBitInAnyByte(final Supplier<Traffic> path) {
        final BrokenRig rig = new BrokenRig(path.get());
        int found = 0;
        for (final boolean isTunnel : new boolean[] {true, false}) {
            final List<Integer> missed = new ArrayList<>();
            for (int i = 0; i < LONGEST; i++) {
                final int index = i;
                if (index % 16 == 0) {
                    rig.soundBurst();
                }
                final boolean isNoticed = rig.isNoticed(isTunnel, 1, (frame, length) -> {
                    if (index >= length) {
                        return false;
                    }
                    frame.putByte(index, (byte) (frame.getByte(index) ^ 1 << index % 8));
                    return true;
                });
                found += isNoticed ? 1 : 0;
                if (rig.isApplied() && !isNoticed) {
                    missed.add(index);
                }
            }
            assertEquals(List.of(), missed);
        }
        rig.soundBurst();
        assertTrue(found >= 42, "found=" + found); // an ARP reply is the shortest of all
    }

    @ParameterizedTest
    @MethodSource("paths")
    void shouldNoticeWhatKeepsItsChecksumsRight(final Supplier<Traffic> path) {
        final Traffic traffic = path.get();
        final BrokenRig rig = new BrokenRig(traffic);
        final Ipv4Header header = new Ipv4Header();
        int applied = 0;
        for (final boolean isTunnel : new boolean[] {true, false}) {
            rig.soundBurst();
            // The hop that nobody counted.
            final boolean isTtlNoticed = rig.isNoticed(isTunnel, 1, (frame, length) -> {
                if (!isIpv4(frame)) {
                    return false;
                }
                header.wrap(frame, EthernetHeader.LENGTH);
                header.ttl(header.ttl() + 1).updateChecksum();
                return true;
            });
            assertEquals(rig.isApplied(), isTtlNoticed);
            applied += rig.isApplied() ? 1 : 0;
            // Addresses swapped: every checksum stays right by itself.
            final boolean isSwapNoticed = rig.isNoticed(isTunnel, 1, (frame, length) -> {
                if (!isIpv4(frame)) {
                    return false;
                }
                header.wrap(frame, EthernetHeader.LENGTH);
                final int source = header.source();
                header.source(header.destination()).destination(source);
                return true;
            });
            assertEquals(rig.isApplied(), isSwapNoticed);
        }
        assertTrue(applied > 0 || traffic instanceof ProxyArp);
    }

    private static boolean isIpv4(final MutableDirectBuffer frame) {
        return new EthernetHeader().wrap(frame, 0).etherType() == EtherType.IPV4;
    }

    @ParameterizedTest
    @MethodSource("paths")
    void shouldNoticeFramesThatAreMissingOrTooMany(final Supplier<Traffic> path) {
        final BrokenRig rig = new BrokenRig(path.get());
        for (final int copies : new int[] {0, 2}) {
            rig.soundBurst();
            final boolean isNoticedInTunnel = rig.isNoticed(true, copies, (frame, length) -> true);
            final boolean isInTunnel = rig.isApplied();
            assertEquals(isInTunnel, isNoticedInTunnel);
            final boolean isNoticedOutside = rig.isNoticed(false, copies, (frame, length) -> true);
            assertEquals(rig.isApplied(), isNoticedOutside);
            assertTrue(isInTunnel || isNoticedOutside);
        }
    }

    private static Arguments table(
            final String name, final Supplier<Traffic> traffic, final Consumer<TopologySnapshot> mistake) {
        return arguments(Named.of(name, traffic), mistake);
    }

    private static Stream<Arguments> wrongTables() {
        final Supplier<Traffic> vxlan = () -> new EastWest(NetworkType.VXLAN);
        final Supplier<Traffic> gre = () -> new EastWest(NetworkType.GRE);
        final Supplier<Traffic> outbound = () -> new FloatingIpFlows(true);
        final Supplier<Traffic> inbound = () -> new FloatingIpFlows(false);
        final Supplier<Traffic> established = SourceNatFlows::established;
        final Supplier<Traffic> opening = () -> SourceNatFlows.opening(FLOWS);
        return Stream.of(
                table("eastWestVxlan, neighbor", vxlan, MutationTest::wrongRemoteNeighbor),
                table("eastWestVxlan, FDB", vxlan, MutationTest::wrongRemoteHost),
                table("eastWestVxlan, FIB", vxlan, MutationTest::wrongRoute),
                table("eastWestVxlan, DVR MAC", vxlan, MutationTest::wrongDvrMac),
                table("eastWestGre, neighbor", gre, MutationTest::wrongRemoteNeighbor),
                table("eastWestGre, FDB", gre, MutationTest::wrongRemoteHost),
                table("eastWestVxlanTransit, neighbor", EastWestTransit::new, MutationTest::wrongGuestNeighbor),
                table("eastWestVxlanTransit, FIB", EastWestTransit::new, MutationTest::wrongLegacyRoute),
                table("floatingIpOutbound, address", outbound, MutationTest::wrongFloatingIp),
                table("floatingIpOutbound, gateway", outbound, MutationTest::wrongExternalGateway),
                table("floatingIpInbound, guest", inbound, MutationTest::wrongFixedIp),
                table("snatEstablished, gateway", established, MutationTest::wrongExternalGateway),
                table("snatEstablished, neighbor of replies", established, MutationTest::wrongGuestNeighbor),
                table("snatNewFlow, gateway", opening, MutationTest::wrongExternalGateway),
                table("proxyArp, floating IP", ProxyArp::new, MutationTest::missingFloatingIp),
                table("prefixes, FIB", () -> GrownTransit.prefixes(100), MutationTest::wrongPrefix));
    }

    @ParameterizedTest
    @MethodSource("wrongTables")
    void shouldNoticeAWrongEntry(final Supplier<Traffic> path, final Consumer<TopologySnapshot> mistake) {
        assertDoesNotThrow(() -> Rig.start(path.get(), FLOWS).verify());
        final Traffic traffic = path.get();
        mistake.accept(traffic.topology());
        assertThrows(
                IllegalStateException.class, () -> Rig.start(traffic, FLOWS).verify());
    }

    private static int remoteSegment(final TopologySnapshot topology) {
        return (topology.segmentByVni(Cloud.remoteVni(0)) == null
                        ? topology.segmentByGreKey(Cloud.remoteVni(0))
                        : topology.segmentByVni(Cloud.remoteVni(0)))
                .id();
    }

    private static void wrongRemoteNeighbor(final TopologySnapshot topology) {
        // The MAC of another guest there: the frame still leaves.
        topology.neighbors().put(remoteSegment(topology), Cloud.remoteIp(0, 0), Cloud.remoteMac(0, 1));
    }

    private static void wrongRemoteHost(final TopologySnapshot topology) {
        topology.fdb()
                .put(
                        remoteSegment(topology),
                        Cloud.remoteMac(0, 0),
                        FdbEntry.behind(topology.peers().get(7)));
    }

    private static void wrongRoute(final TopologySnapshot topology) {
        final Router router = topology.routers().getFirst();
        final RouterPort back = router.portCovering(Cloud.remoteIp(0, 0));
        router.fib()
                .put(Cloud.remoteIp(0, 0), 32, new Route(Cloud.remoteIp(0, 0), 32, back, new int[] {Cloud.remoteIp(0, 3)
                }));
    }

    private static void wrongDvrMac(final TopologySnapshot topology) {
        set(topology, "dvrMac", WRONG_MAC);
    }

    private static void wrongGuestNeighbor(final TopologySnapshot topology) {
        for (final int network : new int[] {NetworkHost.FRONT, NetworkHost.LEFT, NetworkHost.RIGHT}) {
            topology.neighbors()
                    .put(
                            topology.segmentByVni(NetworkHost.vni(0, network)).id(),
                            NetworkHost.guestIp(0, network, 0),
                            NetworkHost.guestMac(0, network, 1));
        }
    }

    private static void wrongLegacyRoute(final TopologySnapshot topology) {
        final Router router = topology.routers().stream()
                .filter(each -> each.name().equals("legacy0"))
                .findFirst()
                .orElseThrow();
        final int guest = NetworkHost.guestIp(0, NetworkHost.RIGHT, 0);
        router.fib().put(guest, 32, new Route(guest, 32, router.portCovering(guest), new int[] {
            NetworkHost.guestIp(0, NetworkHost.RIGHT, 1)
        }));
    }

    private static void wrongExternalGateway(final TopologySnapshot topology) {
        topology.neighbors().put(NeighborTable.domainOfWire(Cloud.PHYSICAL_ID), Cloud.EXTERNAL_GATEWAY_IP, WRONG_MAC);
    }

    private static void wrongFloatingIp(final TopologySnapshot topology) {
        final Router router = topology.routers().getFirst();
        final FloatingIp right = router.floatingIpOf(Cloud.guestIp(0));
        floatingIps(router, "floatingIpsByFixedIp")
                .put(
                        right.fixedIp(),
                        new FloatingIp(
                                right.floatingIp() + 0x1000,
                                right.fixedIp(),
                                right.gatewayIp(),
                                right.router(),
                                right.guest()));
    }

    private static void wrongFixedIp(final TopologySnapshot topology) {
        final ExternalPort port = topology.externalPorts().getFirst();
        final FloatingIp right = port.floatingIp(Cloud.floatingIp(0));
        final FloatingIp other = port.floatingIp(Cloud.floatingIp(Cloud.TENANTS)); // of the same tenant
        floatingIps(port, "floatingIps")
                .put(
                        right.floatingIp(),
                        new FloatingIp(
                                right.floatingIp(), other.fixedIp(), right.gatewayIp(), right.router(), other.guest()));
    }

    private static void missingFloatingIp(final TopologySnapshot topology) {
        floatingIps(topology.externalPorts().getFirst(), "floatingIps").remove(Cloud.floatingIp(0));
    }

    private static void wrongPrefix(final TopologySnapshot topology) {
        final Router router = topology.routers().getFirst();
        final int network = GrownHost.addressIn(5, 0);
        final Route right = router.fib().find(network);
        router.fib()
                .put(
                        right.network(),
                        right.length(),
                        new Route(right.network(), right.length(), right.port(), new int[] {
                            GrownHost.guestIp(GrownHost.RIGHT, 3)
                        }));
    }

    @SuppressWarnings("unchecked")
    private static Int2ObjectHashMap<FloatingIp> floatingIps(final Object owner, final String field) {
        try {
            return (Int2ObjectHashMap<FloatingIp>) field(owner, field).get(owner);
        } catch (final IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static void set(final Object owner, final String field, final long value) {
        try {
            field(owner, field).setLong(owner, value);
        } catch (final IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static Field field(final Object owner, final String name) {
        try {
            final Field field = owner.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (final NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }
}
