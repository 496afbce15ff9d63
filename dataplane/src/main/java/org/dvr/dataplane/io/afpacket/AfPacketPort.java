package org.dvr.dataplane.io.afpacket;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.afpacket.AfPacketConfig.Transmit;
import org.dvr.dataplane.io.shortcut.ShortcutMaps;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SystemCallException;

/**
 * A device by packet sockets. Frames come by a ring shared with the kernel, offloads beside them both ways; what the device itself sends, by us or by this
 * host's stack, is not received. The link may go down and come back; where the device is gone, {@link #isGone} says so.
 *
 * <p>Receives and transmits without allocating. What its ring or queue had no room for is {@link #missed}, what the kernel would not send {@link #refused}.
 */
public final class AfPacketPort implements PacketPort {
    private static final int SEND_QUEUE_BYTES = 4 << 20;

    private final PacketSocket socket;
    private final ReceiveRing ring;
    private final Transmitter transmitter;
    private final AtomicLong dropped = new AtomicLong();
    private String limitation = "";
    private int shortcutDevice;

    /**
     * Opens a device.
     *
     * @param config which, and how
     * @throws UnusableDeviceException when there is no such device, no privilege, or no memory
     */
    public AfPacketPort(final AfPacketConfig config) throws UnusableDeviceException {
        this(config, null, null, 0);
    }

    /**
     * Opens a device whose known flows the kernel may forward by itself; its guard at traffic control's ingress is of the same maps.
     *
     * @param config which, and how
     * @param shortcuts which flows
     * @throws UnusableDeviceException when there is no such device, no privilege, or no memory
     */
    public AfPacketPort(final AfPacketConfig config, final ShortcutMaps shortcuts) throws UnusableDeviceException {
        this(config, null, shortcuts, 0);
    }

    /** The sockets of a device that share its frames. */
    private static final class Sharing {
        private final int programFd;
        private int group = PacketSocket.NEW_GROUP;

        private Sharing(final int programFd) {
            this.programFd = programFd;
        }
    }

    /**
     * Opens a device for several workers: each frame is received by the one that a program names, and any of them sends.
     *
     * @param config which, and how; its fanout does not count
     * @param workers how many, 1 or more
     * @param programFd answers 0 to workers - 1 for a frame
     * @param shortcuts which flows the kernel may forward by itself, null = none
     * @return a port for each worker, in their order
     * @throws UnusableDeviceException when there is no such device, no privilege, or no memory
     */
    public static List<AfPacketPort> share(
            final AfPacketConfig config, final int workers, final int programFd, final ShortcutMaps shortcuts)
            throws UnusableDeviceException {
        final Sharing sharing = new Sharing(programFd);
        final List<AfPacketPort> ports = new ArrayList<>();
        try {
            for (int i = 0; i < workers; i++) {
                ports.add(new AfPacketPort(config, sharing, shortcuts, i));
            }
            return ports;
        } finally {
            if (ports.size() < workers) {
                ports.forEach(AfPacketPort::close);
            }
        }
    }

    private AfPacketPort(
            final AfPacketConfig config, final Sharing sharing, final ShortcutMaps shortcuts, final int worker)
            throws UnusableDeviceException {
        final PacketSocket opened = new PacketSocket(config.device());
        boolean isOpen = false;
        try {
            final int index = opened.index();
            opened.hasOffloads();
            opened.ignoresOutgoing();
            opened.queueSizes(AfPacketConfig.QUEUE_BYTES, SEND_QUEUE_BYTES);
            if (config.bypassesQdisc() && config.transmit() != Transmit.PROGRAM) {
                opened.bypassesQdisc();
            }
            final boolean joins = sharing != null && sharing.group != PacketSocket.NEW_GROUP;
            if (joins) {
                opened.filter(PacketFilter.NOTHING); // until it has joined, others of the group receive all
            } else {
                filter(opened, config, shortcuts, worker);
            }
            final int bytes = config.receiveFrames() * config.frameSize();
            ring = switch (config.receive()) {
                case FRAMES -> new FrameRing(opened, config.receiveFrames(), config.frameSize());
                case BLOCKS -> new BlockRing(opened, bytes);
            };
            transmitter = switch (config.transmit()) {
                case PROGRAM -> batch(opened, index, config.carriesTunnels());
                case BATCH -> SendBatch.of(opened);
                case RING -> new TransmitRing(config, SendBatch.of(opened));
            };
            opened.bind(index, true);
            if (config.isPromiscuous()) {
                opened.promiscuous(index);
            }
            if (sharing != null) {
                sharing.group = opened.fanoutByProgram(sharing.group, sharing.programFd);
                if (joins && !filter(opened, config, shortcuts, worker)) {
                    opened.receivesAll();
                }
            } else if (config.fanoutGroup() >= 0) {
                opened.fanout(config.fanoutGroup(), config.fanout().mode);
            }
            socket = opened;
            isOpen = true;
        } finally {
            if (!isOpen) {
                opened.close();
            }
        }
    }

