package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_A2;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.PHYSNET;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.TN;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.echo;
import static org.dvr.dataplane.walk.Frames.tcp;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.worker.WorkerConfig;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every reason to drop a frame can happen, and is counted once for it. */
class DropReasonTest {
    private final Map<DropReason, Consumer<Stage>> ways = new EnumMap<>(DropReason.class);

    /** A host, and the frame that must be dropped on it. */
    private static final class Stage {
        private Host host;

        void drops(final DropReason reason, final Cast cast, final String at, final byte[]... frames) {
            host = new Host(cast);
            host.send(at, frames);
            assertEquals(1L, host.drops().get(reason), () -> host.drops().toString());
        }
    }

    private void way(final DropReason reason, final String at, final byte[] frame) {
        way(reason, compute1(), at, frame);
    }

    private void way(final DropReason reason, final Cast cast, final String at, final byte[]... frames) {
        ways.put(reason, stage -> stage.drops(reason, cast, at, frames));
    }

    private static byte[] ip4(final byte[] packet) {
        return ethernet(MA1, GA).rawEtherType(0x0800, packet).build();
    }

    private static byte[] ip6(final int nextHeader, final int length, final byte[] payload) {
        final byte[] packet = new byte[40 + payload.length];
        packet[0] = 0x60;
        packet[5] = (byte) length;
        packet[6] = (byte) nextHeader;
        System.arraycopy(payload, 0, packet, 40, payload.length);
        return ethernet(MA1, GA).rawEtherType(0x86DD, packet).build();
    }

    private static void gateway6(final Cast.Parts parts) {
        parts.builder.routerPort6(parts.router, parts.a, "port-g6", mac(GA), 0xFD00L << 48, 1, 64, "fd00::/64");
    }

    /** A solicitation sent to the gateway itself, with an option of length zero. */
    private static byte[] badSolicitation() {
        final byte[] frame = ethernet(MA1, GA)
                .ipv6("fd00::11", "fd00::1")
                .neighborSolicitation("fd00::1", MA1)
                .build();
        return patched(frame, 14 + 40 + 24 + 1, 0);
    }

    private static byte[] patched(final byte[] frame, final int at, final int value) {
        final byte[] copy = frame.clone();
        copy[at] = (byte) value;
        return copy;
    }

    private static byte[] toOutside(final int protocol, final byte[] segment) {
        return ethernet(MA1, GA).ipv4(A1, X).protocol(protocol, segment).build();
    }

    private static byte[] gre(final byte[] header) {
        return ethernet(T2_MAC, T1_MAC)
                .ipv4(T2, T1)
                .protocol(47, Arrays.copyOf(header, 40))
                .build();
    }

