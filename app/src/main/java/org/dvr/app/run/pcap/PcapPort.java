package org.dvr.app.run.pcap;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.sys.Libc;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.BlockingMode;
import org.pcap4j.core.PcapHandle.PcapDirection;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;

/**
 * A device by libpcap. For machines that have nothing better, and slower than all else: each frame is a library call, two copies and an array on the heap, both
 * ways, and there is no descriptor to wait for, so that an idle worker sees a frame only when it next looks.
 *
 * <p>libpcap knows nothing of offloads: a frame whose checksum the sender has left to its device arrives with a wrong one, and a large segment as it is. Guests
 * behind this port have to send as if on a wire ({@code ethtool -K DEVICE tx off tso off gso off} inside).
 */
public final class PcapPort implements PacketPort {
    private static final int SNAP_LENGTH = 1 << 18;
    private static final int BUFFER_BYTES = 4 << 20;

    // Numbers of socket.h and if.h.
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SIOCGIFINDEX = 0x8933;
    private static final int NAME_LENGTH = 16;

    private final Libc libc = new Libc();
    private final UnsafeBuffer request = new UnsafeBuffer(BufferUtil.allocateDirectAligned(40, 8)); // struct ifreq
    private final int names; // a socket to ask for names of devices
    private final String device;
    private final int index;
    private final PcapHandle handle;
    private final byte[] bytes = new byte[SNAP_LENGTH];
    private final AtomicLong refused = new AtomicLong();
    private long missed;
    private boolean isClosed;

    /**
     * Opens a device.
     *
     * @param device name
     * @param filter which frames are received, as {@code pcap-filter(7)} has it, empty = all
     * @param isPromiscuous frames to MACs that are not the device's own are received too
     * @throws UnusableDeviceException when there is no such device, no privilege, or no libpcap
     */
    public PcapPort(final String device, final String filter, final boolean isPromiscuous)
            throws UnusableDeviceException {
        this.device = device;
        names = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        index = index();
        if (index < 0) {
            libc.close(names);
            throw new UnusableDeviceException(device + ": no such device");
        }
        handle = handle(device, filter, isPromiscuous);
    }

    private PcapHandle handle(final String device, final String filter, final boolean isPromiscuous)
            throws UnusableDeviceException {
        PcapHandle opened = null;
        try {
            opened = new PcapHandle.Builder(device)
                    .snaplen(SNAP_LENGTH)
                    .bufferSize(BUFFER_BYTES)
                    .promiscuousMode(isPromiscuous ? PromiscuousMode.PROMISCUOUS : PromiscuousMode.NONPROMISCUOUS)
                    .timeoutMillis(1)
                    .immediateMode(true)
                    .build();
            opened.setDirection(PcapDirection.IN);
            opened.setBlockingMode(BlockingMode.NONBLOCKING);
            if (!filter.isEmpty()) {
                opened.setFilter(filter, BpfCompileMode.OPTIMIZE);
            }
            return opened;
        } catch (final PcapNativeException | NotOpenException e) {
            if (opened != null) {
                opened.close();
            }
            libc.close(names);
            throw new UnusableDeviceException(device + ": " + reason(e));
        } catch (final LinkageError e) { // of the library, or of the class that has tried to load it before
            libc.close(names);
            throw new UnusableDeviceException(device + ": needs libpcap (apt-get install libpcap0.8)");
        }
    }

    private static String reason(final Exception e) {
        final String message =
                String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return message.contains("ermi")
                ? "needs CAP_NET_RAW: run as root or setcap/systemd AmbientCapabilities"
                : message;
    }

    /**
     * @param ip local endpoint, IPv4 in host order
     * @return filter of an underlay device: tunnel traffic to the endpoint, its fragments, and ARP
     */
    public static String tunnelFilter(final int ip) {
        return "arp or (dst host " + Ipv4Address.toString(ip) + " and (udp dst port " + VxlanHeader.PORT
                + " or ip proto 47 or (ip proto 17 and ip[6:2] & 0x1fff != 0)))";
    }

    @Override
    public int receive(
            final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
        try {
            final byte[] frame = handle.getNextRawPacket();
            if (frame == null) {
                return NOTHING;
            }
            destination.putBytes(offset, frame, 0, Math.min(frame.length, capacity));
            return handle.getOriginalLength();
        } catch (final NotOpenException e) {
            return NOTHING;
        }
    }

    @Override
    public boolean transmit(
            final DirectBuffer buffer, final int offset, final int length, final Offload offload, final long nowNs) {
        if (length > SNAP_LENGTH) {
            return false;
        }
        buffer.getBytes(offset, bytes, 0, length);
        try {
            handle.sendPacket(bytes, length);
            return true;
        } catch (final PcapNativeException | NotOpenException e) {
            refused.lazySet(refused.get() + 1);
            return true;
        }
    }

    @Override
    public synchronized long missed() {
        try {
            if (!isClosed) {
                missed = handle.getStats().getNumPacketsDropped();
            }
        } catch (final PcapNativeException | NotOpenException e) {
            return missed; // as it was
        }
        return missed;
    }

    @Override
    public long refused() {
        return refused.get();
    }

    /** {@inheritDoc} A system call: ask now and then. */
    @Override
    public synchronized boolean isGone() {
        return isClosed || index() != index;
    }

    /** Of the device of this name now, where the port was opened; -1 = there is none. */
    private int index() {
        final byte[] name = device.getBytes(StandardCharsets.UTF_8);
        request.setMemory(0, request.capacity(), (byte) 0);
        request.putBytes(0, name, 0, Math.min(name.length, NAME_LENGTH - 1));
        return libc.ioctl(names, SIOCGIFINDEX, request.addressOffset()) < 0 ? -1 : request.getInt(NAME_LENGTH);
    }

    @Override
    public synchronized void close() {
        if (!isClosed) {
            missed();
            isClosed = true;
            handle.close();
            libc.close(names);
        }
    }
}
