package org.dvr.dataplane.io.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.io.netlink.LinkEvent.Change;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.topology.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("namespaces")
class LinkWatchTest {
    private static final int SMALLEST_BUFFER = 1;
    private static final long MAC = 0x0200_0000_0001L;
    private static final long PEER_MAC = 0x0200_0000_0002L;

    private final List<LinkEvent> heard = new ArrayList<>();
    private Namespace host;
    private LinkWatch watch;

    @BeforeEach
    void open() throws Exception {
        host = Namespace.open();
        watch = host.call(LinkWatch::open);
    }

    @AfterEach
    void close() {
        if (watch != null) {
            watch.close();
        }
        if (host != null) {
            host.close();
        }
    }

    @Test
    void shouldKnowWhatIsThereAtTheStart() throws Exception {
        final Link loopback = watch.find("lo");
        assertTrue(loopback.isUp());
        assertEquals(65_536, loopback.mtu());
        assertEquals(0, loopback.mac());
        assertEquals(1, loopback.index());
        assertNull(watch.find("eth0"));
        assertEquals(List.of(), changes("lo"));
    }

    @Test
    void shouldTellWhatBecomesOfDevices() throws Exception {
        host.ip("link add v0 address 02:00:00:00:00:01 type veth peer name v1");
        assertEquals(List.of(Change.APPEARED), changes("v0"));
        final Link fresh = watch.find("v0");
        assertEquals(MAC, fresh.mac());
        assertEquals(1_500, fresh.mtu());
        assertEquals("veth", fresh.kind());
        assertFalse(fresh.isUp());
        assertFalse(fresh.hasCarrier());

        host.ip("link set v0 up");
        assertEquals(List.of(Change.UP), changes("v0"));
        host.ip("link set v1 up");
        assertEquals(List.of(Change.CARRIER_FOUND), awaited("v0"));
        host.ip("link set v0 mtu 1400");
        assertEquals(List.of(Change.MTU), changes("v0"));
        assertEquals(1_400, watch.find("v0").mtu());
        host.ip("link set v0 address 02:00:00:00:00:09");
        assertEquals(List.of(Change.MAC), changes("v0"));
        host.ip("link set v1 down");
        assertEquals(List.of(Change.CARRIER_LOST), awaited("v0"));
        host.ip("link set v0 down");
        assertEquals(List.of(Change.DOWN), changes("v0"));
        host.ip("link del v1");
        assertEquals(List.of(Change.VANISHED), changes("v0"));
        assertNull(watch.find("v0"));
    }

    @Test
    void shouldTellOneThatGetsAnotherNameAsTwo() throws Exception {
        host.ip("link add old type bridge");
        watch.work(event -> {});
        host.ip("link set old name new");
        watch.work(heard::add);
        assertEquals(Change.VANISHED, heard.get(0).change());
        assertEquals("old", heard.get(0).link().name());
        assertEquals(Change.APPEARED, heard.get(1).change());
        assertEquals("new", heard.get(1).link().name());
        assertNull(watch.find("old"));
    }

    @Test
    void shouldTellOneThatMovesToAnotherNamespaceAsGone() throws Exception {
        try (Namespace other = Namespace.open()) {
            host.ip("link add d0 type veth peer name d1");
            assertEquals(List.of(Change.APPEARED), changes("d0"));
            host.ip("link set d0 netns " + other.path());
            assertEquals(List.of(Change.VANISHED), changes("d0"));
            other.ip("link set d0 netns " + host.path());
            assertEquals(List.of(Change.APPEARED), changes("d0"));
        }
    }

    @Test
    void shouldNotTakeALeftBridgeForAGoneDevice() throws Exception {
        host.ip("link add br0 type bridge");
        host.ip("link add d0 type veth peer name d1");
        host.ip("link set d0 master br0");
        watch.work(event -> {});
        host.ip("link set d0 nomaster");
        assertFalse(changes("d0").contains(Change.VANISHED));
        assertEquals("veth", watch.find("d0").kind());
    }

