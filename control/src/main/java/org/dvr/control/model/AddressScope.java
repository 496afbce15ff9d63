package org.dvr.control.model;

/**
 * An address scope: within it nothing is translated (dvr.md §6.8).
 *
 * @param origin where it was written
 * @param id Neutron's id
 * @param name may be empty
 * @param ipVersion 4 or 6
 */
public record AddressScope(Origin origin, String id, String name, int ipVersion) implements Resource {}
