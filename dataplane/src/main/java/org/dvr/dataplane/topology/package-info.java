/**
 * What the network should be, seen from one host: the immutable {@link org.dvr.dataplane.topology.TopologySnapshot} and the
 * things in it (attachment points, segments, virtual routers, floating IPs, tunnel peers).
 *
 * <p>Built by {@code control} through {@link org.dvr.dataplane.topology.SnapshotBuilder}, then only read, by any thread. It knows
 * nothing of frames, files or Neutron's documents.
 */
package org.dvr.dataplane.topology;
