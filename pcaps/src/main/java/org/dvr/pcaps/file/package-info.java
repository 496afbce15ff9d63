/**
 * Capture files: pcap and pcapng in, nanosecond pcap out, over memory-mapped files of any length.
 * <p>A file is seen through a window of a few MiB that moves with the reading or writing, so neither the Java heap nor the
 * resident memory of the process grows with the file. A reader and a writer each belong to the one thread that uses them.
 * <p>This package knows frames as bytes with a timestamp. It must not know what the bytes mean, which port they belong to,
 * or what time it is.
 */
package org.dvr.pcaps.file;
