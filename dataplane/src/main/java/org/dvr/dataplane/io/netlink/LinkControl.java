package org.dvr.dataplane.io.netlink;

import java.io.IOException;
import org.dvr.dataplane.topology.IpAddress;

/** Changes devices and addresses of the network namespace it is opened in. Needs CAP_NET_ADMIN. */
public final class LinkControl implements AutoCloseable {
    private final NetlinkSocket requests = NetlinkSocket.forRequests();

    /**
     * @throws IOException if the kernel refuses
     */
    public LinkControl() throws IOException {}

    /**
     * Sets a device up or down.
     *
     * @param name of the device
     * @param isUp which of the two
     * @throws IOException if there is no such device, or the kernel refuses
     */
    public void up(final String name, final boolean isUp) throws IOException {
        requests.execute(byName("set " + name + (isUp ? " up" : " down"), Rtnetlink.RTM_NEWLINK, 0, name)
                .header32(Rtnetlink.IFINFO_FLAGS, isUp ? Rtnetlink.IFF_UP : 0)
                .header32(Rtnetlink.IFINFO_CHANGE, Rtnetlink.IFF_UP));
    }

    /**
     * Sets the MTU of a device.
     *
     * @param name of the device
     * @param mtu in bytes
     * @throws IOException if there is no such device, or the kernel refuses
     */
    public void mtu(final String name, final int mtu) throws IOException {
        requests.execute(byName("set MTU " + mtu + " of " + name, Rtnetlink.RTM_NEWLINK, 0, name)
                .attribute(Rtnetlink.IFLA_MTU, mtu));
    }

    /**
     * Makes two devices that hand each other their frames; both are down at first.
     *
     * @param name of the one
     * @param peerName of the other
     * @param mac of the one in the low 48 bits
     * @param peerMac of the other in the low 48 bits
     * @throws IOException if a name is taken, or the kernel refuses
     */
    public void createVeth(final String name, final String peerName, final long mac, final long peerMac)
            throws IOException {
        final Request request = byName(
                        "create veth " + name + " and " + peerName,
                        Rtnetlink.RTM_NEWLINK,
                        Rtnetlink.NLM_F_CREATE | Rtnetlink.NLM_F_EXCL,
                        name)
                .macAttribute(Rtnetlink.IFLA_ADDRESS, mac);
        final int info = request.nest(Rtnetlink.IFLA_LINKINFO);
        request.attribute(Rtnetlink.IFLA_INFO_KIND, "veth");
        final int data = request.nest(Rtnetlink.IFLA_INFO_DATA);
        final int peer = request.nest(Rtnetlink.VETH_INFO_PEER);
        request.zeroes(Rtnetlink.IFINFO_LENGTH)
                .attribute(Rtnetlink.IFLA_IFNAME, peerName)
                .macAttribute(Rtnetlink.IFLA_ADDRESS, peerMac);
        requests.execute(request.end(peer).end(data).end(info));
    }

    /**
     * Removes a device, and its peer where it has one.
     *
     * @param name of the device
     * @throws IOException if there is no such device, or the kernel refuses
     */
    public void delete(final String name) throws IOException {
        requests.execute(byName("delete " + name, Rtnetlink.RTM_DELLINK, 0, name));
    }

    /**
     * Gives a device an address; one that it has already is left as it is.
     *
     * @param link the device
     * @param address of either family
     * @param prefixLength 0 to 32 or to 128
     * @throws IOException if the kernel refuses
     */
    public void addAddress(final Link link, final IpAddress address, final int prefixLength) throws IOException {
        requests.execute(new Request(
                        "add " + address + "/" + prefixLength + " to " + link.name(),
                        Rtnetlink.RTM_NEWADDR,
                        Rtnetlink.NLM_F_CREATE | Rtnetlink.NLM_F_REPLACE,
                        Rtnetlink.IFADDR_LENGTH)
                .header8(0, address.isIpv4() ? Rtnetlink.AF_INET : Rtnetlink.AF_INET6)
                .header8(1, prefixLength)
                .header32(Rtnetlink.IFADDR_INDEX, link.index())
                .attribute(Rtnetlink.IFA_LOCAL, address)
                .attribute(Rtnetlink.IFA_ADDRESS, address));
    }

    private static Request byName(final String what, final int type, final int flags, final String name) {
        return new Request(what, type, flags, Rtnetlink.IFINFO_LENGTH).attribute(Rtnetlink.IFLA_IFNAME, name);
    }

    @Override
    public void close() {
        requests.close();
    }
}
