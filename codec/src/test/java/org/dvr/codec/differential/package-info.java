/**
 * The same bytes through pcap4j: a decoder that shares no line with ours. Must not be used by other modules.
 */
package org.dvr.codec.differential;
