package org.dvr.control.model;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What differs between two states of a cloud: resources as they were, and as they are. A control plane that tells of single resources hands these over; of
 * documents that were loaded anew they are found by {@link #between}. Immutable.
 *
 * @param gone  resources that are no more, or no more as they were
 * @param there resources that are new, or others than they were
 * @param isOrderOther true where resources whose order counts come in another one
 */
public record CloudChange(List<Resource> gone, List<Resource> there, boolean isOrderOther) {
    /**
     * A change of single resources.
     *
     * @param gone  resources that are no more, or no more as they were
     * @param there resources that are new, or others than they were
     * @return the change
     */
    public static CloudChange of(final List<? extends Resource> gone, final List<? extends Resource> there) {
        return new CloudChange(List.copyOf(gone), List.copyOf(there), /* isOrderOther= */ false);
    }

    /**
     * Compares two states. Where a resource was written does not count. Takes some 100 ns a port.
     *
     * @param before the one
     * @param after  the other
     * @return what leads from one to the other
     */
    public static CloudChange between(final Topology before, final Topology after) {
        final Difference difference = new Difference();
        difference.compare(before.networks(), after.networks());
        difference.compare(before.subnets(), after.subnets());
        difference.compare(before.ports(), after.ports());
        difference.compare(before.routers(), after.routers());
        difference.compare(before.floatingIps(), after.floatingIps());
        difference.compare(before.addressScopes(), after.addressScopes());
        difference.compare(before.subnetPools(), after.subnetPools());
        difference.compare(before.hosts(), after.hosts());
        difference.compare(before.dvrMacs(), after.dvrMacs());
        difference.compare(before.neighbors(), after.neighbors());
        return new CloudChange(List.copyOf(difference.gone), List.copyOf(difference.there), difference.isOrderOther);
    }

    /** @return true where nothing differs */
    public boolean isEmpty() {
        return gone.isEmpty() && there.isEmpty() && !isOrderOther;
    }

    /**
     * Is it all about floating IPs and ports that no router has? Those are what changes all day, and concern few others.
     *
     * @return true where no other resource differs, and none of them differs by more
     */
    public boolean isLocal() {
        return !isOrderOther && areLocal(gone) && areLocal(there);
    }

    private static boolean areLocal(final List<Resource> resources) {
        for (final Resource resource : resources) {
            if (!(resource instanceof FloatingIpSpec) && !(resource instanceof Port port && isLocal(port))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLocal(final Port port) {
        return (port.owner().isServiced() || port.owner().isPlaceHolder())
                && port.migratingTo().isEmpty();
    }

    /** Collects what differs. */
    private static final class Difference {
        private final List<Resource> gone = new ArrayList<>();
        private final List<Resource> there = new ArrayList<>();
        private boolean isOrderOther;

        private <T extends Resource> void compare(final Map<String, T> before, final Map<String, T> after) {
            for (final T resource : before.values()) {
                final T now = after.get(resource.id());
                if (now == null) {
                    gone.add(resource);
                } else if (!isSame(resource, now)) {
                    gone.add(resource);
                    there.add(now);
                }
            }
            for (final T resource : after.values()) {
                if (!before.containsKey(resource.id())) {
                    there.add(resource);
                }
            }
            compareOrder(before.values().iterator(), after.values().iterator());
        }

        /** Of resources that routers are made of, the order is that of their ports, and of messages. */
        private <T extends Resource> void compareOrder(final Iterator<T> before, final Iterator<T> after) {
            T one = nextOrdered(before);
            T other = nextOrdered(after);
            while (one != null && other != null && one.id().equals(other.id())) {
                one = nextOrdered(before);
                other = nextOrdered(after);
            }
            isOrderOther |= one != null || other != null;
        }

        private static <T extends Resource> T nextOrdered(final Iterator<T> resources) {
            while (resources.hasNext()) {
                final T resource = resources.next();
                final boolean isOrdered =
                        resource instanceof Port port ? !isLocal(port) : !(resource instanceof FloatingIpSpec);
                if (isOrdered) {
                    return resource;
                }
            }
            return null;
        }

        private void compare(final List<WireNeighbor> before, final List<WireNeighbor> after) {
            boolean isOther = before.size() != after.size();
            for (int i = 0; !isOther && i < before.size(); i++) {
                isOther = !isSame(before.get(i), after.get(i));
            }
            if (isOther) {
                gone.addAll(before);
                there.addAll(after);
            }
        }
    }

    /** Do two resources say the same, wherever they were written? */
    private static boolean isSame(final Resource one, final Resource other) {
        return switch (one) {
            case Port a -> other instanceof Port b && isSame(a, b);
            case FloatingIpSpec a -> other instanceof FloatingIpSpec b && isSame(a, b);
            case Network a -> other instanceof Network b && isSame(a, b);
            case Subnet a -> other instanceof Subnet b && isSame(a, b);
            case VirtualRouter a -> other instanceof VirtualRouter b && isSame(a, b);
            case Host a -> other instanceof Host b && isSame(a, b);
            case AddressScope a ->
                other instanceof AddressScope b && a.id().equals(b.id()) && a.ipVersion() == b.ipVersion();
            case SubnetPool a -> other instanceof SubnetPool b && isSame(a, b);
            case DvrHostMac a -> other instanceof DvrHostMac b && a.host().equals(b.host()) && a.mac() == b.mac();
            case WireNeighbor a ->
                other instanceof WireNeighbor b
                        && a.wire().equals(b.wire())
                        && Objects.equals(a.address(), b.address())
                        && a.mac() == b.mac();
        };
    }

    @SuppressWarnings("ReferenceEquality") // most are the same one, or differ
    private static boolean isSame(final Port a, final Port b) {
        return a.id().equals(b.id())
                && a.mac() == b.mac()
                && a.isUp() == b.isUp()
                && a.hasPortSecurity() == b.hasPortSecurity()
                && a.networkId().equals(b.networkId())
                && a.host().equals(b.host())
                && a.fixedIps().equals(b.fixedIps())
                && a.owner().equals(b.owner())
                && a.deviceId().equals(b.deviceId())
                && a.migratingTo().equals(b.migratingTo())
                && a.addressPairs().equals(b.addressPairs());
    }

    @SuppressWarnings("ReferenceEquality") // most are the same one, or differ
    private static boolean isSame(final FloatingIpSpec a, final FloatingIpSpec b) {
        return a.id().equals(b.id())
                && Objects.equals(a.address(), b.address())
                && a.networkId().equals(b.networkId())
                && Objects.equals(a.fixedIp(), b.fixedIp())
                && a.portId().equals(b.portId())
                && a.routerId().equals(b.routerId())
                && a.forwardings().equals(b.forwardings());
    }

    private static boolean isSame(final Network a, final Network b) {
        return a.id().equals(b.id())
                && a.name().equals(b.name())
                && a.kind() == b.kind()
                && a.segmentationId() == b.segmentationId()
                && a.physicalNetwork().equals(b.physicalNetwork())
                && a.isExternal() == b.isExternal()
                && a.mtu() == b.mtu()
                && a.isUp() == b.isUp();
    }

    private static boolean isSame(final Subnet a, final Subnet b) {
        return a.id().equals(b.id())
                && a.networkId().equals(b.networkId())
                && Objects.equals(a.cidr(), b.cidr())
                && Objects.equals(a.gatewayIp(), b.gatewayIp())
                && a.hostRoutes().equals(b.hostRoutes())
                && a.raMode().equals(b.raMode())
                && a.addressMode().equals(b.addressMode())
                && a.subnetPoolId().equals(b.subnetPoolId());
    }

    private static boolean isSame(final SubnetPool a, final SubnetPool b) {
        return a.id().equals(b.id()) && a.addressScopeId().equals(b.addressScopeId());
    }

    private static boolean isSame(final VirtualRouter a, final VirtualRouter b) {
        return a.id().equals(b.id())
                && a.name().equals(b.name())
                && a.isDistributed() == b.isDistributed()
                && a.isHa() == b.isHa()
                && a.isUp() == b.isUp()
                && Objects.equals(a.gateway(), b.gateway())
                && a.routes().equals(b.routes())
                && a.snatHost().equals(b.snatHost());
    }

    private static boolean isSame(final Host a, final Host b) {
        return a.name().equals(b.name())
                && a.mode() == b.mode()
                && Objects.equals(a.tunnelIp(), b.tunnelIp())
                && a.tunnelKinds().equals(b.tunnelKinds())
                && a.bridgeMappings().equals(b.bridgeMappings())
                && a.externalMacs().equals(b.externalMacs())
                && a.underlayMac() == b.underlayMac()
                && a.underlayDevice().equals(b.underlayDevice())
                && a.underlayMtu() == b.underlayMtu();
    }
}
