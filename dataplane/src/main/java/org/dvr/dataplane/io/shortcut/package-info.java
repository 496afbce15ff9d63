/**
 * Flows that the kernel forwards by itself, as a worker has told it to: a table in shared memory, and the programs that do what it says.
 *
 * <p>Thread: programs are made and attached by the supervisor; the table is written by one worker. Knows what a frame looks like and where it goes, and nothing of
 * verdicts.
 */
package org.dvr.dataplane.io.shortcut;