    @Test
    void shouldMissNothingWhenMoreHappensThanTheKernelKeeps() throws Exception {
        host.ip("link add again type bridge");
        host.ip("link add gone type bridge");
        try (LinkWatch small = host.call(() -> LinkWatch.open(SMALLEST_BUFFER))) {
            final int index = small.find("again").index();
            final StringBuilder commands =
                    new StringBuilder("link del gone\nlink del again\nlink add again type bridge\n");
            for (int i = 0; i < 30; i++) {
                commands.append("link add many").append(i).append(" type bridge\n");
            }
            host.ipBatch(commands.append("link set lo mtu 1500\n").toString());
            small.work(heard::add);
            assertEquals(1, small.overflowCount());
            assertEquals(List.of(Change.VANISHED), told("gone"));
            assertEquals(List.of(Change.VANISHED, Change.APPEARED), told("again"));
            assertNotEquals(index, small.find("again").index());
            assertEquals(List.of(Change.APPEARED), told("many29"));
            assertEquals(List.of(Change.MTU), told("lo"));
            assertNull(small.find("gone"));
            heard.clear();
            small.work(heard::add);
            assertEquals(List.of(), heard);
        }
    }

    @Test
    void shouldWakeWhoPollsIt() throws Exception {
        final Libc libc = new Libc();
        final UnsafeBuffer pollfd = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8));
        pollfd.putInt(0, watch.fd());
        pollfd.putShort(4, (short) 1); // POLLIN
        assertEquals(0, libc.poll(pollfd.addressOffset(), 1, 0));
        host.ip("link add d0 type bridge");
        assertEquals(1, libc.poll(pollfd.addressOffset(), 1, 10_000));
    }

    @Test
    void shouldChangeDevicesAndAddresses() throws Exception {
        try (LinkControl control = host.call(LinkControl::new)) {
            control.createVeth("m0", "m1", MAC, PEER_MAC);
            control.up("m0", true);
            control.up("m1", true);
            control.mtu("m0", 1_300);
            watch.work(event -> {});
            final Link link = watch.find("m0");
            assertEquals(MAC, link.mac());
            assertEquals(PEER_MAC, watch.find("m1").mac());
            assertTrue(link.isUp() && link.hasCarrier());
            assertEquals(1_300, link.mtu());
            control.addAddress(link, IpAddress.parse("192.0.2.1"), 24);
            control.addAddress(link, IpAddress.parse("192.0.2.1"), 24);
            control.addAddress(link, IpAddress.parse("2001:db8::1"), 64);
            final String addresses = host.run("ip", "-o", "address", "show", "dev", "m0");
            assertTrue(addresses.contains(" 192.0.2.1/24 "), addresses);
            assertTrue(addresses.contains(" 2001:db8::1/64 "), addresses);
            assertTrue(host.run("ip", "-o", "link", "show", "m1").contains(MacAddress.toString(PEER_MAC)));
            control.up("m0", false);
            control.delete("m0");
            assertEquals(Change.VANISHED, changes("m1").getLast());
        }
    }

    @Test
    void shouldSayWhatTheKernelRefuses() throws Exception {
        try (LinkControl control = host.call(LinkControl::new)) {
            final NetlinkException missing = assertThrows(NetlinkException.class, () -> control.up("nosuch0", true));
            assertEquals("set nosuch0 up: No such device", missing.getMessage());
            assertEquals(Rtnetlink.ENODEV, missing.errno());
            host.ip("link add d0 type bridge");
            final NetlinkException small = assertThrows(NetlinkException.class, () -> control.mtu("d0", -1));
            assertTrue(small.getMessage().startsWith("set MTU -1 of d0: "), small.getMessage());
        }
    }

    /** What has happened to a device since the last call. */
    private List<Change> changes(final String name) throws Exception {
        heard.clear();
        watch.work(heard::add);
        return told(name);
    }

    /** The kernel tells of carriers by itself, up to a second later. */
    private List<Change> awaited(final String name) throws Exception {
        heard.clear();
        final long endNs = System.nanoTime() + 5_000_000_000L;
        while (told(name).isEmpty() && System.nanoTime() < endNs) {
            watch.work(heard::add);
            Thread.sleep(5);
        }
        return told(name);
    }

    private List<Change> told(final String name) {
        return heard.stream()
                .filter(event -> event.link().name().equals(name))
                .map(LinkEvent::change)
                .toList();
    }
}
