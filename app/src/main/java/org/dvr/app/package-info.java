/**
 * The program: reads the command line, wires the modules and maps what happens to an exit status.
 *
 * <p>A facade over {@link org.dvr.app.command}; nothing imports it. Everything here runs on the thread that entered
 * {@code main}. It must not know bytes, tables or timers: those belong to the modules that it starts.
 */
package org.dvr.app;
