/**
 * Ports on wire devices by AF_XDP: frames leave the kernel before it makes a socket buffer of them, by an XDP program of ours, into memory that both share
 * (UMEM) and four rings of descriptors: fill, receive, transmit, completion (Documentation/networking/af_xdp.rst in the kernel's sources).
 *
 * <p>Thread: a device is opened and closed by the supervisor, a port belongs to one worker. Knows nothing of the pipeline.
 */
package org.dvr.dataplane.io.afxdp;
