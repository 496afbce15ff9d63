package org.dvr.dataplane.io.afxdp;

import java.net.InetAddress;

/** What of a device's frames is ours; the rest is the host's own. */
public sealed interface XdpTraffic {
    /** Every frame: the device of a physical network. */
    record All() implements XdpTraffic {}

    /**
     * Tunnel traffic for one endpoint: an underlay.
     *
     * @param localIp our tunnel endpoint; GRE is ours over IPv4 only
     * @param vxlanPort UDP port of VXLAN
     * @param takesArp ARP for the endpoint is ours too. Only where no device of the kernel has the address: a host's own stack needs its ARP
     */
    record Tunnels(InetAddress localIp, int vxlanPort, boolean takesArp) implements XdpTraffic {}
}
