/**
 * One class per command of {@code dvr}: its options, its help and the call into the module that does the work.
 *
 * <p>Commands run on the thread that entered {@code main}, print results to standard output and everything else to
 * standard error. They answer with an {@link org.dvr.app.command.ExitStatus}, end no process themselves and must not
 * know the class that starts them.
 */
package org.dvr.app.command;
