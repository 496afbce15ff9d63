/**
 * How long a packet is under way through the pipeline while packets arrive at a rate that is not the pipeline's own. State belongs to the benchmark's thread. It
 * must not know how frames are made.
 */
package org.dvr.bench.latency;
