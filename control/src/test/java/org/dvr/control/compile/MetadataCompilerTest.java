package org.dvr.control.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.control.Documents;
import org.dvr.control.Topologies;
import org.dvr.control.source.TopologyLoader;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.MetadataGuest;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may ask for metadata on a host, on the cast of dvr.md §9.0 and on changes of it. */
@SuppressWarnings("StringConcatToTextBlock") // pieces of documents
class MetadataCompilerTest {
    private static final String CAST = Documents.cast("vxlan");

    @TempDir
    Path directory;

    private TopologyCompiler.Result result(
            final String document, final String host, final StableIds ids, final MetadataProxy proxy) {
        final TopologyLoader.Result loaded =
                new Documents(directory).add("t.yaml", document).load();
        assertEquals(List.of(), loaded.findings().errors());
        return Topologies.compile(loaded.topology(), host, ids, proxy);
    }

    private TopologySnapshot compile(final String document, final String host, final StableIds ids) {
        final TopologyCompiler.Result result = result(document, host, ids, MetadataProxy.DEFAULT);
        assertEquals(List.of(), result.findings().errors());
        return result.snapshot();
    }

    private static MetadataGuest guest(final TopologySnapshot snapshot, final String fixedIp) {
        for (final Router router : snapshot.routers()) {
            final MetadataGuest guest = router.metadataGuest(Ipv4Address.parse(fixedIp));
            if (guest != null) {
                return guest;
            }
        }
        return null;
    }

    @Test
    void shouldLeaveEverythingAsItWasWithoutAProxy() {
        final TopologySnapshot snapshot =
                result(CAST, "compute1", new StableIds(), null).snapshot();
        assertNull(snapshot.metadata());
        assertNull(guest(snapshot, "10.0.1.11"));
        assertEquals(
                0,
                snapshot.attachments().stream()
                        .filter(one -> one.kind() == AttachmentKind.METADATA)
                        .count());
    }

    @Test
    void shouldGiveEachGuestOfTheHostANumber() {
        final TopologySnapshot snapshot = compile(CAST, "compute1", new StableIds());
        assertEquals(MetadataProxy.DEFAULT, snapshot.metadata().proxy());
        final Attachment attachment = snapshot.metadata().attachment();
        assertEquals("metadata", attachment.name());
        assertSame(attachment, snapshot.attachmentById(attachment.id()));
        assertEquals(3, snapshot.metadata().size());
        final TreeSet<String> guests = new TreeSet<>();
        for (final String ip : List.of("10.0.1.11", "10.0.1.13", "10.0.2.11")) {
            final MetadataGuest guest = guest(snapshot, ip);
            assertEquals(ip, Ipv4Address.toString(guest.fixedIp()));
            assertSame(guest, snapshot.metadata().guest(guest.address()));
            assertEquals(0xF000, guest.address() >>> 16);
            assertEquals("router-r", guest.port().router().routerId());
            assertEquals(guest.attachment().mac(), guest.mac());
            guests.add(guest.attachment().name() + " " + guest.port());
        }
        assertEquals("[tapport-a1 qr-port-ga, tapport-a3 qr-port-ga, tapport-b1 qr-port-gb]", guests.toString());
        assertNull(guest(snapshot, "10.0.1.12"), "that guest asks on its own host");
    }

    @Test
    void shouldServeNobodyByASnatSide() {
        assertEquals(0, compile(CAST, "network1", new StableIds()).metadata().size());
    }

    @Test
    void shouldServeGuestsEverywhereByALegacyRouter() {
        final TopologySnapshot snapshot = compile(CentralCompilerTest.LEGACY, "network1", new StableIds());
        final MetadataGuest guest = guest(snapshot, "10.0.1.12");
        assertNotNull(guest);
        assertNull(guest.attachment());
        assertEquals("fa:16:3e:0a:00:12", MacAddress.toString(guest.mac()));
        assertEquals(5, snapshot.metadata().size());
    }

    @Test
    void shouldTellGuestsWithTheSameAddressApart() {
        final String second =
                """
                  - {id: net-c, name: C, "provider:network_type": vxlan, "provider:segmentation_id": 103}
                """;
        final String ports =
                """
                  - id: port-gc
                    network_id: net-c
                    mac_address: "fa:16:3e:0c:00:01"
                    fixed_ips: [{subnet_id: sub-c, ip_address: 10.0.1.1}]
                    device_owner: network:router_interface_distributed
                    device_id: router-s
                  - id: port-c1
                    network_id: net-c
                    mac_address: "fa:16:3e:0c:00:11"
                    fixed_ips: [{subnet_id: sub-c, ip_address: 10.0.1.11}]
                    device_owner: compute:nova
                    "binding:host_id": compute1
                """;
        final String document = CAST.replace("subnets:\n", second + "subnets:\n")
                .replace(
                        "routers:\n",
                        "  - {id: sub-c, network_id: net-c, ip_version: 4, cidr: 10.0.1.0/24, gateway_ip: 10.0.1.1}\nrouters:\n"
                                + "  - {id: router-s, name: S, distributed: true}\n")
                .replace("floatingips:\n", ports + "floatingips:\n");
        final TopologySnapshot snapshot = compile(document, "compute1", new StableIds());
        assertEquals(4, snapshot.metadata().size());
        final TreeSet<String> found = new TreeSet<>();
        for (final Router router : snapshot.routers()) {
            final MetadataGuest guest = router.metadataGuest(Ipv4Address.parse("10.0.1.11"));
            found.add(snapshot.metadata().guest(guest.address()).attachment().name() + " " + guest);
        }
        assertEquals("[tapport-a1 10.0.1.11 behind router R, tapport-c1 10.0.1.11 behind router S]", found.toString());
    }

    @Test
    void shouldKeepNumbersAcrossReloads() {
        final StableIds ids = new StableIds();
        final int before = guest(compile(CAST, "compute1", ids), "10.0.1.13").address();
        compile(CAST.replace("10.0.1.11", "10.0.1.77"), "compute1", ids);
        assertEquals(before, guest(compile(CAST, "compute1", ids), "10.0.1.13").address());
    }

    @Test
    void shouldRefuseAPhysicalNetworkOfTheSameName() {
        final String document = CAST.replace("{provider: br-ex}", "{provider: br-ex, metadata: eth9}");
        assertEquals(
                List.of(
                        "host compute1: bridge_mappings has the label metadata, which is the attachment point of the metadata"
                                + " proxy; switch the option metadata off or name the physical network otherwise"),
                result(document, "compute1", new StableIds(), MetadataProxy.DEFAULT)
                        .findings()
                        .errors());
        assertEquals(
                List.of(),
                result(document, "compute1", new StableIds(), null).findings().errors());
    }
}
