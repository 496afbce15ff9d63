package org.dvr.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.Host;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Origin;
import org.junit.jupiter.api.Test;

/** What a machine lacks is told in one line with a remedy. */
class MachinePreflightTest {
    private static final IpAddress TUNNEL_IP = IpAddress.parse("172.16.0.1");

    /** Devices by name, with their MTU. */
    private record Known(Map<String, Integer> mtus, String tunnelDevice, String ip, String platform)
            implements Machine {
        @Override
        public String name() {
            return "compute1.example.org";
        }

        @Override
        public int mtu(final String device) {
            return mtus.getOrDefault(device, NO_DEVICE);
        }

        @Override
        public String deviceOf(final IpAddress address) {
            return address.equals(TUNNEL_IP) ? tunnelDevice : "";
        }

        @Override
        public String program(final String program) {
            return ip;
        }
    }

    private static Host host(final String underlayDevice, final int mtu) {
        return new Host(
                new Origin("f", "hosts", 0, ""),
                "compute1",
                AgentMode.DVR,
                TUNNEL_IP,
                Set.of(NetworkKind.VXLAN),
                Map.of("provider", "eth2", "physnet1", "eth3"),
                Map.of(),
                0,
                underlayDevice,
                mtu);
    }

    private static List<String> lines(final Host host, final Machine machine) {
        return MachinePreflight.of(host, machine).stream()
                .map(check -> check.level() + " " + check.sentence())
                .toList();
    }

    @Test
    void shouldPassOnAMachineThatHasEverything() {
        final Machine machine =
                new Known(Map.of("eth1", 1600, "eth2", 1500, "eth3", 1500), "eth1", "/usr/sbin/ip", "Linux 6.12 amd64");
        assertEquals(
                List.of(
                        "ok tunnel address 172.16.0.1: device eth1 has it; that stands for the tunnel bridge, which is not"
                                + " needed",
                        "ok underlay device eth1: its MTU is 1600, 1500 is needed",
                        "ok bridge mapping physnet1: device eth3 is there",
                        "ok bridge mapping provider: device eth2 is there",
                        "ok iproute: /usr/sbin/ip",
                        "ok platform Linux 6.12 amd64: tested"),
                lines(host("", 1500), machine));
    }

    @Test
    void shouldNameEverythingThatIsMissing() {
        final Machine machine = new Known(Map.of("eth3", 1500), "", "", "Linux 6.12 riscv64");
        assertEquals(
                List.of(
                        "FAIL tunnel address 172.16.0.1: no device of this machine has it; add it to the underlay device, or"
                                + " correct local_ip",
                        "FAIL underlay device eth9: this machine has no such device; correct underlay_device",
                        "ok bridge mapping physnet1: device eth3 is there",
                        "FAIL bridge mapping provider: device eth2 is not there; name the device that leads to the physical"
                                + " network in bridge_mappings of the topology's host",
                        "warn iproute: ip is not installed; forwarding does without, dvr lab and the original's agents do"
                                + " not",
                        "warn platform Linux 6.12 riscv64: not tested, Linux on amd64 is"),
                lines(host("eth9", 1500), machine));
    }

    @Test
    void shouldTellOfADeviceThatIsNotTheUnderlayAndOfASmallMtu() {
        final Machine machine =
                new Known(Map.of("eth1", 1500, "eth2", 1, "eth3", 1, "eth9", 1550), "eth9", "ip", "Linux 6 amd64");
        final List<String> lines = lines(host("eth1", 1550), machine);
        assertEquals("FAIL tunnel address 172.16.0.1: device eth9 has it, underlay_device is eth1", lines.get(0));
        assertEquals(
                "FAIL underlay device eth1: its MTU is 1500, less than the 1550 that networks count on; raise it, or lower"
                        + " underlay_mtu or path_mtu",
                lines.get(1));
    }

    @Test
    void shouldKnowThisMachine() {
        final Machine machine = Machine.local();
        assertTrue(machine.isCalled(machine.name()));
        assertTrue(machine.isCalled(machine.name() + ".example.org"));
        assertFalse(machine.isCalled("no-" + machine.name()));
        assertEquals("lo", machine.deviceOf(IpAddress.parse("127.0.0.1")));
        assertTrue(machine.mtu("lo") >= 1500);
        assertEquals(Machine.NO_DEVICE, machine.mtu("no-such-device"));
        assertEquals("", machine.program("no-such-program"));
        assertTrue(machine.platform().startsWith(System.getProperty("os.name") + " "));
    }
}