    private void malformed() {
        final byte[] routed = udp(MA1, GA, A1, B1);
        way(DropReason.ETHERNET_TRUNCATED, TAP_A1, new byte[13]);
        way(
                DropReason.VLAN_TRUNCATED,
                TAP_A1,
                ethernet(MA1, GA).rawEtherType(0x8100, new byte[3]).build());
        way(
                DropReason.ARP_TRUNCATED,
                TAP_A1,
                ethernet(MA1, GA).rawEtherType(0x0806, new byte[27]).build());
        way(DropReason.ARP_NOT_ETHERNET_IPV4, TAP_A1, patched(arpRequest(MA1, A1, QR_A), 15, 6));
        way(DropReason.IPV4_TRUNCATED, TAP_A1, ip4(new byte[19]));
        way(DropReason.IPV4_VERSION, TAP_A1, patched(routed, 14, 0x65));
        way(DropReason.IPV4_HEADER_LENGTH, TAP_A1, patched(routed, 14, 0x44));
        way(DropReason.IPV4_TOTAL_LENGTH, TAP_A1, patched(routed, 16, 0x7F));
        way(DropReason.IPV4_CHECKSUM, TAP_A1, patched(routed, 24, routed[24] + 1));
        way(
                DropReason.IPV6_TRUNCATED,
                TAP_A1,
                ethernet(MA1, GA).rawEtherType(0x86DD, new byte[39]).build());
        way(
                DropReason.IPV6_VERSION,
                TAP_A1,
                ethernet(MA1, GA).rawEtherType(0x86DD, new byte[40]).build());
        way(DropReason.IPV6_PAYLOAD_LENGTH, TAP_A1, ip6(17, 9, new byte[8]));
        way(DropReason.IPV6_EXTENSION_TRUNCATED, TAP_A1, ip6(0, 4, new byte[4]));
        way(DropReason.IPV6_EXTENSION_CHAIN, TAP_A1, ip6(60, 120, chain()));
        way(DropReason.TCP_TRUNCATED, TAP_A1, toOutside(6, new byte[19]));
        way(DropReason.TCP_DATA_OFFSET, TAP_A1, toOutside(6, new byte[20]));
        way(DropReason.UDP_TRUNCATED, TAP_A1, toOutside(17, new byte[7]));
        way(DropReason.UDP_LENGTH, TAP_A1, toOutside(17, new byte[9]));
        way(DropReason.UDP_CHECKSUM, UNDERLAY, patched(vxlanFrom2(ID_A, udp(MA2, MA1, A2, A1)), 40, 1));
        way(DropReason.ICMP_TRUNCATED, TAP_A1, toOutside(1, new byte[7]));
        way(DropReason.ICMP_CHECKSUM, TAP_A1, patched(echo(MA1, GA, A1, QR_A), 45, 9));
        way(DropReason.NEIGHBOR_DISCOVERY_OPTION, compute1().also(DropReasonTest::gateway6), TAP_A1, badSolicitation());
        way(DropReason.VXLAN_TRUNCATED, UNDERLAY, udpTo4789(new byte[7]));
        way(DropReason.VXLAN_VNI_FLAG_UNSET, UNDERLAY, udpTo4789(new byte[8]));
        way(
                DropReason.GRE_TRUNCATED,
                UNDERLAY,
                ethernet(T2_MAC, T1_MAC).ipv4(T2, T1).protocol(47, new byte[3]).build());
        way(DropReason.GRE_VERSION, UNDERLAY, gre(new byte[] {0x20, 1, 0x65, 0x58}));
        way(DropReason.GRE_RESERVED_BITS, UNDERLAY, gre(new byte[] {0x68, 0, 0x65, 0x58}));
        way(DropReason.GRE_CHECKSUM, UNDERLAY, gre(new byte[] {(byte) 0xA0, 0, 0x65, 0x58, 1, 1}));
        way(DropReason.GRE_PROTOCOL, UNDERLAY, gre(new byte[] {0x20, 0, 8, 0}));
        way(DropReason.GRE_KEY_MISSING, UNDERLAY, gre(new byte[] {0, 0, 0x65, 0x58}));
        way(DropReason.FRAME_TOO_LONG, TAP_A1, new byte[Host.config().frameCapacity() + 1]);
        way(DropReason.SOURCE_MAC_INVALID, TAP_A1, udp(BROADCAST, MA3, A1, A3));
    }

    private static byte[] chain() {
        final byte[] chain = new byte[120];
        for (int i = 0; i < chain.length; i += 8) {
            chain[i] = 60; // destination options, again
        }
        return chain;
    }

    private static byte[] udpTo4789(final byte[] payload) {
        return ethernet(T2_MAC, T1_MAC)
                .ipv4(T2, T1)
                .udp(50_000, 4789)
                .payload(payload)
                .build();
    }

