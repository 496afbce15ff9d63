package org.dvr.dataplane.io.afxdp;

import java.nio.ByteBuffer;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SystemCallException;

/**
 * Queues of a wire device by AF_XDP. Frames of up to {@link #LONGEST_FRAME} bytes; longer ones, large segments among them, are dropped by the kernel and
 * counted as missed. Checksums that senders on this machine have left to devices are found by their look; those of frames to be sent must be complete.
 *
 * <p>Receives and transmits without allocating. Owned by one worker.
 */
public final class AfXdpPort implements PacketPort {
    /** Longest frame received, from the Ethernet header. */
    public static final int LONGEST_FRAME = XskSocket.LONGEST_FRAME;

    private static final int QUOTA = 32; // frames of a queue before the next has its turn
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLLIN = 1;
    private static final int NONE = -1;

    private final Libc libc = new Libc();
    private final XskSocket[] sockets;
    private final int epoll;
    private final String description;
    private XskSocket current;
    private int turn;
    private int quota = QUOTA;
    private AfXdpDevice owned;
    private boolean isClosed;
    private final Arrival received = new Arrival(); // of receive()
    private final UnsafeBuffer shown = new UnsafeBuffer(0, 0);
    private long receivedBurst; // below 0: no number of a worker's

    AfXdpPort(final List<XskSocket> sockets, final String device) throws SystemCallException {
        description = device;
        this.sockets = sockets.toArray(XskSocket[]::new);
        current = this.sockets[0];
        epoll = this.sockets.length == 1 ? NONE : waitForAll();
    }

    /**
     * Opens a device for one worker: all queues that the configuration names.
     *
     * @param config which device, and how
     * @return the port; closing it takes the program off the device
     * @throws UnusableDeviceException when the device cannot be used so
     */
    public static AfXdpPort open(final AfXdpConfig config) throws UnusableDeviceException {
        final AfXdpDevice device = new AfXdpDevice(config);
        boolean isOpen = false;
        try {
            final AfXdpPort port = device.open(device.queues());
            port.owned = device;
            isOpen = true;
            return port;
        } finally {
            if (!isOpen) {
                device.close();
            }
        }
    }

    /** One descriptor that is readable when any socket is. */
    private int waitForAll() throws SystemCallException {
        final int fd = libc.epollCreate(EPOLL_CLOEXEC);
        final UnsafeBuffer event = new UnsafeBuffer(ByteBuffer.allocateDirect(16)); // struct epoll_event
        event.putInt(0, EPOLLIN);
        for (final XskSocket socket : sockets) {
            if (fd < 0 || libc.epollCtl(fd, EPOLL_CTL_ADD, socket.fd(), event.addressOffset()) < 0) {
                throw new SystemCallException(libc, "cannot wait for its queues");
            }
        }
        return fd;
    }

    @Override
    public int receive(
            final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
        final int length = view(received, --receivedBurst);
        if (length == NOTHING) {
            return NOTHING;
        }
        shown.wrap(received.at(), length);
        destination.putBytes(offset, shown, 0, Math.min(length, capacity));
        received.leavesTo(offload, offset);
        return length;
    }

    @Override
    public int view(final Arrival arrival, final long burst) {
        if (sockets.length == 1) {
            return current.view(arrival, burst);
        }
        if (quota != 0) {
            final int length = current.view(arrival, burst);
            if (length != NOTHING) {
                quota--;
                return length;
            }
        }
        return viewNext(arrival, burst);
    }

    /** Gives each of the other queues its turn, and this one again at last. */
    private int viewNext(final Arrival arrival, final long burst) {
        for (int i = 0; i < sockets.length; i++) {
            turn = turn + 1 == sockets.length ? 0 : turn + 1;
            current = sockets[turn];
            final int length = current.view(arrival, burst);
            if (length != NOTHING) {
                quota = QUOTA - 1;
                return length;
            }
        }
        quota = QUOTA;
        return NOTHING;
    }

    @Override
    public boolean transmit(
            final DirectBuffer buffer, final int offset, final int length, final Offload offload, final long nowNs) {
        return sockets[0].transmit(buffer, offset, length);
    }

    @Override
    public long place(final int length) {
        return sockets[0].place(length);
    }

    @Override
    public void sendPlaced(final int length, final int checksumStart, final int checksumOffset) {
        sockets[0].sendPlaced(length);
    }

    @Override
    public void flush() {
        sockets[0].flush();
    }

    /** {@inheritDoc} A system call per queue. Frames that were too long are among them. */
    @Override
    public long missed() {
        long missed = 0;
        for (final XskSocket socket : sockets) {
            missed += socket.missed();
        }
        return missed;
    }

    /** {@inheritDoc} Readable also after the last frame was received, until {@link #receive} has found nothing. */
    @Override
    public int fd() {
        return epoll == NONE ? sockets[0].fd() : epoll;
    }

    /** {@inheritDoc} A system call: ask now and then; {@code poll(2)} reports nothing of it. */
    @Override
    public boolean isGone() {
        return sockets[0].isGone();
    }

    /** @return a line for people: how frames come, and what does not */
    public String describe() {
        return description + (isZeroCopy() ? ", zero-copy" : "");
    }

    /** @return true when the device writes to our memory itself, by all queues */
    public boolean isZeroCopy() {
        boolean isZeroCopy = true;
        for (final XskSocket socket : sockets) {
            isZeroCopy &= socket.isZeroCopy();
        }
        return isZeroCopy;
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (epoll != NONE) {
            libc.close(epoll);
        }
        for (final XskSocket socket : sockets) {
            socket.close();
        }
        if (owned != null) {
            owned.close();
        }
    }
}
