/**
 * What outlives a process: connections in a memory-mapped file, versioned and checksummed. A reader, a writer and a store belong to the one thread that
 * uses them: the supervisor, or a replay between two frames; never a worker on the way of a packet. It must not know where the connections come from.
 */
package org.dvr.pcaps.state;