    /** False when it receives all, or what the filter that it has lets through. */
    private boolean filter(
            final PacketSocket opened, final AfPacketConfig config, final ShortcutMaps shortcuts, final int worker)
            throws UnusableDeviceException {
        if (shortcuts != null && takesShortcuts(opened, config, shortcuts, worker)) {
            shortcutDevice = opened.index();
            return true;
        }
        if (config.filter() != null) {
            opened.filter(config.filter());
            return true;
        }
        return false;
    }

    private boolean takesShortcuts(
            final PacketSocket opened, final AfPacketConfig config, final ShortcutMaps shortcuts, final int worker)
            throws UnusableDeviceException {
        final PacketFilter filter = config.filter();
        final int program;
        try {
            program = shortcuts.filter(worker, config.carriesTunnels(), all -> {
                if (filter == null) {
                    all.exit(-1); // as much as there is
                } else {
                    filter.appendTo(all);
                }
            });
        } catch (final SystemCallException e) {
            limitation = "copies all that it forwards: " + reason(e);
            return false;
        }
        try {
            opened.filterBy(program);
        } finally {
            new Libc().close(program); // the socket holds it
        }
        return true;
    }

    private SendBatch batch(final PacketSocket opened, final int index, final boolean carriesTunnels)
            throws UnusableDeviceException {
        final TunnelProgram tunnels = carriesTunnels ? tunnels(index) : null;
        try {
            return SendBatch.withProgram(opened, index, tunnels);
        } catch (final SystemCallException e) {
            if (tunnels != null) {
                tunnels.close();
            }
            limitation = "sends at half the speed: " + reason(e);
            return SendBatch.of(opened);
        }
    }

    private TunnelProgram tunnels(final int index) {
        try {
            return new TunnelProgram(index);
        } catch (final SystemCallException e) {
            limitation = "cuts large segments before they enter a tunnel: " + reason(e);
            return null;
        }
    }

    private static String reason(final SystemCallException e) {
        return e.getMessage().lines().findFirst().orElse("");
    }

    /** @return what is not as fast as it could be, and why, in a line; empty when all is */
    public String limitation() {
        return limitation;
    }

    @Override
    public int view(final Arrival arrival, final long burst) {
        return ring.view(arrival, burst);
    }

    @Override
    public int receive(
            final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
        return ring.receive(destination, offset, capacity, offload);
    }

    @Override
    public boolean transmit(
            final DirectBuffer buffer, final int offset, final int length, final Offload offload, final long nowNs) {
        return transmitter.transmit(buffer, offset, length, offload);
    }

    @Override
    public long place(final int length) {
        return transmitter.place(length);
    }

    @Override
    public void sendPlaced(final int length, final int checksumStart, final int checksumOffset) {
        transmitter.sendPlaced(length, checksumStart, checksumOffset);
    }

    @Override
    public void flush() {
        transmitter.flush();
    }

    @Override
    public boolean takesOffload() {
        return true;
    }

    @Override
    public boolean takesTunnelSegments() {
        return transmitter.takesTunnelSegments();
    }

    @Override
    public int shortcutDevice() {
        return shortcutDevice;
    }

    /** {@inheritDoc} A system call. */
    @Override
    public long missed() {
        return dropped.addAndGet(socket.takeDrops()) + ring.tooLong();
    }

    @Override
    public long refused() {
        return transmitter.refused();
    }

    @Override
    public int fd() {
        return socket.fd();
    }

    /** {@inheritDoc} Two system calls: ask now and then, and when {@code poll(2)} reports an error. */
    @Override
    public boolean isGone() {
        return socket.isGone();
    }

    /** Ends it: no other method but {@link #missed} and {@link #refused} may be called any more. */
    @Override
    public void close() {
        transmitter.close();
        socket.close();
    }
}
