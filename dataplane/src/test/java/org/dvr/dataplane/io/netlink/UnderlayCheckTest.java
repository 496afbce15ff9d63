package org.dvr.dataplane.io.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.dataplane.io.netlink.UnderlayCheck.Finding;
import org.dvr.dataplane.io.netlink.UnderlayCheck.Problem;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.SnapshotBuilder;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each line that an operator may meet at a start. */
@Tag("namespaces")
class UnderlayCheckTest {
    private static final int LOCAL = Ipv4Address.parse("192.0.2.1");
    private static final long MAC = 0x0200_0000_0001L;

    private final List<Peer> peers = new ArrayList<>();
    private Namespace host;
    private Namespace wire;

    @BeforeEach
    void open() throws Exception {
        host = Namespace.open();
        wire = Namespace.open();
        host.ip("link add underlay0 address 02:00:00:00:00:01 type veth peer name wire0 netns " + wire.path());
        wire.ip("link set wire0 address 02:00:00:00:00:02 up");
        host.ip("link set underlay0 mtu 1550 up");
        host.ip("address add 192.0.2.1/24 dev underlay0");
        peers.add(peer("192.0.2.12"));
    }

    @AfterEach
    void close() {
        if (host != null) {
            host.close();
        }
        if (wire != null) {
            wire.close();
        }
    }

    @Test
    void shouldFindNothingWrongWithWhatIsRight() throws Exception {
        assertEquals(List.of(), check(1_500, 1_508));
        assertEquals(List.of(), duplicate());
    }

    @Test
    void shouldNameADeviceThatDoesNotExist() throws Exception {
        host.ip("link set underlay0 name eth9");
        assertOne(
                Problem.DEVICE_MISSING,
                "the underlay device underlay0 does not exist; create it, or correct underlay_device of host compute1 "
                        + "(devices here: lo, eth9)");
        assertEquals(List.of(), duplicate());
    }

    @Test
    void shouldNameADeviceThatIsDownOrUnplugged() throws Exception {
        wire.ip("link set wire0 down");
        assertOne(
                Problem.DEVICE_DOWN,
                "the underlay device underlay0 has no carrier; plug it in, or bring its other end up");
        host.ip("link set underlay0 down");
        assertOne(Problem.DEVICE_DOWN, "the underlay device underlay0 is down; ip link set underlay0 up");
        assertEquals(List.of(), duplicate());
    }

    @Test
    void shouldSayWhereTheTunnelAddressIs() throws Exception {
        host.ip("address del 192.0.2.1/24 dev underlay0");
        assertOne(
                Problem.ADDRESS_MISSING,
                "the tunnel address 192.0.2.1 is on no device; peers are asked for by ARP alone and gateways are not "
                        + "used; ip address add 192.0.2.1/PREFIX dev underlay0");
        host.ip("address add 192.0.2.7/24 dev underlay0");
        host.ip("address add 192.0.2.1/32 dev lo");
        assertEquals(List.of(), check(1_450, 1_450));
        host.ip("address del 192.0.2.1/32 dev lo");
        host.ip("link add else0 type veth peer name else1");
        host.ip("address add 192.0.2.1/32 dev else0");
        assertOne(
                Problem.ADDRESS_ELSEWHERE,
                "the tunnel address 192.0.2.1 is on else0, not on the underlay device underlay0; move it, or name the "
                        + "other device in underlay_device of host compute1");
    }

    @Test
    void shouldNameBothNumbersWhereTheMtuIsTooSmall() throws Exception {
        assertEquals(
                List.of(new Finding(
                        Problem.MTU_TOO_SMALL,
                        "network blue has MTU 1501, wrapped 1551 bytes, but underlay0 carries 1550: larger packets are "
                                + "dropped; ip link set underlay0 mtu 1551, or lower the network's mtu to 1500")),
                check(1_501, 1_508));
        assertEquals(
                List.of(new Finding(
                        Problem.MTU_TOO_SMALL,
                        "network green has MTU 8958, wrapped 9000 bytes, but underlay0 carries 1550, and 1 more networks "
                                + "do not fit: larger packets are dropped; ip link set underlay0 mtu 9000, or lower the "
                                + "network's mtu to 1508")),
                check(8_900, 8_958));
    }

