/**
 * Where desired state comes from: topology documents in YAML or JSON, several of them merged by key.
 *
 * <p>Objects here live for one load and belong to the thread that calls {@link org.dvr.control.source.TopologyLoader}. It knows
 * nothing of hosts' views or snapshots.
 */
package org.dvr.control.source;
