/**
 * Replay: captures of one host's attachment points, merged by time, through a worker; or of several hosts that are wired to each other.
 * Virtual time is the only clock of what is replayed.
 * <p>One thread drives everything here. It may read and write files and measures how long the work takes, but what it measures never
 * reaches the worker. It must not know the command line.
 */
package org.dvr.pcaps.replay;
