/**
 * Parse once: bytes to {@link org.dvr.dataplane.frame.Facts}. Owned by one worker. It knows which address is ours on the underlay,
 * and nothing else of the topology.
 */
package org.dvr.dataplane.parse;