    private void policy() {
        final byte[] inner = udp(MA2, MA1, A2, A1);
        way(DropReason.UNDERLAY_NOT_TUNNEL, UNDERLAY, udp(T2_MAC, T1_MAC, T2, T1));
        way(DropReason.UNDERLAY_NOT_FOR_US, UNDERLAY, udp(T2_MAC, T1_MAC, T2, TN));
        way(
                DropReason.OUTER_FRAGMENT,
                UNDERLAY,
                udpFrom(T2_MAC, T1_MAC, T2, T1).fragment(0, true).build());
        way(DropReason.TUNNEL_PEER_UNKNOWN, UNDERLAY, TestFrames.vxlan(T2_MAC, T1_MAC, X, T1, ID_A, inner));
        way(
                DropReason.INNER_VLAN_TAG,
                UNDERLAY,
                vxlanFrom2(ID_A, udpFrom(MA2, MA1, A2, A1).vlan(5).build()));
        way(DropReason.GUEST_VLAN_TAG, TAP_A1, udpFrom(MA1, MA3, A1, A3).vlan(5).build());
        way(DropReason.PORT_DOWN, compute1().a3Down(), TAP_A3, udp(MA3, MA1, A3, A1));
        way(DropReason.PORT_SECURITY_MAC, compute1().portSecurity(), TAP_A1, udp(MA3, GA, A1, B1));
        way(DropReason.PORT_SECURITY_ARP, compute1().portSecurity(), TAP_A1, arpRequest(MA1, A3, QR_A));
        way(DropReason.SOURCE_MAC_OURS, TAP_A1, udp(GA, MA3, A1, A3));
        way(DropReason.DVR_MAC_NOT_LOCAL, UNDERLAY, vxlanFrom2(ID_A, udp(D2, MA2, B2, A2)));
        way(DropReason.GATEWAY_MAC_REMOTE, UNDERLAY, vxlanFrom2(ID_A, udp(MA2, GA, A2, B1)));
        way(DropReason.GATEWAY_ARP_REMOTE, UNDERLAY, vxlanFrom2(ID_A, arpRequest(MA2, A2, QR_A)));
        way(DropReason.GATEWAY_ADDRESS_CLAIMED, TAP_A1, arpRequest(MA1, QR_A, QR_A));
        way(DropReason.SPLIT_HORIZON, UNDERLAY, vxlanFrom2(ID_A, udp(MA2, SA, A2, X)));
        way(DropReason.SAME_PORT, TAP_A1, udp(MA3, MA1, A3, A1));
        way(DropReason.ARP_NOT_FOR_US, PROVIDER, arpRequest(U, UPSTREAM, FIP_A2));
        way(
                DropReason.NOT_IP,
                TAP_A1,
                ethernet(MA1, GA).rawEtherType(0x88CC, new byte[46]).build());
        way(DropReason.ROUTER_DOWN, compute1().routerDown(), TAP_A1, udp(MA1, GA, A1, B1));
        way(DropReason.MARTIAN_SOURCE, TAP_A1, udp(MA1, GA, "127.0.0.1", B1));
        way(DropReason.MARTIAN_DESTINATION, TAP_A1, udp(MA1, GA, A1, "240.0.0.1"));
        way(DropReason.DIRECTED_BROADCAST, TAP_A1, udp(MA1, GA, A1, "10.0.2.255"));
        way(DropReason.METADATA_RESERVED, TAP_A1, udp(MA1, GA, A1, "169.254.169.254"));
        way(DropReason.TTL_EXCEEDED, TAP_A1, udpFrom(MA1, GA, A1, B1).ttl(1).build());
        way(
                DropReason.PACKET_TOO_BIG,
                compute1().mtuB(67),
                TAP_A1,
                udpFrom(MA1, GA, A1, B1).options(new byte[40]).payload(600).build());
        way(
                DropReason.UNDERLAY_MTU,
                compute1().underlayMtu(500),
                TAP_A1,
                udpFrom(MA1, MA2, A1, A2).payload(600).build());
        way(DropReason.LOCAL_NO_SERVICE, TAP_A1, tcp(MA1, GA, A1, QR_A, 1, 22, TcpHeader.SYN));
        way(DropReason.NOT_FLOATING_IP, PROVIDER, udp(U, F1, X, FIP_A2));
        way(
                DropReason.NAT_FRAGMENT,
                compute1(),
                TAP_A1,
                TestFrames.fragments(
                                ethernet(MA1, GA)
                                        .ipv4(A1, X)
                                        .tcp(1, 2, TcpHeader.RST)
                                        .payload(60)
                                        .build(),
                                68)
                        .toArray(byte[][]::new));
        way(
                DropReason.ICMP_ERROR_UNMATCHED,
                TAP_A1,
                error(3, ethernet(GA, MA1).ipv4(X, A1).udp(1, 2)));
        errors();
    }

