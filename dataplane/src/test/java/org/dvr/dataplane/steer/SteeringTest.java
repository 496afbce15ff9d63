package org.dvr.dataplane.steer;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.CSNAT_B;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.SB;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.topology.AttachmentKind.GUEST;
import static org.dvr.dataplane.topology.AttachmentKind.PHYSICAL;
import static org.dvr.dataplane.topology.AttachmentKind.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.testing.Arrivals;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConnectionRecord;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;

class SteeringTest {
    private static final int WORKERS = 7;
    private static final int REMOTES = 200;
    private static final String PLAIN_FIP = "203.0.113.90";
    private static final String PLAIN_A = "fa:16:3e:00:77:01";
    private static final String PLAIN_E = "fa:16:3e:00:77:02";

    private final TopologySnapshot topology = compute1()
            .also(parts -> {
                final Router snat = parts.builder.centralRouter(8, "router-r", "R", true, true);
                parts.builder.centralPort(snat, parts.a, "port-sa", mac(SA), ip(CSNAT_A), 24);
                parts.builder.centralPort(snat, parts.b, "port-sb", mac(SB), ip(CSNAT_B), 24);
                parts.builder.gatewayPort(snat, parts.external, mac(Q), ip(QG), ip(UPSTREAM), true);
                final Router plain = parts.builder.centralRouter(9, "router-p", "P", true, true);
                parts.builder.centralPort(plain, parts.a, "port-pa", mac(PLAIN_A), ip("10.0.1.3"), 24);
                parts.builder.gatewayPort(plain, parts.external, mac(PLAIN_E), ip("203.0.113.31"), ip(UPSTREAM), false);
                parts.builder.centralFloatingIp(plain, ip(PLAIN_FIP), ip("10.0.1.90"));
            })
            .build();
    private final Steering steering = Steering.of(topology, WORKERS, 0x5EED_5EED_1234L);

    private int owner(final AttachmentKind kind, final byte[] frame) {
        return steering.owner(Arrivals.of(kind, frame));
    }

    private static byte[] udp(final String from, final String to, final String source, final String destination) {
        return ethernet(from, to).ipv4(source, destination).udp(5, 6).payload(8).build();
    }

    private static byte[] tunneled(final byte[] frame) {
        return TestFrames.vxlan(T2_MAC, T1_MAC, T2, T1, 101, frame);
    }

    private static byte[] error(
            final String from, final String to, final String by, final String destination, final String remote) {
        final byte[] about = udp(to, from, destination, remote);
        return ethernet(from, to)
                .ipv4(by, destination)
                .icmpError(11, 0, 0, TestFrames.quote(about, 28))
                .build();
    }

    @Test
    void shouldHaveBothWaysOfAConnectionMeetWhereItsRemoteAddressIs() {
        final Set<Integer> owners = new HashSet<>();
        for (int i = 0; i < REMOTES; i++) {
            final String remote = Ipv4Address.toString(ip("8.8.0.0") + i * 77);
            final int owner = steering.owner(ip(remote));
            owners.add(owner);
            // By floating IP, at the host of the guest.
            assertEquals(owner, owner(GUEST, udp(MA1, GA, A1, remote)));
            assertEquals(owner, owner(PHYSICAL, udp(U, F1, remote, FIP_A1)));
            // By the shared address, at the network host.
            assertEquals(owner, owner(UNDERLAY, tunneled(udp(D2, SA, A3, remote))));
            assertEquals(owner, owner(PHYSICAL, udp(U, Q, remote, QG)));
            // The same by GRE, and where the tenant network is a VLAN.
            final byte[] redirected = udp(D2, SA, A3, remote);
            assertEquals(owner, owner(UNDERLAY, TestFrames.gre(T2_MAC, T1_MAC, T2, T1, 101, redirected)));
            final byte[] tagged =
                    ethernet(D2, SA).vlan(101).ipv4(A3, remote).udp(5, 6).build();
            assertEquals(owner, owner(PHYSICAL, tagged));
            // What the SNAT side or another host has routed to a guest here.
            assertEquals(owner, owner(UNDERLAY, tunneled(udp(D2, MA1, remote, A1))));
            // A guest in the external network itself.
            assertEquals(owner, owner(GUEST, udp("02:00:00:00:00:07", F1, remote, FIP_A1)));
        }
        assertEquals(WORKERS, owners.size());
    }

    @Test
    void shouldSendErrorsWhereTheConnectionIsThatTheyAreAbout() {
        for (int i = 0; i < REMOTES; i++) {
            final String remote = Ipv4Address.toString(ip("8.8.0.0") + i * 77);
            final int owner = steering.owner(ip(remote));
            assertEquals(owner, owner(PHYSICAL, error(U, F1, "5.6.7.8", FIP_A1, remote)));
            assertEquals(owner, owner(PHYSICAL, error(U, Q, "5.6.7.8", QG, remote)));
            assertEquals(owner, owner(GUEST, error(MA1, GA, A1, remote, A1)), "a guest's own: to the remote");
            assertEquals(owner, owner(UNDERLAY, tunneled(error(D2, SA, A3, remote, A3))));
        }
    }

    @Test
    void shouldKeepFragmentsWithTheirPacket() {
        for (int offset = 0; offset < 4_000; offset += 1_480) {
            final byte[] fragment = ethernet(U, F1)
                    .ipv4("8.8.4.4", FIP_A1)
                    .fragment(offset, true)
                    .protocol(1, new byte[] {3, 4, 0, 0, 0, 0, 0, 0, 0x45, 0, 0, 0})
                    .payload(40)
                    .build();
            assertEquals(steering.owner(ip("8.8.4.4")), owner(PHYSICAL, fragment));
        }
    }

