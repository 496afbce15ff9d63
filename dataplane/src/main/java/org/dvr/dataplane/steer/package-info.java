/**
 * Which worker a frame belongs to: a function of the frame's bytes and of the topology, the same in Java and in the kernel. Immutable, read by any thread.
 * It knows nothing of connections, and nothing of how a frame gets to its worker.
 */
package org.dvr.dataplane.steer;
