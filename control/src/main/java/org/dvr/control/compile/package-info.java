/**
 * From desired state to one host's {@link org.dvr.dataplane.topology.TopologySnapshot}: what exists on the host by Neutron's rules
 * of placement, with ids that stay the same across reloads.
 *
 * <p>Belongs to the supervisor thread. It knows nothing of files.
 */
package org.dvr.control.compile;
