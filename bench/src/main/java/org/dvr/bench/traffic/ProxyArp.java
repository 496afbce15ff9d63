package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * ARP requests on the external network for floating IPs of guests here. Flow: floating IP (64) x who asks (16,384; four times as many as the
 * neighbor cache remembers).
 */
public final class ProxyArp implements Traffic {
    private final FrameMaker maker = new FrameMaker();
    private final Cloud cloud = new Cloud(NetworkType.VXLAN);

    @Override
    public TopologySnapshot topology() {
        return cloud.topology();
    }

    @Override
    public int directions() {
        return 1;
    }

    @Override
    public List<Traffic> before() {
        return List.of();
    }

    @Override
    public int ingress(final int flow, final int direction) {
        return Cloud.PHYSICAL_ID;
    }

    @Override
    public int egress(final int flow, final int direction) {
        return Cloud.PHYSICAL_ID;
    }

    @Override
    public int write(final MutableDirectBuffer buffer, final int offset, final int flow, final int direction) {
        return maker.arp(
                buffer,
                offset,
                MacAddress.BROADCAST,
                ArpPacket.REQUEST,
                Cloud.requesterMac(requester(flow)),
                Cloud.requesterIp(requester(flow)),
                0,
                Cloud.floatingIp(guest(flow)));
    }

    @Override
    public int expect(
            final MutableDirectBuffer expected, final int flow, final int direction, final MutableDirectBuffer actual) {
        maker.arp(
                expected,
                0,
                Cloud.requesterMac(requester(flow)),
                ArpPacket.REPLY,
                Cloud.EXTERNAL_MAC,
                Cloud.floatingIp(guest(flow)),
                Cloud.requesterMac(requester(flow)),
                Cloud.requesterIp(requester(flow)));
        return EthernetHeader.LENGTH + ArpPacket.LENGTH; // the device pads what it sends
    }

    private static int guest(final int flow) {
        return flow % Cloud.GUESTS;
    }

    private static int requester(final int flow) {
        return flow / Cloud.GUESTS;
    }
}
