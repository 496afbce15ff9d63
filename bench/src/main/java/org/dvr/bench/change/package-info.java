/**
 * What a change of the topology costs: the supervisor, by ports of the cloud, and the packet path, by flows. State belongs to the benchmark's thread. Both make
 * objects, since snapshots are objects: of all benchmarks these alone allocate.
 */
package org.dvr.bench.change;
