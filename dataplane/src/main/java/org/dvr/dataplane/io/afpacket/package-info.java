/**
 * Ports on devices by packet sockets (packet(7), Documentation/networking/packet_mmap.rst): rings shared with the kernel to receive, batches to send.
 * Offsets of structures are those of {@code linux/if_packet.h}, {@code linux/virtio_net.h} and {@code linux/filter.h} on machines of 64 bits. Knows
 * nothing of what frames mean, but for the filter of tunnel traffic.
 *
 * <p>Thread: a port is opened and closed by anybody, and used by one worker; its counters may be read by any thread.
 */
package org.dvr.dataplane.io.afpacket;
