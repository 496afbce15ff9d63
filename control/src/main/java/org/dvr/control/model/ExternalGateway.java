package org.dvr.control.model;

import java.util.List;

/**
 * A router's connection to the outside.
 *
 * @param networkId the external network
 * @param hasSnat {@code enable_snat}
 * @param fixedIps {@code external_fixed_ips}
 */
public record ExternalGateway(String networkId, boolean hasSnat, List<FixedIp> fixedIps) {}
