/**
 * Benchmarks of the connection table: bursts of lookups with and without touching lines ahead, opening and
 * expiring, and the pauses of a very large table. State belongs to the benchmark's thread. They know no frames.
 */
package org.dvr.bench.conntrack;
