package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FPR;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.junit.jupiter.api.Test;

/** dvr.md §6.8 and §9.20. */
class AddressScopeWalkTest {
    private static final int SCOPE = 1;

    /** A and the external network are in one scope, B is in none. */
    private static Cast oneScope() {
        return compute1().also(parts -> {
            parts.builder.scope(parts.gatewayA, SCOPE);
            parts.builder.scope(parts.externalPort, SCOPE);
        });
    }

    @Test
    void shouldLeaveByFastExitAndComeBack() { // §9.20
        final Host host = new Host(oneScope());

        final Host.Sent out = host.sendForOne(TAP_A3, udp(MA3, GA, A3, X));
        assertEquals(PROVIDER, out.attachment());
        out.frame()
                .hasSourceMac(F1)
                .hasDestinationMac(U)
                .hasTtl(62)
                .hasSourceIp(A3)
                .hasDestinationIp(X);
        out.frame().isUdp().hasSourcePort(4000).hasValidChecksums();

        final Host.Sent in = host.sendForOne(PROVIDER, udp(U, F1, X, A3));
        assertEquals(TAP_A3, in.attachment());
        in.frame()
                .hasSourceMac(GA)
                .hasDestinationMac(MA3)
                .hasTtl(62)
                .hasSourceIp(X)
                .hasDestinationIp(A3);
        assertEquals(0, host.worker().connections().active());
    }

    @Test
    void shouldPreferTheFloatingIpToFastExit() { // §6.1 steps 3 and 4
        final Host host = new Host(oneScope());
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, X)).frame().hasSourceIp(FIP_A1);
    }

    @Test
    void shouldNotAnswerArpForTenantSubnets() { // §8.1: an option of the original that is off here
        final Host host = new Host(oneScope());
        host.sendForDrop(DropReason.ARP_NOT_FOR_US, PROVIDER, arpRequest(U, UPSTREAM, A3));
    }

    @Test
    void shouldNotRouteBetweenScopes() {
        final Host host = new Host(oneScope());
        host.sendForDrop(DropReason.ADDRESS_SCOPE, TAP_A3, udp(MA3, GA, A3, B1));
        // What a floating IP brings in may go anywhere.
        host.sendForOne(PROVIDER, udp(U, F1, X, FIP_A1)).frame().hasDestinationIp(A1);
        // Subnets of another scope are not reached from outside at all.
        host.sendForDrop(DropReason.NOT_FLOATING_IP, PROVIDER, udp(U, F1, X, B1));
    }

    @Test
    void shouldTellOfTtlOnTheWayOutAndIn() {
        final Host host = new Host(oneScope());
        final byte[] out =
                ethernet(MA3, GA).ipv4(A3, X).ttl(2).udp(4000, 33434).payload(3).build();
        final Host.Sent inside = host.sendForOne(TAP_A3, out);
        inside.frame().hasSourceIp(FPR).hasDestinationIp(A3).isIcmp(IcmpHeader.TIME_EXCEEDED, 0);

        final byte[] in =
                ethernet(U, F1).ipv4(X, A3).ttl(2).udp(4000, 33434).payload(3).build();
        final Host.Sent outside = host.sendForOne(PROVIDER, in);
        outside.frame().hasSourceIp(FG1).hasDestinationIp(X).isIcmp(IcmpHeader.TIME_EXCEEDED, 0);

        final Host without = new Host(oneScope().withoutFg());
        assertEquals(0, without.send(PROVIDER, in).size());
    }

    @Test
    void shouldNotTranslateWithinAScopeAtTheSnatSide() { // §7.2 row 6 and hook 3
        final Host host = new Host(compute1().also(parts -> {
            final Router snat = parts.builder.centralRouter(8, "router-r", "R", true, true);
            final RouterPort sa = parts.builder.centralPort(snat, parts.a, "port-sa", mac(SA), ip(CSNAT_A), 24);
            final ExternalPort qg = parts.builder.gatewayPort(snat, parts.external, mac(Q), ip(QG), ip(UPSTREAM), true);
            parts.builder.externalRoute(snat, ip("203.0.113.0"), 24);
            parts.builder.scope(sa, SCOPE);
            parts.builder.scope(qg, SCOPE);
        }));
        final byte[] redirected = vxlanFrom2(
                101,
                ethernet(D2, SA)
                        .ipv4(Cast.A2, X)
                        .ttl(63)
                        .udp(4000, 53)
                        .payload(9)
                        .build());
        final Host.Sent out = host.sendForOne(UNDERLAY, redirected);
        out.frame().hasSourceMac(Q).hasTtl(62).hasSourceIp(Cast.A2).isUdp().hasSourcePort(4000);
        host.sendForOne(PROVIDER, udp(U, Q, X, Cast.A2));

        final Host other = new Host(compute1().also(parts -> {
            final Router snat = parts.builder.centralRouter(8, "router-r", "R", true, true);
            final RouterPort sa = parts.builder.centralPort(snat, parts.a, "port-sa", mac(SA), ip(CSNAT_A), 24);
            parts.builder.gatewayPort(snat, parts.external, mac(Q), ip(QG), ip(UPSTREAM), false);
            parts.builder.scope(sa, SCOPE);
        }));
        other.sendForDrop(DropReason.ADDRESS_SCOPE, UNDERLAY, redirected);
        other.sendForDrop(DropReason.ADDRESS_SCOPE, PROVIDER, udp(U, Q, X, Cast.A2));
    }
}
