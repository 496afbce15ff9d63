package org.dvr.dataplane.io.afxdp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.afxdp.AfXdpConfig.Attachment;
import org.dvr.dataplane.io.sys.Bpf;
import org.dvr.dataplane.io.sys.Interfaces;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SystemCallException;

/**
 * A device with our XDP program on it, whose queues are served by ports of one or several workers. Program, map and link are held by descriptors alone: the
 * kernel takes the program off the device when this is closed or the process ends, also by {@code kill -9}; there is nothing to be cleaned up afterwards.
 * Where everything is ours, the driver is told to leave VLAN tags in frames; that is undone by {@link #close} only.
 *
 * <p>Opened and closed by the supervisor; its ports are closed by themselves.
 */
public final class AfXdpDevice implements AutoCloseable {
    private static final int XDP_FLAGS_SKB_MODE = 1 << 1;
    private static final int XDP_FLAGS_DRV_MODE = 1 << 2;
    private static final int VLAN_HEADER = 18; // Ethernet with one tag

    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_ADD_MEMBERSHIP = 1;
    private static final int PACKET_MR_PROMISC = 1;
    private static final int NONE = -1;

    private final Libc libc = new Libc();
    private final Bpf bpf = new Bpf(libc);
    private final AfXdpConfig config;
    private final int ifindex;
    private final List<Integer> queues;
    private int map = NONE;
    private int link = NONE;
    private int promiscuous = NONE;
    private boolean isGeneric;
    private boolean hasChangedTags;
    private boolean losesTags;

    /**
     * Attaches the program.
     *
     * @param config which device, and how
     * @throws UnusableDeviceException when there is no such device, it has another XDP program or too large an MTU, or the kernel refuses
     */
    public AfXdpDevice(final AfXdpConfig config) throws UnusableDeviceException {
        this.config = config;
        final String device = config.device();
        ifindex = Interfaces.indexOf(libc, device);
        if (ifindex == 0) {
            throw new UnusableDeviceException(device + ": no such device");
        }
        requireShortFrames();
        final int count = Interfaces.receiveQueuesOf(libc, device);
        queues = config.queues().isEmpty() ? IntStream.range(0, count).boxed().toList() : config.queues();
        boolean isOpen = false;
        try {
            map = bpf.createMap(
                    Bpf.MAP_XSKMAP,
                    1 + queues.stream().mapToInt(Integer::intValue).max().orElse(0),
                    "dvr_xsks");
            attach();
            if (config.traffic() instanceof XdpTraffic.All) {
                keepVlanTags();
            }
            if (config.isPromiscuous()) {
                becomePromiscuous();
            }
            isOpen = true;
        } catch (final SystemCallException e) {
            throw unusable(e.getMessage());
        } finally {
            if (!isOpen) {
                close();
            }
        }
    }

    private void requireShortFrames() throws UnusableDeviceException {
        final int mtu = Interfaces.mtuOf(libc, config.device());
        if (mtu + VLAN_HEADER > XskSocket.LONGEST_FRAME) {
            throw unusable("its MTU of " + mtu + " is more than AF_XDP carries here ("
                    + (XskSocket.LONGEST_FRAME - VLAN_HEADER) + "): use afpacket, or lower it");
        }
    }

    private void attach() throws UnusableDeviceException, SystemCallException {
        final long[] code =
                switch (config.traffic()) {
                    case XdpTraffic.All all -> XdpProgram.redirectAll(map);
                    case XdpTraffic.Tunnels tunnels ->
                        XdpProgram.redirectTunnelTraffic(
                                map, tunnels.localIp().getAddress(), tunnels.vxlanPort(), tunnels.takesArp());
                };
        final int program = bpf.load(Bpf.PROGRAM_XDP, Bpf.ATTACH_XDP, code, "dvr_redirect");
        try {
            if (config.attachment() != Attachment.GENERIC) {
                try {
                    link(program, XDP_FLAGS_DRV_MODE);
                    return;
                } catch (final SystemCallException e) {
                    if (config.attachment() == Attachment.NATIVE) {
                        throw unusable("its driver does not run XDP programs, or not with its present settings: "
                                + e.getMessage());
                    }
                }
            }
            isGeneric = true;
            link(program, XDP_FLAGS_SKB_MODE);
        } finally {
            libc.close(program); // the link holds it
        }
    }

