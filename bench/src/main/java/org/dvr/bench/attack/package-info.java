/**
 * What strangers and guests can do to the flows of others by the packets they choose. State belongs to the benchmark's thread. It must not know how frames are made.
 */
package org.dvr.bench.attack;
