package org.dvr.dataplane.io.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.sys.Libc;

/** A plain packet socket on a device: sees all that comes in, sends what it is given. For tests; not fast. */
public final class RawSocket implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int ETH_P_ALL = 3;
    private static final int POLLIN = 1;
    private static final int CAPACITY = 70_000;

    private final Libc libc = new Libc();
    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY));
    private final UnsafeBuffer name = new UnsafeBuffer(ByteBuffer.allocateDirect(32));
    private final int socket;

    /** Opens it on a device of the calling thread's namespace. */
    public RawSocket(final int ifindex) throws IOException {
        socket = libc.socket(AF_PACKET, SOCK_RAW, Short.toUnsignedInt(Short.reverseBytes((short) ETH_P_ALL)));
        name.putShort(0, (short) AF_PACKET);
        name.putShort(2, (short) ETH_P_ALL, ByteOrder.BIG_ENDIAN);
        name.putInt(4, ifindex);
        if (socket < 0 || libc.bind(socket, name.addressOffset(), 20) < 0) {
            throw new IOException("cannot open a packet socket: " + libc.error());
        }
        // Frames that this host sends are no news.
        name.putInt(0, 1);
        libc.setsockopt(socket, 263, 23, name.addressOffset(), Integer.BYTES); // SOL_PACKET, PACKET_IGNORE_OUTGOING
    }

    /** Sends a frame. */
    public void send(final byte[] frame) throws IOException {
        buffer.putBytes(0, frame);
        if (libc.sendto(socket, buffer.addressOffset(), frame.length, 0, 0, 0) != frame.length) {
            throw new IOException("cannot send: " + libc.error());
        }
    }

    /** Answers the next frame, or null when none comes in time. */
    public byte[] receive(final int timeoutMs) {
        if (!isReadable(socket, timeoutMs)) {
            return null;
        }
        final int length = (int) libc.recv(socket, buffer.addressOffset(), CAPACITY, 0);
        if (length < 0) {
            return null;
        }
        final byte[] frame = new byte[length];
        buffer.getBytes(0, frame);
        return frame;
    }

    /** Answers whether a descriptor is readable or in error within some time. */
    public static boolean isReadable(final int fd, final int timeoutMs) {
        final UnsafeBuffer poll = new UnsafeBuffer(ByteBuffer.allocateDirect(Long.BYTES)); // struct pollfd
        poll.putInt(0, fd);
        poll.putShort(4, (short) POLLIN);
        return new Libc().poll(poll.addressOffset(), 1, timeoutMs) > 0;
    }

    /** Answers how many frames wait, and takes them. */
    public int drain() {
        int count = 0;
        while (receive(20) != null) {
            count++;
        }
        return count;
    }

    @Override
    public void close() {
        libc.close(socket);
    }
}
