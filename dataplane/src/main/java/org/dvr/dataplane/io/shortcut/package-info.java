/**
 * Flows that the kernel forwards by itself, as workers have told it to: a table for each worker in shared memory, and the programs that do what it says.
 *
 * <p>Thread: programs are made and attached by the supervisor; a table is written by its worker alone. Knows what a frame looks like and where it goes, and nothing of
 * verdicts.
 */
package org.dvr.dataplane.io.shortcut;
