/**
 * Neutron's own ini files as configuration: reads the format of oslo.config, takes out what matters to a forwarder, and says what it
 * cannot do as they ask (dvr.md §12).
 *
 * <p>The reader is our own because no library of the registry reads this format as oslo.config does: ini4j and commons-configuration
 * continue lines by backslashes instead of leading blanks, unescape values, cut comments off behind values, and remember no line
 * numbers for messages.
 *
 * <p>Owned by the thread that reads. It knows the model, not the documents of a topology, and no command line.
 */
package org.dvr.control.ini;
