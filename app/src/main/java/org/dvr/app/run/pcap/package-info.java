/**
 * Devices by libpcap, for machines without packet sockets' rings or AF_XDP. Here because pcap4j must not be known below the program.
 *
 * <p>Thread: a port is used by one worker; its counters may be read by any thread.
 */
package org.dvr.app.run.pcap;
