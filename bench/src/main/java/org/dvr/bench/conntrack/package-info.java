/**
 * Benchmarks of the connection table: bursts of lookups with and without touching lines ahead, opening and expiring. State belongs to the
 * benchmark's thread. They know no frames.
 */
package org.dvr.bench.conntrack;
