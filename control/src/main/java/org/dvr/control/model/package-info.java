/**
 * Desired state as operators write it: immutable records in Neutron's shape, with typed addresses, each remembering where it was
 * written, and the rules that hold between them ({@link org.dvr.control.model.TopologyRules}).
 *
 * <p>Immutable once loaded, read by any thread. It knows neither files nor snapshots.
 */
package org.dvr.control.model;