    @Test
    void shouldLeaveToTheLeaderWhatHasNoFarSide() {
        // Two guests of this host by their floating IPs.
        assertEquals(Steering.LEADER, owner(GUEST, udp(MA1, GA, A1, FIP_B1)));
        assertEquals(Steering.LEADER, owner(GUEST, udp(MB1, GB, B1, FIP_A1)));
        assertEquals(Steering.LEADER, owner(GUEST, udp(MA1, GA, A1, QG)));
        assertEquals(Steering.LEADER, owner(UNDERLAY, tunneled(udp(D2, SA, A3, FIP_A1))));
        assertEquals(Steering.LEADER, owner(PHYSICAL, udp(U, Q, FIP_A1, QG)));
        // A router with floating IPs and without source NAT.
        for (int i = 0; i < REMOTES; i++) {
            final String remote = Ipv4Address.toString(ip("8.8.0.0") + i * 77);
            assertEquals(Steering.LEADER, owner(UNDERLAY, tunneled(udp(MA2, PLAIN_A, A3, remote))));
            assertEquals(Steering.LEADER, owner(PHYSICAL, udp(U, PLAIN_E, remote, PLAIN_FIP)));
        }
    }

    @Test
    void shouldLeaveToTheLeaderWhatIsNotIpOrTooShort() {
        assertEquals(
                Steering.LEADER,
                owner(GUEST, ethernet(MA1, GA).arpRequest(MA1, A1, "10.0.1.1").build()));
        assertEquals(
                Steering.LEADER,
                owner(
                        UNDERLAY,
                        ethernet(T2_MAC, T1_MAC).arpRequest(T2_MAC, T2, T1).build()));
        assertEquals(Steering.LEADER, owner(UNDERLAY, udp(T2_MAC, T1_MAC, T2, T1)));
        final byte[] whole = udp(MA1, GA, A1, "8.8.8.9");
        for (int length = 0; length < 34; length++) {
            assertEquals(Steering.LEADER, owner(GUEST, Arrays.copyOf(whole, length)));
        }
        final byte[] tunneled = tunneled(udp(D2, SA, A3, "8.8.8.9"));
        for (int length = 0; length < 50 + 34; length++) {
            assertEquals(Steering.LEADER, owner(UNDERLAY, Arrays.copyOf(tunneled, length)));
        }
    }

    @Test
    void shouldSpreadRemoteAddresses() {
        final int[] counts = new int[16];
        final Steering sixteen = Steering.of(topology, counts.length, 99);
        for (int i = 0; i < 160_000; i++) {
            counts[sixteen.owner(ip("100.64.0.0") + i)]++;
        }
        for (final int count : counts) {
            assertTrue(count > 9_000 && count < 11_000, Arrays.toString(counts));
        }
    }

    @Test
    void shouldNotTellStrangersByAnotherSeed() {
        final Steering other = Steering.of(topology, WORKERS, 17);
        int alike = 0;
        for (int i = 0; i < 7_000; i++) {
            alike += steering.owner(i * 91) == other.owner(i * 91) ? 1 : 0;
        }
        assertTrue(alike > 500 && alike < 1_500, "alike=" + alike);
    }

    @Test
    void shouldSpreadIpv6ByTheRemoteAddressToo() {
        final Set<Integer> owners = new HashSet<>();
        for (int i = 1; i < 100; i++) {
            final String remote = "2001:db8::" + i;
            final int owner = owner(
                    GUEST,
                    ethernet(MA1, GA).ipv6("fd00:a::11", remote).udp(1, 2).build());
            owners.add(owner);
            final byte[] answer =
                    ethernet(D2, MA1).ipv6(remote, "fd00:a::11").udp(2, 1).build();
            assertEquals(owner, owner(UNDERLAY, tunneled(answer)));
        }
        assertEquals(WORKERS, owners.size());
    }

    private ConnectionRecord connection(
            final String source, final String destination, final String replySource, final String replyDestination) {
        final UnsafeBuffer memory = new UnsafeBuffer(new byte[ConnectionRecord.LENGTH]);
        memory.putLong(0, TupleKey.addresses(ip(source), ip(destination)));
        memory.putLong(16, TupleKey.addresses(ip(replySource), ip(replyDestination)));
        return new ConnectionRecord().wrap(memory, 0);
    }

    @Test
    void shouldBringConnectionsBackToTheWorkerThatTheirPacketsComeTo() {
        final Router distributed = router(7);
        final Router snat = router(8);
        final Router plain = router(9);
        final String remote = "8.8.8.77";
        final int owner = steering.owner(ip(remote));
        assertTrue(owner != Steering.LEADER);
        assertEquals(owner, steering.owner(connection(A1, remote, remote, FIP_A1), distributed));
        assertEquals(owner, steering.owner(connection(remote, FIP_A1, A1, remote), distributed));
        assertEquals(owner, steering.owner(connection(A3, remote, remote, QG), snat));
        assertEquals(owner, steering.owner(connection("10.0.1.5", remote, remote, "10.0.1.5"), snat), "untranslated");
        assertEquals(owner, steering.owner(connection(remote, "10.0.1.5", "10.0.1.5", remote), snat), "untranslated");
        assertEquals(Steering.LEADER, steering.owner(connection(A1, FIP_B1, B1, FIP_A1), distributed));
        assertEquals(Steering.LEADER, steering.owner(connection(remote, PLAIN_FIP, "10.0.1.90", remote), plain));
    }

    private Router router(final int zone) {
        return topology.routers().stream()
                .filter(one -> one.zone() == zone)
                .findFirst()
                .orElseThrow();
    }
}
