package org.dvr.dataplane.io.afpacket;

import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.sys.Libc;

/**
 * Sends by sendmmsg(2): a call per burst. Frames are copied until then; one too long for that is sent at once, from where it is, after those before it.
 *
 * <pre>
 *   struct mmsghdr (64)[CAPACITY] | struct iovec (16)[CAPACITY] | slot[CAPACITY]      slot: | 6 | virtio_net_hdr (10) | frame |
 *   and for the one that is long: struct mmsghdr | struct iovec[2] | virtio_net_hdr
 * </pre>
 */
final class SendBatch implements Transmitter {
    private static final int CAPACITY = 64;
    private static final int LONGEST = 2_032;
    private static final int LONGEST_OF_ALL = 1 << 17;
    private static final int HEADER_AT = 6;
    private static final int FRAME_AT = HEADER_AT + VirtioHeader.LENGTH;
    // An odd number of cache lines: slots a power of two apart would compete for the same sets of the cache.
    private static final int SLOT = FRAME_AT + LONGEST + 64;

    private static final int MESSAGE = 64;
    private static final int IOV_POINTER = 16;
    private static final int IOV_COUNT = 24;
    private static final int IOV = 16;
    private static final int IOV_LENGTH = 8;

    private static final int IOVS_AT = CAPACITY * MESSAGE;
    private static final int SLOTS_AT = IOVS_AT + CAPACITY * IOV;
    private static final int LONG_AT = SLOTS_AT + CAPACITY * SLOT;
    private static final int LONG_IOVS_AT = LONG_AT + MESSAGE;
    private static final int LONG_HEADER_AT = LONG_IOVS_AT + 2 * IOV;
    private static final int TOTAL = LONG_HEADER_AT + IOV;

    private static final int MSG_DONTWAIT = 0x40;
    private static final int ENXIO = 6;
    private static final int EAGAIN = 11;
    private static final int ENETDOWN = 100;

    private final Libc libc = new Libc();
    private final int fd;
    private final UnsafeBuffer memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(TOTAL, 64));
    private final AtomicLong refused = new AtomicLong();
    private UnsafeBuffer bounce;
    private int size;

    SendBatch(final PacketSocket socket) {
        fd = socket.fd();
        final long address = memory.addressOffset();
        for (int i = 0; i < CAPACITY; i++) {
            message(i * MESSAGE, IOVS_AT + i * IOV, 1);
            memory.putLong(IOVS_AT + i * IOV, address + (SLOTS_AT + i * SLOT + HEADER_AT));
        }
        message(LONG_AT, LONG_IOVS_AT, 2);
        memory.putLong(LONG_IOVS_AT, address + LONG_HEADER_AT);
        memory.putLong(LONG_IOVS_AT + IOV_LENGTH, VirtioHeader.LENGTH);
    }

    private void message(final int at, final int iovAt, final int iovs) {
        memory.putLong(at + IOV_POINTER, memory.addressOffset() + iovAt);
        memory.putLong(at + IOV_COUNT, iovs);
    }

    @Override
    public boolean transmit(final DirectBuffer buffer, final int offset, final int length, final Offload offload) {
        if (length > LONGEST) {
            flush();
            return sendLong(buffer, offset, length, offload);
        }
        if (size == CAPACITY) {
            flush();
        }
        final int slot = SLOTS_AT + size * SLOT;
        VirtioHeader.write(memory, slot + HEADER_AT, offload, buffer, offset);
        memory.putBytes(slot + FRAME_AT, buffer, offset, length);
        memory.putLong(IOVS_AT + size * IOV + IOV_LENGTH, VirtioHeader.LENGTH + length);
        size++;
        return true;
    }

    private boolean sendLong(final DirectBuffer buffer, final int offset, final int length, final Offload offload) {
        if (length > LONGEST_OF_ALL) {
            return false;
        }
        final boolean isArray = buffer.byteArray() != null; // which no system call can read
        if (isArray) {
            bounce().putBytes(0, buffer, offset, length);
        }
        VirtioHeader.write(memory, LONG_HEADER_AT, offload, buffer, offset);
        memory.putLong(LONG_IOVS_AT + IOV, isArray ? bounce.addressOffset() : buffer.addressOffset() + offset);
        memory.putLong(LONG_IOVS_AT + IOV + IOV_LENGTH, length);
        return libc.sendmmsg(fd, memory.addressOffset() + LONG_AT, 1, MSG_DONTWAIT) == 1;
    }

    /** The device is gone or down, or the socket has no room; otherwise it is one frame that is too long, malformed, or dropped by the device. */
    static boolean refusesAll(final int errno) {
        return errno == EAGAIN || errno == ENETDOWN || errno == ENXIO;
    }

    private UnsafeBuffer bounce() {
        if (bounce == null) {
            bounce = new UnsafeBuffer(BufferUtil.allocateDirectAligned(LONGEST_OF_ALL, 64));
        }
        return bounce;
    }

    @Override
    public void flush() {
        int sent = 0;
        while (sent < size) {
            final int count =
                    libc.sendmmsg(fd, memory.addressOffset() + (long) sent * MESSAGE, size - sent, MSG_DONTWAIT);
            if (count > 0) {
                sent += count;
                continue;
            }
            final int lost = refusesAll(libc.errno()) ? size - sent : 1;
            refused.lazySet(refused.get() + lost);
            sent += lost;
        }
        size = 0;
    }

    @Override
    public long refused() {
        return refused.get();
    }

    @Override
    public void close() {}
}