    @Test
    void shouldNamePeersThatCannotBeReached() throws Exception {
        peers.add(peer("198.51.100.12"));
        assertOne(
                Problem.PEER_UNREACHABLE,
                "no way to peer host198.51.100.12 (198.51.100.12): the kernel has no route: Network is unreachable; "
                        + "see ip route get 198.51.100.12 from 192.0.2.1");
        host.ip("link add else0 type veth peer name else1");
        host.ip("link set else0 up");
        host.ip("link set else1 up");
        host.ip("route add 198.51.100.0/24 dev else0");
        for (int i = 1; i <= 5; i++) {
            peers.add(peer("198.51.100." + i));
        }
        final String text = only(check(1_450, 1_450), Problem.PEER_UNREACHABLE);
        assertTrue(text.startsWith("no way to peers host198.51.100.12 (198.51.100.12), "), text);
        assertTrue(text.contains(" and 2 more: the route leaves by else0, not by underlay0; "), text);
        host.ip("address add 192.0.2.12/32 dev else0");
        host.ip("route del 198.51.100.0/24");
        host.ip("route add 198.51.100.0/24 via 192.0.2.254");
        assertOne(
                Problem.PEER_UNREACHABLE,
                "no way to peer host192.0.2.12 (192.0.2.12): that is an address of this host itself: two hosts have one "
                        + "tunnel address; see ip route get 192.0.2.12 from 192.0.2.1");
    }

    @Test
    void shouldHearOfAnotherHostWithTheTunnelAddress() throws Exception {
        wire.ip("address add 192.0.2.1/24 dev wire0");
        assertEquals(
                List.of(new Finding(
                        Problem.ADDRESS_DUPLICATE,
                        "two hosts have the tunnel address 192.0.2.1: 02:00:00:00:00:02 answers for it on underlay0; give "
                                + "one of them another local_ip")),
                duplicate());
    }

    @Test
    void shouldKeepADeviceFromASecondForwarder() throws Exception {
        final Link link = link();
        try (DeviceClaim first = host.call(() -> new DeviceClaim(link))) {
            final IOException taken = assertThrows(IOException.class, () -> host.call(() -> new DeviceClaim(link)));
            assertEquals("underlay0", first.device());
            assertEquals(
                    "underlay0 is taken by another forwarder (process "
                            + ProcessHandle.current().pid() + "): stop that one first",
                    taken.getMessage());
            final Link other = new Link(link.index() + 1, "other0", MAC, 1_500, true, true, "");
            host.call(() -> new DeviceClaim(other)).close();
            wire.call(() -> new DeviceClaim(link)).close(); // of the same number, but elsewhere
        }
        host.call(() -> new DeviceClaim(link)).close();
    }

    @Test
    void shouldReleaseADeviceWithAProcessThatIsKilled() throws Exception {
        final Link link = link();
        final Process other = host.call(() -> new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ClaimUntilKilled.class.getName(),
                        link.name())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        try {
            assertEquals('c', other.getInputStream().read()); // claimed
            final IOException taken = assertThrows(IOException.class, () -> host.call(() -> new DeviceClaim(link)));
            assertTrue(taken.getMessage().contains("(process " + other.pid() + ")"), taken.getMessage());
        } finally {
            other.destroyForcibly();
        }
        assertTrue(other.waitFor(30, TimeUnit.SECONDS));
        host.call(() -> new DeviceClaim(link)).close();
    }

    /** Another forwarder. */
    static final class ClaimUntilKilled {
        private ClaimUntilKilled() {}

        public static void main(final String[] arguments) throws Exception {
            try (LinkWatch links = LinkWatch.open();
                    DeviceClaim claim = new DeviceClaim(links.find(arguments[0]))) {
                System.out.write(claim.device().equals(arguments[0]) ? 'c' : '?');
                System.out.flush();
                Thread.sleep(60_000);
            }
        }
    }

    private Link link() throws Exception {
        return host.call(() -> {
            try (LinkWatch links = LinkWatch.open()) {
                return links.find("underlay0");
            }
        });
    }

    private static Peer peer(final String address) {
        return new Peer(address.hashCode() & 0xFF, Ipv4Address.parse(address), 0, "host" + address);
    }

    private static TopologySnapshot topology(final int vxlanMtu, final int greMtu) {
        final SnapshotBuilder builder = new SnapshotBuilder("compute1", 1, 16);
        builder.underlay(1, LOCAL, MAC, 1_500);
        builder.segment(1, "id-1", "blue", NetworkType.VXLAN, 5_001, null, vxlanMtu, false, true);
        builder.segment(2, "id-2", "green", NetworkType.GRE, 5_002, null, greMtu, false, true);
        builder.segment(3, "id-3", "wire", NetworkType.FLAT, 0, null, 9_000, false, true);
        return builder.build();
    }

    private List<Finding> check(final int vxlanMtu, final int greMtu) throws Exception {
        return host.call(() -> UnderlayCheck.check("underlay0", topology(vxlanMtu, greMtu), peers));
    }

    private List<Finding> duplicate() throws Exception {
        return host.call(() -> UnderlayCheck.checkDuplicate("underlay0", topology(1_450, 1_450)));
    }

    private void assertOne(final Problem problem, final String text) throws Exception {
        assertEquals(text, only(check(1_450, 1_450), problem));
    }

    private static String only(final List<Finding> findings, final Problem problem) {
        assertEquals(List.of(problem), findings.stream().map(Finding::problem).toList(), findings::toString);
        return findings.getFirst().text();
    }
}
