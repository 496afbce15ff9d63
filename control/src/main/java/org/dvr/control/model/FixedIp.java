package org.dvr.control.model;

/**
 * An address of a port.
 *
 * @param subnetId the subnet it is from, empty only while findings hold an error about it
 * @param address the address
 */
public record FixedIp(String subnetId, IpAddress address) {}