    private void errors() {
        way(
                DropReason.ICMP_QUOTE_TRUNCATED,
                TAP_A1,
                ethernet(MA1, GA).ipv4(A1, X).icmpError(3, 1, 0, new byte[19]).build());
        way(
                DropReason.ICMP_QUOTE_MALFORMED,
                TAP_A1,
                ethernet(MA1, GA).ipv4(A1, X).icmpError(3, 1, 0, new byte[28]).build());
        way(
                DropReason.ICMP_QUOTE_CHECKSUM,
                TAP_A1,
                error(3, ethernet(GA, MA1).ipv4(X, A1).badIpChecksum().udp(1, 2)));
        way(
                DropReason.ICMP_QUOTE_FRAGMENT,
                TAP_A1,
                error(3, ethernet(GA, MA1).ipv4(X, A1).fragment(8, false).protocol(17, new byte[8])));
        way(
                DropReason.ICMP_ERROR_ABOUT_ERROR,
                TAP_A1,
                error(3, ethernet(GA, MA1).ipv4(X, A1).icmpError(3, 1, 0, new byte[28])));
        way(
                DropReason.ICMP_ERROR_MISDIRECTED,
                TAP_A1,
                error(3, ethernet(GA, MA1).ipv4(A3, A1).udp(1, 2)));
        way(
                DropReason.ICMP_REDIRECT,
                TAP_A1,
                error(5, ethernet(GA, MA1).ipv4(X, A1).udp(1, 2)));
    }

    private static byte[] error(final int type, final TestFrames about) {
        return ethernet(MA1, GA)
                .ipv4(A1, X)
                .icmpError(type, 1, 0, TestFrames.quote(about.build(), 28))
                .build();
    }

