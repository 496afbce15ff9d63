package org.dvr.control.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.dvr.control.Documents;
import org.dvr.control.model.LiveCloud.Outcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Single resources change by the rules that hold for all of them. */
class LiveCloudTest {
    private static final Origin ORIGIN = new Origin("rpc", "update", 0, "");

    @TempDir
    Path directory;

    private LiveCloud cloud;

    @BeforeEach
    void start() {
        cloud = new LiveCloud(new Documents(directory)
                .add("t.yaml", Documents.cast("vxlan"))
                .load()
                .topology());
    }

    private static FloatingIpSpec floatingIp(final String id, final String address, final String portId) {
        return new FloatingIpSpec(ORIGIN, id, IpAddress.parse(address), "net-e", null, portId, "", List.of());
    }

    private Port moved(final String portId, final String address) {
        return cloud.topology()
                .ports()
                .get(portId)
                .withFixedIps(List.of(new FixedIp("sub-a", IpAddress.parse(address))));
    }

    private void refuse(final String error, final List<Resource> there, final List<Resource> gone) {
        final Topology topology = cloud.topology();
        final List<Port> ports = List.copyOf(topology.ports().values());
        final List<FloatingIpSpec> floatingIps =
                List.copyOf(topology.floatingIps().values());
        final Outcome outcome = cloud.apply(there, gone);
        assertNull(outcome.change());
        assertEquals(List.of(error), outcome.findings().errors());
        assertEquals(Set.copyOf(ports), Set.copyOf(topology.ports().values()));
        assertEquals(Set.copyOf(floatingIps), Set.copyOf(topology.floatingIps().values()));
    }

    private void take(final List<Resource> there, final List<Resource> gone) {
        final Outcome outcome = cloud.apply(there, gone);
        assertEquals(List.of(), outcome.findings().errors());
        assertEquals(there, outcome.change().there());
        final Findings all = new Findings();
        new TopologyRules(cloud.topology(), Set.of(), all).check();
        assertFalse(all.hasErrors(), all.toString());
    }

    @Test
    void shouldMoveAFloatingIp() {
        final FloatingIpSpec moved = floatingIp("fip-51", "203.0.113.51", "port-a3");
        take(List.of(moved), List.of());
        assertSame(moved, cloud.topology().floatingIps().get("fip-51"));
        take(List.of(floatingIp("fip-99", "203.0.113.99", "port-a1")), List.of());
        take(List.of(), List.of(moved));
        assertNull(cloud.topology().floatingIps().get("fip-51"));
        take(List.of(floatingIp("fip-98", "203.0.113.51", "port-a3")), List.of());
    }

    @Test
    void shouldSwapWhatMustBeUnique() {
        take(
                List.of(
                        floatingIp("fip-51", "203.0.113.52", "port-a2"),
                        floatingIp("fip-52", "203.0.113.51", "port-a1")),
                List.of());
        take(List.of(moved("port-a2", "10.0.1.13"), moved("port-a3", "10.0.1.12")), List.of());
        assertNotNull(cloud.topology().ports().get("port-a2"));
    }

    @Test
    void shouldRefuseAsDocumentsAreRefused() {
        refuse(
                "rpc: update[0]: floating_ip_address 203.0.113.52 is already used by "
                        + cloud.topology().floatingIps().get("fip-52").origin(),
                List.of(floatingIp("fip-99", "203.0.113.52", "port-a3")),
                List.of());
        refuse(
                "rpc: update[0]: port_id port-x does not exist",
                List.of(floatingIp("fip-99", "203.0.113.99", "port-x")),
                List.of());
        refuse(
                "rpc: update[0]: floating_ip_address 198.51.100.1 is in no subnet of network net-e",
                List.of(floatingIp("fip-99", "198.51.100.1", "port-a3")),
                List.of());
        final Port port = cloud.topology().ports().get("port-a1");
        refuse(
                port.origin() + ": fixed_ips[0].ip_address 10.0.1.12 is already used in the same network by "
                        + cloud.topology().ports().get("port-a2").origin(),
                List.of(moved("port-a3", "10.0.1.13"), moved("port-a1", "10.0.1.12")),
                List.of(cloud.topology().floatingIps().get("fip-51")));
        // What the first refusals left behind must not count.
        take(List.of(floatingIp("fip-99", "203.0.113.99", "port-a3")), List.of());
    }

    @Test
    void shouldRefuseWhatLeavesAFloatingIpWithoutItsPort() {
        final Port port = cloud.topology().ports().get("port-a1");
        final FloatingIpSpec floatingIp = cloud.topology().floatingIps().get("fip-51");
        refuse(floatingIp.origin() + ": port_id port-a1 does not exist", List.of(), List.of(port));
        refuse(
                floatingIp.origin() + ": fixed_ip_address 10.0.1.11 is not an address of port port-a1",
                List.of(moved("port-a1", "10.0.1.99")),
                List.of());
        take(List.of(), List.of(port, floatingIp));
    }

    @Test
    void shouldRefuseWhatIsNotLocalOrNotThere() {
        refuse(
                "only floating IPs and ports that no router has can be changed by themselves",
                List.of(),
                List.of(cloud.topology().ports().get("port-ga")));
        refuse(
                "rpc: update[0]: id fip-9 does not exist",
                List.of(),
                List.of(floatingIp("fip-9", "203.0.113.9", "port-a1")));
    }
}
