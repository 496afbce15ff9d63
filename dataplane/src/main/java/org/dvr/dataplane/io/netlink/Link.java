package org.dvr.dataplane.io.netlink;

import org.dvr.codec.net.MacAddress;

/**
 * A device of this network namespace, as it was when the kernel last spoke of it.
 *
 * @param index the kernel's number for it, 1 or more; a device that is made anew has another one
 * @param name such as {@code eth0}
 * @param mac low 48 bits, 0 where it has none (tun devices)
 * @param mtu largest packet in bytes, without the Ethernet header
 * @param isUp it was set up ({@code ip link set up})
 * @param hasCarrier it is up and something is at its other end: a cable, a veth peer that is up, a program that holds the tap
 * @param kind the kernel's word for what it is ({@code veth}, {@code tun}, {@code bridge}), empty for a physical one
 */
public record Link(int index, String name, long mac, int mtu, boolean isUp, boolean hasCarrier, String kind) {
    @Override
    public String toString() {
        return name + " (" + index + ", " + MacAddress.toString(mac) + ", MTU " + mtu + (isUp ? ", up" : ", down")
                + (hasCarrier ? ")" : ", no carrier)");
    }
}
