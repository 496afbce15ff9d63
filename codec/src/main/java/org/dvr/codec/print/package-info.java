/**
 * Frames as text for people: traces, logs and test failures.
 *
 * <p>Cold: copies and allocates as it likes. Static functions; any thread may call them. Must not be called for a packet that
 * is not being looked at by a person.
 */
package org.dvr.codec.print;
