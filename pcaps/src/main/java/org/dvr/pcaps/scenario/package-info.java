/**
 * Scenarios: a folder with a topology, captures in, and the captures and counters that must come out (contract.md §3).
 * <p>Used by commands and tests on one thread. It reads and writes the folders and knows what may differ between two frames that
 * mean the same; it must not know the command line.
 */
package org.dvr.pcaps.scenario;
