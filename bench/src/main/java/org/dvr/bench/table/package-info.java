/**
 * Benchmarks of the snapshot's tables, as a worker asks them: a burst of keys, all of them there. State belongs to the benchmark's thread.
 */
package org.dvr.bench.table;
