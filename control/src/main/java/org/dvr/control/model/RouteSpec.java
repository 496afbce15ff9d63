package org.dvr.control.model;

/**
 * A route as written.
 *
 * @param destination prefix, host bits clear
 * @param nextHop address of the same IP version
 */
public record RouteSpec(Prefix destination, IpAddress nextHop) {}