    private void stateAndResources() {
        way(DropReason.VNI_UNKNOWN, UNDERLAY, vxlanFrom2(999, udp(MA2, MA1, A2, A1)));
        way(
                DropReason.VLAN_UNKNOWN,
                PHYSNET,
                udpFrom(MA2, MA1, A2, A1).vlan(999).build());
        final Cast scoped = compute1().also(parts -> parts.builder.scope(parts.gatewayA, 1));
        way(DropReason.ADDRESS_SCOPE, scoped, TAP_A1, udp(MA1, GA, A1, B1));
        way(DropReason.NETWORK_UNREACHABLE, compute1().withoutRedirect(), TAP_A3, udp(MA3, GA, A3, X));
        way(DropReason.NAT_NO_CONNECTION, TAP_A1, tcp(MA1, GA, A1, X, 1, 2, TcpHeader.RST));
        ways.put(DropReason.FLOOD_LIST_EMPTY, stage -> {
            stage.host = new Host(compute1().also(parts -> {
                final var segment =
                        parts.builder.segment(9, "net-z", "Z", NetworkType.LOCAL, 0, null, 1500, false, true);
                parts.builder.guest(9, "tapz", segment, "port-z", "compute:nova", mac(MA2), true, true, false);
            }));
            stage.host.sendForDrop(DropReason.FLOOD_LIST_EMPTY, "tapz", arpRequest(MA2, A1, A2));
        });
        ways.put(DropReason.PORT_GONE, stage -> {
            stage.host = new Host(compute1());
            stage.host.unplug(TAP_A3);
            stage.host.sendForDrop(DropReason.PORT_GONE, TAP_A1, udp(MA1, MA3, A1, A3));
        });
        ways.put(DropReason.PORT_FULL, stage -> {
            stage.host = new Host(compute1());
            stage.host.fill(TAP_A3);
            stage.host.sendForDrop(DropReason.PORT_FULL, TAP_A1, udp(MA1, MA3, A1, A3));
        });
        ways.put(DropReason.HOST_UNREACHABLE, stage -> {
            stage.host = new Host(compute1().withoutUpstream());
            stage.host.send(TAP_A1, udp(MA1, GA, A1, X));
            stage.host.advance(3 * Host.SECOND);
            assertEquals(Map.of(DropReason.HOST_UNREACHABLE, 1L), stage.host.drops());
        });
        ways.put(DropReason.CONNTRACK_FULL, stage -> {
            stage.host = new Host(compute1(), Host.configWithConnections(1));
            stage.host.send(TAP_A1, ethernet(MA1, GA).ipv4(A1, X).udp(1024, 53).build());
            stage.host.send(
                    PROVIDER, ethernet(U, F1).ipv4(X, FIP_A1).udp(53, 1024).build());
            stage.host.send(TAP_A1, ethernet(MA1, GA).ipv4(A1, X).udp(1025, 53).build());
            assertEquals(Map.of(DropReason.CONNTRACK_FULL, 1L), stage.host.drops());
        });
        ways.put(DropReason.NAT_PORTS_EXHAUSTED, stage -> {
            // A guest with two floating IPs: outside its own packet and the other's answer would look the same to it.
            stage.host = new Host(compute1()
                    .also(parts -> parts.builder.floatingIp(
                            parts.router, ip("203.0.113.59"), ip(A1), ip(UPSTREAM), parts.ports.get(TAP_A1))));
            stage.host.send(
                    TAP_A1,
                    ethernet(MA1, GA).ipv4(A1, X).protocol(47, new byte[4]).build());
            stage.host.send(
                    PROVIDER,
                    ethernet(U, F1).ipv4(X, FIP_A1).protocol(47, new byte[4]).build());
            assertEquals(Map.of(DropReason.NAT_PORTS_EXHAUSTED, 1L), stage.host.drops());
        });
        ways.put(
                DropReason.TCP_CHECKSUM,
                stage -> stage.drops(
                        DropReason.TCP_CHECKSUM,
                        compute1(),
                        TAP_A1,
                        ethernet(MA1, GA)
                                .ipv4(A1, X)
                                .tcp(1024, 80, TcpHeader.SYN)
                                .badTransportChecksum()
                                .build()));
        ways.put(DropReason.OFFLOAD_INCONSISTENT, stage -> {
            stage.host = new Host(compute1());
            final Host.Work beyond = new Host.Work(5_000, 16, 0, Offload.WHOLE, false);
            stage.host.sendForDrop(DropReason.OFFLOAD_INCONSISTENT, TAP_A1, beyond, udp(MA1, GA, A1, X));
        });
        ways.put(DropReason.NEIGHBOR_QUEUE_FULL, stage -> {
            final byte[][] frames = new byte[17][];
            Arrays.fill(frames, udp(MA1, GA, A1, X));
            stage.drops(DropReason.NEIGHBOR_QUEUE_FULL, compute1().withoutUpstream(), TAP_A1, frames);
        });
    }

    private void metadata() {
        way(
                DropReason.METADATA_PORT,
                MetadataWalkTest.served(),
                TAP_A1,
                tcp(MA1, GA, A1, MetadataWalkTest.SERVICE, 1, 443, TcpHeader.SYN));
        way(
                DropReason.METADATA_SOURCE,
                MetadataWalkTest.served(),
                TAP_A1,
                tcp(MA1, GA, A3, MetadataWalkTest.SERVICE, 1, 80, TcpHeader.SYN));
        way(
                DropReason.METADATA_GUEST_UNKNOWN,
                MetadataWalkTest.served(),
                MetadataWalkTest.METADATA,
                arpRequest(MetadataWalkTest.DEVICE, MetadataWalkTest.PROXY, "240.0.0.9"));
        way(
                DropReason.METADATA_NOT_PROXY,
                MetadataWalkTest.served(),
                MetadataWalkTest.METADATA,
                tcp(
                        MetadataWalkTest.DEVICE,
                        MetadataWalkTest.GUESTS,
                        MetadataWalkTest.PROXY,
                        MetadataWalkTest.NUMBER_A1,
                        22,
                        1,
                        TcpHeader.SYN));
    }

