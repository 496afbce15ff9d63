package org.dvr.control.model;

/**
 * A subnet pool: what says in which address scope a subnet is.
 *
 * @param origin where it was written
 * @param id Neutron's id
 * @param name may be empty
 * @param addressScopeId empty = no scope
 */
public record SubnetPool(Origin origin, String id, String name, String addressScopeId) implements Resource {}
