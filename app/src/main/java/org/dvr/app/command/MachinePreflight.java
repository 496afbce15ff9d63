package org.dvr.app.command;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.dvr.control.model.Host;

/** Has this machine what its host needs? The checks of dvr.md §13 about resources and platform. */
final class MachinePreflight {
    private final Host host;
    private final Machine machine;
    private final List<PreflightCheck> checks = new ArrayList<>();

    private MachinePreflight(final Host host, final Machine machine) {
        this.host = host;
        this.machine = machine;
    }

    /**
     * Checks.
     *
     * @param host    that the machine is
     * @param machine to look at
     * @return the checks
     */
    static List<PreflightCheck> of(final Host host, final Machine machine) {
        final MachinePreflight preflight = new MachinePreflight(host, machine);
        preflight.tunnelAddress();
        preflight.underlayDevice();
        new TreeMap<>(host.bridgeMappings()).forEach(preflight::mapping);
        preflight.tools();
        preflight.platform();
        return preflight.checks;
    }

    private void add(final PreflightCheck.Level level, final String sentence) {
        checks.add(new PreflightCheck(level, host.name(), sentence));
    }

    private void add(final boolean isPassed, final String sentence) {
        add(isPassed ? PreflightCheck.Level.OK : PreflightCheck.Level.FAIL, sentence);
    }

    private void tunnelAddress() {
        if (!host.hasTunnels()) {
            return;
        }
        final String what = "tunnel address " + host.tunnelIp() + ": ";
        final String device = machine.deviceOf(host.tunnelIp());
        if (device.isEmpty()) {
            add(false, what + "no device of this machine has it; add it to the underlay device, or correct local_ip");
        } else if (!host.underlayDevice().isEmpty() && !host.underlayDevice().equals(device)) {
            add(false, what + "device " + device + " has it, underlay_device is " + host.underlayDevice());
        } else {
            add(true, what + "device " + device + " has it; that stands for the tunnel bridge, which is not needed");
        }
    }

    private void underlayDevice() {
        final String device = host.underlayDevice().isEmpty() && host.hasTunnels()
                ? machine.deviceOf(host.tunnelIp())
                : host.underlayDevice();
        if (device.isEmpty()) {
            return;
        }
        final int mtu = machine.mtu(device);
        if (mtu == Machine.NO_DEVICE) {
            add(false, "underlay device " + device + ": this machine has no such device; correct underlay_device");
        } else {
            add(
                    mtu >= host.underlayMtu(),
                    "underlay device " + device + ": its MTU is " + mtu
                            + (mtu >= host.underlayMtu()
                                    ? ", " + host.underlayMtu() + " is needed"
                                    : ", less than the " + host.underlayMtu()
                                            + " that networks count on; raise it, or lower"
                                            + " underlay_mtu or path_mtu"));
        }
    }

    private void mapping(final String label, final String device) {
        final boolean isThere = machine.mtu(device) != Machine.NO_DEVICE;
        add(
                isThere,
                "bridge mapping " + label + ": device " + device
                        + (isThere
                                ? " is there"
                                : " is not there; name the device that leads to the physical network"
                                        + " in bridge_mappings of the topology's host"));
    }

    private void tools() {
        final String path = machine.program("ip");
        add(
                path.isEmpty() ? PreflightCheck.Level.WARN : PreflightCheck.Level.OK,
                "iproute: "
                        + (path.isEmpty()
                                ? "ip is not installed; forwarding does without, dvr lab and the original's agents do not"
                                : path));
    }

    /** Where this program is tested. */
    private void platform() {
        final String platform = machine.platform();
        final boolean isTested = platform.startsWith("Linux ") && platform.endsWith(" amd64");
        add(
                isTested ? PreflightCheck.Level.OK : PreflightCheck.Level.WARN,
                "platform " + platform + ": " + (isTested ? "tested" : "not tested, Linux on amd64 is"));
    }
}