    /** One worker receives what belongs to the other, more than it has room for. */
    private void handover() {
        ways.put(DropReason.HANDOVER_FULL, stage -> {
            stage.host = new Host(compute1(), Host.config(), 2);
            final Steering steering = Steering.of(compute1().build(), 2, 1);
            int remote = ip(X);
            while (steering.owner(remote) == Steering.LEADER) {
                remote++;
            }
            final byte[][] frames = new byte[32][];
            Arrays.fill(
                    frames,
                    ethernet(MA1, GA)
                            .ipv4(A1, Ipv4Address.toString(remote))
                            .udp(1, 2)
                            .payload(1_400)
                            .build());
            final int sent = stage.host.sendToLeader(TAP_A1, frames).size();
            final long dropped = stage.host.drops().get(DropReason.HANDOVER_FULL);
            assertTrue(sent > 4 && dropped > 4, () -> sent + " " + dropped);
            assertEquals(frames.length, sent + dropped);
            assertEquals(sent, stage.host.worker().handedOver());
        });
    }

    private static byte[] fragment(final int id, final int protocol, final int offset, final int length) {
        return ethernet(MA1, GA)
                .ipv4(A1, X)
                .id(id)
                .fragment(offset, true)
                .protocol(protocol, new byte[length])
                .build();
    }

    private void fragments() {
        way(DropReason.FRAGMENT_LENGTH, TAP_A1, fragment(1, 17, 8, 7));
        way(DropReason.FRAGMENT_TINY, TAP_A1, fragment(1, 6, 0, 16));
        way(DropReason.FRAGMENT_OVERLAP, compute1(), TAP_A1, fragment(1, 17, 0, 64), fragment(1, 17, 32, 64));
        ways.put(DropReason.FRAGMENT_TIMEOUT, stage -> {
            stage.host = new Host(compute1());
            stage.host.send(TAP_A1, fragment(1, 17, 8, 8));
            stage.host.advance(2 * Host.SECOND);
            assertEquals(Map.of(DropReason.FRAGMENT_TIMEOUT, 1L), stage.host.drops());
        });
        ways.put(DropReason.FRAGMENT_QUEUE_FULL, stage -> {
            stage.host = new Host(compute1());
            for (int i = 0; i < Host.config().frameCount() / 16; i++) {
                stage.host.send(TAP_A1, fragment(i % 32, 17, 8 + i / 32 * 8, 8));
            }
            stage.host.sendForDrop(DropReason.FRAGMENT_QUEUE_FULL, TAP_A1, fragment(99, 17, 8, 8));
        });
        ways.put(DropReason.FRAGMENT_NO_FRAME, stage -> {
            stage.host = new Host(
                    compute1().mtuB(68),
                    new WorkerConfig(16, 2_048, 8, false, Host.config().pipeline()));
            stage.host.sendForDrop(
                    DropReason.FRAGMENT_NO_FRAME,
                    TAP_A1,
                    udpFrom(MA1, GA, A1, B1).payload(1_000).build());
        });
    }

    @TestFactory
    Stream<DynamicTest> shouldHappen() {
        malformed();
        policy();
        stateAndResources();
        fragments();
        handover();
        metadata();
        return Arrays.stream(DropReason.values())
                .map(reason -> dynamicTest(reason.label(), () -> {
                    assertTrue(ways.containsKey(reason), "no frame is known to be dropped for it");
                    ways.get(reason).accept(new Stage());
                }));
    }

    @Test
    void shouldHaveLabelsAsOperatorsTypeThem() {
        final Set<String> labels = new HashSet<>();
        for (final DropReason reason : DropReason.values()) {
            assertTrue(labels.add(reason.label()));
            assertEquals(reason.name().toLowerCase(Locale.ROOT).replace('_', '-'), reason.label());
            assertFalse(reason.sentence().isBlank());
        }
        assertEquals(DropReason.COUNT, labels.size());
    }
}