    private void link(final int program, final int flags) throws UnusableDeviceException, SystemCallException {
        try {
            link = bpf.link(program, ifindex, Bpf.ATTACH_XDP, flags);
        } catch (final SystemCallException e) {
            if (e.errno() == SystemCallException.EBUSY || e.errno() == SystemCallException.EEXIST) {
                throw unusable("another XDP program is attached (ip link show dev " + config.device()
                        + "): end its owner, or take it off: ip link set dev " + config.device() + " xdp off");
            }
            throw e;
        }
    }

    /** A socket that receives nothing; the kernel counts the device promiscuous for as long as it is open. */
    private void becomePromiscuous() throws SystemCallException {
        promiscuous = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        final UnsafeBuffer request = new UnsafeBuffer(ByteBuffer.allocateDirect(16)); // struct packet_mreq
        request.putInt(0, ifindex);
        request.putShort(4, (short) PACKET_MR_PROMISC);
        final int result = promiscuous < 0
                ? promiscuous
                : libc.setsockopt(
                        promiscuous, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request.addressOffset(), request.capacity());
        if (result < 0) {
            throw new SystemCallException(libc, "cannot make it promiscuous");
        }
    }

    /** @return the queues to be served, each by one port */
    public List<Integer> queues() {
        return queues;
    }

    /** XDP does not see a tag that the driver has taken out of a frame: one of a VLAN network would look untagged. */
    private void keepVlanTags() {
        if (Interfaces.stripsVlanTags(libc, config.device())) {
            hasChangedTags = Interfaces.stripVlanTags(libc, config.device(), false);
            losesTags = !hasChangedTags;
        }
    }

    /** @return a line for people: how frames come, and what does not */
    public String describe() {
        return config.device() + ": AF_XDP, " + (isGeneric ? "generic" : "native") + ", queues " + queues
                + (losesTags ? "; its driver strips VLAN tags, which XDP does not see: no VLAN networks on it" : "");
    }

    /** @return true when the program runs behind the driver */
    public boolean isGeneric() {
        return isGeneric;
    }

    /**
     * Opens a port that receives by some of the queues, and sends by the first of them.
     *
     * @param served queues of this device that no other port serves
     * @return the port, to be handed to a worker
     * @throws UnusableDeviceException when a queue is taken or is none, when memory cannot be locked, or the kernel refuses
     */
    public AfXdpPort open(final List<Integer> served) throws UnusableDeviceException {
        final List<XskSocket> sockets = new ArrayList<>();
        boolean isOpen = false;
        try {
            for (final int queue : served) {
                final XskSocket socket = new XskSocket(config, queue, ifindex, isGeneric);
                sockets.add(socket);
                bpf.update(map, queue, socket.fd());
            }
            final AfXdpPort port = new AfXdpPort(sockets, describe());
            isOpen = true;
            return port;
        } catch (final SystemCallException e) {
            throw unusable(e.getMessage());
        } finally {
            if (!isOpen) {
                sockets.forEach(XskSocket::close);
            }
        }
    }

    private UnusableDeviceException unusable(final String why) {
        return new UnusableDeviceException(config.device() + ": " + why);
    }

    @Override
    public void close() {
        if (hasChangedTags) {
            hasChangedTags = false;
            Interfaces.stripVlanTags(libc, config.device(), true);
        }
        for (final int fd : new int[] {link, map, promiscuous}) {
            if (fd != NONE) {
                libc.close(fd);
            }
        }
        link = NONE;
        map = NONE;
        promiscuous = NONE;
    }
}
