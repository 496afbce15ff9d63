package org.dvr.app.run;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Consumer;
import org.dvr.app.run.pcap.PcapPort;
import org.dvr.dataplane.io.afpacket.AfPacketConfig;
import org.dvr.dataplane.io.afpacket.AfPacketPort;
import org.dvr.dataplane.io.afpacket.FanoutSteering;
import org.dvr.dataplane.io.afpacket.PacketFilter;
import org.dvr.dataplane.io.afpacket.TunnelFilter;
import org.dvr.dataplane.io.afxdp.AfXdpConfig;
import org.dvr.dataplane.io.afxdp.AfXdpPort;
import org.dvr.dataplane.io.afxdp.XdpTraffic;
import org.dvr.dataplane.io.guard.IngressGuard;
import org.dvr.dataplane.io.netlink.DeviceClaim;
import org.dvr.dataplane.io.netlink.Link;
import org.dvr.dataplane.io.shortcut.ShortcutMaps;
import org.dvr.dataplane.io.sys.SystemCallException;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.IpAddress;

/** Takes devices into use as {@code --io} says: keeps the host's own stack away from what is ours, and opens a port. */
final class DeviceOpener implements Devices.Opener {
    private final IoKind io;
    private final LiveTopology topology;
    private final Links links;
    private final Consumer<String> lines;
    private FanoutSteering fanout; // null while there is one worker
    private ShortcutMaps shortcuts; // null where all frames come to workers
    private int workers = 1;

    DeviceOpener(final IoKind io, final LiveTopology topology, final Links links, final Consumer<String> lines) {
        this.io = io;
        this.links = links;
        this.topology = topology;
        this.lines = lines;
    }

    @Override
    public OpenDevice open(final Attachment attachment, final Link link) throws IOException {
        final OpenDevice device = new OpenDevice();
        boolean isOpen = false;
        try {
            final DeviceClaim claim = new DeviceClaim(link);
            device.undoing(claim::close);
            final ShortcutMaps maps = shortcuts(attachment);
            final IngressGuard guard = guard(attachment, link, maps);
            device.undoing(guard::close);
            if (!guard.limitation().isEmpty()) {
                lines.accept(guard.limitation());
            }
            if (attachment.kind() != AttachmentKind.UNDERLAY) {
                device.undoing(Ipv6Silence.of(link.name()));
            }
            // Without the guard's program nobody would forward what a socket leaves to it.
            open(device, attachment, link, guard.limitation().isEmpty() ? maps : null);
            isOpen = true;
            return device;
        } finally {
            if (!isOpen) {
                device.close();
            }
        }
    }

    @Override
    public void steer(final Steering steering) throws IOException {
        if (fanout == null) {
            fanout = new FanoutSteering(steering.workers(), steering.seed());
            workers = steering.workers();
        }
        fanout.update(steering);
    }

    @Override
    public ShortcutMaps shortcuts(final int workerCount) {
        if (io == IoKind.AFPACKET) {
            try {
                shortcuts = new ShortcutMaps(workerCount);
            } catch (final SystemCallException e) {
                lines.accept("copies all that it forwards: " + e.getMessage());
            }
        }
        return shortcuts;
    }

    /** Those of a device; null where it has none, as an underlay of IPv6, and what leads to the host's own stack. */
    private ShortcutMaps shortcuts(final Attachment attachment) {
        return switch (attachment.kind()) {
            case GUEST, PHYSICAL -> shortcuts;
            case UNDERLAY -> topology.snapshot().vtep().isIpv4() ? shortcuts : null;
            case METADATA -> null;
        };
    }

    @Override
    public void end() {
        if (shortcuts != null) {
            shortcuts.close();
        }
        if (fanout != null) {
            fanout.close();
        }
    }

    private IngressGuard guard(final Attachment attachment, final Link link, final ShortcutMaps maps)
            throws IOException {
        return attachment.kind() == AttachmentKind.UNDERLAY
                ? IngressGuard.underlay(link.index(), tunnelAddress(), IngressGuard.VXLAN_PORT, maps)
                : IngressGuard.all(link.index(), maps);
    }

    private InetAddress tunnelAddress() {
        return topology.snapshot().vtep().inetAddress();
    }

    private void open(final OpenDevice device, final Attachment attachment, final Link link, final ShortcutMaps maps)
            throws IOException {
        final boolean isWire =
                attachment.kind() == AttachmentKind.UNDERLAY || attachment.kind() == AttachmentKind.PHYSICAL;
        final boolean isUnderlay = attachment.kind() == AttachmentKind.UNDERLAY;
        final String name = link.name();
        switch (io) {
            case PCAP -> device.with("pcap", new PcapPort(name, isUnderlay ? pcapFilter() : "", isWire));
            case AFXDP -> {
                if (isWire) {
                    final XdpTraffic traffic = isUnderlay ? tunnels() : new XdpTraffic.All();
                    device.with("afxdp", AfXdpPort.open(AfXdpConfig.wire(name, traffic)));
                } else {
                    openPackets(device, attachment, AfPacketConfig.guest(name), null);
                }
            }
            case AFPACKET -> openPackets(device, attachment, packets(name, isUnderlay, isWire), maps);
        }
    }

    private AfPacketConfig packets(final String name, final boolean isUnderlay, final boolean isWire) {
        if (isUnderlay) {
            return AfPacketConfig.wire(name, tunnelFilter()).withTunnels();
        }
        return isWire ? AfPacketConfig.wire(name, null) : AfPacketConfig.guest(name);
    }

    private void openPackets(
            final OpenDevice device, final Attachment attachment, final AfPacketConfig config, final ShortcutMaps maps)
            throws IOException {
        final List<AfPacketPort> ports = workers == 1
                ? List.of(new AfPacketPort(config, maps))
                : AfPacketPort.share(config, workers, fanout.program(attachment.kind()), maps);
        device.with("afpacket", ports);
        if (!ports.getFirst().limitation().isEmpty()) {
            lines.accept(ports.getFirst().limitation());
        }
    }

    private String pcapFilter() throws IOException {
        final IpAddress vtep = topology.snapshot().vtep();
        if (!vtep.isIpv4()) {
            throw new IOException("--io pcap has no tunnels over IPv6: use afpacket");
        }
        return PcapPort.tunnelFilter(vtep.ipv4());
    }

    private PacketFilter tunnelFilter() {
        final IpAddress vtep = topology.snapshot().vtep();
        return vtep.isIpv4() ? TunnelFilter.of(vtep.ipv4(), 0, 0) : TunnelFilter.of(0, vtep.high(), vtep.low());
    }

    /** Where the kernel has the tunnel address, it needs its ARP; neighbors then come from its table. */
    private XdpTraffic tunnels() {
        return new XdpTraffic.Tunnels(
                tunnelAddress(),
                IngressGuard.VXLAN_PORT,
                links.holder(tunnelAddress()).isEmpty());
    }
}
