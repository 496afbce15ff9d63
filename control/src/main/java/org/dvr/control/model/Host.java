package org.dvr.control.model;

import java.util.Map;
import java.util.Set;

/**
 * A host, from {@code hosts} or put together from its agents.
 *
 * @param origin where it was (first) written
 * @param name as in {@code binding:host_id}
 * @param mode what its L3 agent does
 * @param tunnelIp {@code local_ip} of either family; null = no tunnels
 * @param tunnelKinds the types of tunnel it takes
 * @param bridgeMappings label of physical network to device
 * @param externalMacs label of physical network to the MAC it uses there without an fg port
 * @param underlayMac MAC of the underlay device, low 48 bits, 0 = not given
 * @param underlayDevice name of the underlay device, empty = not given
 * @param underlayMtu largest IP packet of the underlay in bytes
 */
public record Host(
        Origin origin,
        String name,
        AgentMode mode,
        IpAddress tunnelIp,
        Set<NetworkKind> tunnelKinds,
        Map<String, String> bridgeMappings,
        Map<String, Long> externalMacs,
        long underlayMac,
        String underlayDevice,
        int underlayMtu)
        implements Resource {
    /** Underlay MTU of hosts that say nothing else. */
    public static final int DEFAULT_UNDERLAY_MTU = 1500;

    @Override
    public String id() {
        return name;
    }

    public boolean hasTunnels() {
        return tunnelIp != null;
    }

    /** @return true where its tunnels run over IPv6 */
    public boolean isIpv6Underlay() {
        return tunnelIp != null && !tunnelIp.isV4();
    }

    /**
     * @param kind of a network
     * @return bytes that its encapsulation takes from the underlay's MTU
     */
    public int overhead(final NetworkKind kind) {
        return kind.overhead(isIpv6Underlay());
    }

    /**
     * Can frames of a network leave this host?
     *
     * @param network the network
     * @return true where it has the tunnel type or maps the physical network; false for local networks, which never leave
     */
    public boolean carries(final Network network) {
        if (network.kind().isTunneled()) {
            return hasTunnels() && tunnelKinds.contains(network.kind());
        }
        return network.kind().isPhysical() && bridgeMappings.containsKey(network.physicalNetwork());
    }

    /** @return MAC of the underlay device: as given, or made from {@code HOST/underlay} */
    public long ownUnderlayMac() {
        return underlayMac != 0 ? underlayMac : DerivedMac.ofPort(name + "/underlay");
    }

    /**
     * MAC that this host uses on a physical network where it has no fg port.
     *
     * @param label the physical network
     * @return as given, or made from {@code HOST/LABEL} (contract.md §1)
     */
    public long externalMac(final String label) {
        final Long given = externalMacs.get(label);
        return given != null ? given : DerivedMac.ofPort(name + "/" + label);
    }

    /**
     * The same host with what its underlay device says of itself.
     *
     * @param device name of the underlay device
     * @param mac its MAC, low 48 bits, 0 = not given
     * @param mtu largest IP packet in bytes
     * @return a copy
     */
    public Host withUnderlay(final String device, final long mac, final int mtu) {
        return new Host(origin, name, mode, tunnelIp, tunnelKinds, bridgeMappings, externalMacs, mac, device, mtu);
    }
}
