package org.dvr.control.compile;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dvr.control.model.AddressPair;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.Port;

/**
 * Which allowed address pairs of a network belong to one port alone: only those have a place that the control plane knows
 * (dvr.md §9.17). IPv4.
 */
final class AddressOwners {
    /** Ids of the first ports with a pair of an address, or of a MAC. */
    private final Map<Integer, String> ips = new HashMap<>();

    private final Set<Integer> sharedIps = new HashSet<>();
    private final Map<Long, String> macs = new HashMap<>();
    private final Set<Long> sharedMacs = new HashSet<>();
    private final Set<Integer> boundIps = new HashSet<>();

    AddressOwners(final List<Port> ports) {
        for (final Port port : ports) {
            for (final AddressPair pair : port.addressPairs()) {
                add(port, pair);
            }
        }
        if (ips.isEmpty() && macs.isEmpty()) {
            return;
        }
        for (final Port port : ports) {
            if (!macs.getOrDefault(port.mac(), port.id()).equals(port.id())) {
                sharedMacs.add(port.mac());
            }
            for (final FixedIp fixedIp : port.fixedIps()) {
                if (fixedIp.address().isV4() && !port.host().isEmpty()) {
                    boundIps.add(fixedIp.address().toInt());
                }
            }
        }
    }

    private void add(final Port port, final AddressPair pair) {
        if (pair.prefix().isV4() && pair.prefix().isSingle()) {
            final int ip = pair.prefix().address().toInt();
            final String other = ips.putIfAbsent(ip, port.id());
            if (other != null && !other.equals(port.id())) {
                sharedIps.add(ip);
            }
        }
        if (pair.mac() != 0 && pair.mac() != port.mac()) {
            final String other = macs.putIfAbsent(pair.mac(), port.id());
            if (other != null && !other.equals(port.id())) {
                sharedMacs.add(pair.mac());
            }
        }
    }

    /** An address that some other port may use too, so that a port which is bound nowhere does not say where it is. */
    boolean isClaimedByPair(final int ip) {
        return ips.containsKey(ip);
    }

    /** True where a pair's single address is that of its port alone, and no bound port's fixed IP. */
    boolean isOwnIp(final AddressPair pair) {
        if (!pair.prefix().isV4() || !pair.prefix().isSingle()) {
            return false;
        }
        final int ip = pair.prefix().address().toInt();
        return !sharedIps.contains(ip) && !boundIps.contains(ip);
    }

    /** True where a pair has a MAC that is its port's alone. */
    boolean isOwnMac(final Port port, final AddressPair pair) {
        return pair.mac() != 0 && pair.mac() != port.mac() && !sharedMacs.contains(pair.mac());
    }
}
