package org.dvr.app.observe;

/**
 * What is known of an attachment point's device.
 *
 * @param name attachment point
 * @param device name of the device, empty where there is none
 * @param io how it is driven: {@code afpacket}, {@code afxdp}, {@code pcap}; empty where it is not
 * @param state in a word or some: {@code up}, {@code down}, {@code no device}
 * @param missed frames that the device has dropped because no worker received them in time, since the forwarder started
 * @param refused frames that the device has not taken when they were handed on, such as while it went away, since the forwarder started
 */
public record PortStatus(String name, String device, String io, String state, long missed, long refused) {}
