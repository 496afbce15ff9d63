package org.dvr.control.model;

import java.util.List;

/**
 * An address of a port.
 *
 * @param subnetId the subnet it is from, empty only while findings hold an error about it, or of {@code external_fixed_ips}
 * @param address the address; null only in {@code external_fixed_ips} that name a subnet alone
 */
public record FixedIp(String subnetId, IpAddress address) {
    /**
     * @param fixedIps addresses of one port
     * @return the first that is IPv4, null where none is
     */
    public static FixedIp firstV4(final List<FixedIp> fixedIps) {
        for (final FixedIp fixedIp : fixedIps) {
            if (fixedIp.address() != null && fixedIp.address().isV4()) {
                return fixedIp;
            }
        }
        return null;
    }
}
