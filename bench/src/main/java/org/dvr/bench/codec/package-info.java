/**
 * Benchmarks of codec: checksums and headers, in bursts of frames. State belongs to the benchmark's thread. They know nothing of tables.
 */
package org.dvr.bench.codec;
