package org.dvr.control.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.control.model.CloudChange;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Host;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.Port;
import org.dvr.control.model.PortForwarding;
import org.dvr.control.model.Resource;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;

/**
 * Where the ports of floating IPs are forwarded: an address has one place on the external network, so all of them at one. That is the host of the guests,
 * where all forwardings of the floating IP, by one distributed router, lead to ports on one host that translates floating IPs and has a leg in the
 * external network; else, and where the floating IP is a port's besides, the router's central part.
 */
final class PortForwardings {
    private static final int SCTP = 132;

    private final Cloud cloud;
    /** Floating IPs with forwarded ports that are no port's. */
    private final Set<String> candidates = new LinkedHashSet<>();

    private final Map<String, String> homes = new HashMap<>();
    private final Map<String, List<String>> homed = new HashMap<>();
    private Map<FixedIp, Port> owners;

    PortForwardings(final Cloud cloud) {
        this.cloud = cloud;
        for (final FloatingIpSpec spec : cloud.topology().floatingIps().values()) {
            if (isCandidate(spec)) {
                candidates.add(spec.id());
            }
        }
        findHomes();
    }

    private static boolean isCandidate(final FloatingIpSpec spec) {
        return !spec.forwardings().isEmpty() && spec.portId().isEmpty();
    }

    private void findHomes() {
        homes.clear();
        homed.clear();
        for (final String id : candidates) {
            final FloatingIpSpec spec = cloud.topology().floatingIps().get(id);
            final String home = findHome(spec);
            if (!home.isEmpty()) {
                homes.put(id, home);
                homed.computeIfAbsent(home, none -> new ArrayList<>(1)).add(id);
            }
        }
    }

    /** Takes up a local change; the cloud has taken up its ports. */
    void update(final CloudChange change) {
        final boolean hadCandidates = !candidates.isEmpty();
        for (final Resource resource : change.gone()) {
            if (resource instanceof FloatingIpSpec spec) {
                candidates.remove(spec.id());
            } else if (owners != null
                    && resource instanceof Port port
                    && port.owner().isServiced()) {
                port.fixedIps().forEach(owners::remove);
            }
        }
        for (final Resource resource : change.there()) {
            if (resource instanceof FloatingIpSpec spec && isCandidate(spec)) {
                candidates.add(spec.id());
            } else if (owners != null && resource instanceof Port port) {
                own(port);
            }
        }
        if (hadCandidates || !candidates.isEmpty()) {
            findHomes();
        }
    }

    private void own(final Port port) {
        if (port.owner().isServiced()) {
            for (final FixedIp fixedIp : port.fixedIps()) {
                owners.put(fixedIp, port);
            }
        }
    }

    /** Floating IPs of which a host forwards the ports. */
    List<String> homedOn(final String host) {
        return homed.getOrDefault(host, List.of());
    }

    /** The host that forwards the ports of a floating IP to guests of its own; empty = the router's central part does, or there are none. */
    String homeOf(final FloatingIpSpec spec) {
        return homes.getOrDefault(spec.id(), "");
    }

    /** IP protocol number of a forwarding that {@link #obstacle} has nothing against. */
    static int protocol(final PortForwarding forwarding) {
        return switch (forwarding.protocol()) {
            case "tcp" -> IpProtocol.TCP;
            case "udp" -> IpProtocol.UDP;
            default -> SCTP;
        };
    }

    /** Why a port cannot be forwarded anywhere; null = nothing. */
    static String obstacle(final PortForwarding forwarding) {
        return switch (forwarding.protocol()) {
            case "tcp", "udp" -> null;
            case "sctp" ->
                forwarding.externalPort() == forwarding.internalPort()
                        ? null
                        : "the checksum of sctp does not allow another port inside (" + forwarding.externalPort()
                                + " to " + forwarding.internalPort() + ")";
            case "dccp" -> "protocol dccp is translated by address alone";
            default -> "protocol " + forwarding.protocol() + " has no ports";
        };
    }

    private String findHome(final FloatingIpSpec spec) {
        String home = "";
        VirtualRouter common = null;
        for (final PortForwarding forwarding : spec.forwardings()) {
            if (obstacle(forwarding) != null) {
                continue; // left out wherever the others are
            }
            final VirtualRouter router = cloud.routerOf(spec, forwarding);
            final String host = router == null ? "" : hostOf(spec, router, forwarding.internalIp());
            if (host.isEmpty()
                    || (!home.isEmpty() && !home.equals(host))
                    || (common != null && !common.id().equals(router.id()))) {
                return "";
            }
            home = host;
            common = router;
        }
        return home;
    }

    /** The host of the port that has an address behind a router, where it can do what the router's central part would. */
    private String hostOf(final FloatingIpSpec spec, final VirtualRouter router, final IpAddress internalIp) {
        if (!router.isDistributed()
                || router.gateway() == null
                || !router.gateway().networkId().equals(spec.networkId())) {
            return "";
        }
        for (final Port routerPort : cloud.interfacesOf(router.id())) {
            for (final FixedIp address : routerPort.fixedIps()) {
                final Port port = owners().get(new FixedIp(address.subnetId(), internalIp));
                if (port != null) {
                    final Topology topology = cloud.topology();
                    final Host host = topology.hosts().get(port.host());
                    final boolean isAble = cloud.hasFloatingIpsAtHome(port)
                            && RouterCompilation.hasExternalLeg(router, topology, host);
                    return isAble ? port.host() : "";
                }
            }
        }
        return "";
    }

    private Map<FixedIp, Port> owners() {
        if (owners == null) {
            owners = new HashMap<>();
            cloud.topology().ports().values().forEach(this::own);
        }
        return owners;
    }
}
