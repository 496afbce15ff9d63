package org.dvr.dataplane.io.afpacket;

import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SystemCallException;

/**
 * Sends by a call per burst: sendmmsg(2), or a {@link BurstProgram}, which is cheaper from four frames on. Frames are copied until then; one too long for that
 * is sent at once, from where it is, after those before it.
 *
 * <pre>
 *   struct mmsghdr (64)[CAPACITY] | struct iovec (16)[CAPACITY]
 *   and for the one that is long: struct mmsghdr | struct iovec[2] | virtio_net_hdr | struct cmsghdr with the mark of a segment in a tunnel
 * </pre>
 *
 * The frames with their virtio-net headers are in the slots of {@link BurstProgram}'s picture, for either way.
 */
final class SendBatch implements Transmitter {
    private static final int CAPACITY = 64;
    private static final int LONGEST = 2_032;
    private static final int LONGEST_OF_ALL = 1 << 17;
    private static final int LENGTH_AT = 0;
    private static final int FRAME_AT = BurstProgram.FRAME_AT;
    private static final int HEADER_AT = FRAME_AT - VirtioHeader.LENGTH;
    // An odd number of cache lines: slots a power of two apart would compete for the same sets of the cache.
    private static final int SLOT = FRAME_AT + LONGEST + 64;

    // Fewer frames than that are cheaper one by one.
    private static final int LEAST_FOR_PROGRAM = 4;

    private static final int MESSAGE = 64;
    private static final int IOV_POINTER = 16;
    private static final int IOV_COUNT = 24;
    private static final int CONTROL_POINTER = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int IOV = 16;
    private static final int IOV_LENGTH = 8;

    // struct cmsghdr with a mark.
    private static final int CONTROL_SPACE = 24;
    private static final int CONTROL_USED = 20;
    private static final int SOL_SOCKET = 1;
    private static final int SO_MARK = 36;

    private static final int IOVS_AT = CAPACITY * MESSAGE;
    private static final int LONG_AT = IOVS_AT + CAPACITY * IOV;
    private static final int SLOTS_AT = BurstProgram.SLOTS_AT;
    private static final int LONG_IOVS_AT = LONG_AT + MESSAGE;
    private static final int LONG_HEADER_AT = LONG_IOVS_AT + 2 * IOV;
    private static final int LONG_CONTROL_AT = LONG_HEADER_AT + IOV;
    private static final int TOTAL = LONG_CONTROL_AT + CONTROL_SPACE;

    private static final int ETHERNET_LENGTH = 14;
    private static final int MSG_DONTWAIT = 0x40;

    private final Libc libc = new Libc();
    private final int fd;
    private final UnsafeBuffer memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(TOTAL, 64));
    private final AtomicLong refused = new AtomicLong();
    private final UnsafeBuffer slots;
    private final BurstProgram program;
    private final int programLimit;
    private final TunnelProgram tunnels;
    private UnsafeBuffer bounce;
    private int size;
    private boolean isForProgram = true; // all that is collected

    /**
     * @param socket sends what the program does not
     * @param program sends bursts, null = the socket does
     * @param programLimit the longest frame that the device takes of it
     * @param tunnels puts headers in front of segments, null = they are not sent into tunnels
     */
    private SendBatch(
            final PacketSocket socket,
            final BurstProgram program,
            final int programLimit,
            final TunnelProgram tunnels) {
        this.tunnels = tunnels;
        this.program = program;
        this.programLimit = programLimit;
        fd = socket.fd();
        slots = program == null
                ? new UnsafeBuffer(BufferUtil.allocateDirectAligned(SLOTS_AT + CAPACITY * SLOT, 64))
                : program.memory();
        for (int i = 0; i < CAPACITY; i++) {
            message(i * MESSAGE, IOVS_AT + i * IOV, 1);
            memory.putLong(IOVS_AT + i * IOV, slots.addressOffset() + (SLOTS_AT + i * SLOT + HEADER_AT));
        }
        message(LONG_AT, LONG_IOVS_AT, 2);
        memory.putLong(LONG_IOVS_AT, memory.addressOffset() + LONG_HEADER_AT);
        memory.putLong(LONG_IOVS_AT + IOV_LENGTH, VirtioHeader.LENGTH);
        memory.putLong(LONG_AT + CONTROL_POINTER, memory.addressOffset() + LONG_CONTROL_AT);
        memory.putLong(LONG_CONTROL_AT, CONTROL_USED);
        memory.putInt(LONG_CONTROL_AT + 8, SOL_SOCKET);
        memory.putInt(LONG_CONTROL_AT + 12, SO_MARK);
        memory.putInt(LONG_CONTROL_AT + 16, tunnels == null ? 0 : tunnels.mark());
    }

    /** By the socket alone. */
    static SendBatch of(final PacketSocket socket) {
        return new SendBatch(socket, null, 0, null);
    }

    /**
     * By a program where it pays.
     *
     * @param index of the socket's device
     * @param tunnels puts headers in front of segments, null = they are not sent into tunnels; closed with this
     * @throws SystemCallException where programs cannot be had
     */
    static SendBatch withProgram(final PacketSocket socket, final int index, final TunnelProgram tunnels)
            throws SystemCallException, UnusableDeviceException {
        final int limit = ETHERNET_LENGTH + socket.mtu();
        return new SendBatch(socket, new BurstProgram(index, CAPACITY, SLOT), limit, tunnels);
    }

    private void message(final int at, final int iovAt, final int iovs) {
        memory.putLong(at + IOV_POINTER, memory.addressOffset() + iovAt);
        memory.putLong(at + IOV_COUNT, iovs);
    }

    @Override
    public boolean transmit(final DirectBuffer buffer, final int offset, final int length, final Offload offload) {
        if (offload.innerAt != 0) {
            flush();
            return sendIntoTunnel(buffer, offset, length, offload);
        }
        if (length > LONGEST) {
            flush();
            memory.putLong(LONG_AT + CONTROL_LENGTH, 0);
            return sendLong(buffer, offset, length, offload);
        }
        final int slot = nextSlot();
        VirtioHeader.write(slots, slot + HEADER_AT, offload, buffer, offset);
        slots.putBytes(slot + FRAME_AT, buffer, offset, length);
        isForProgram &= !offload.isLargeSegment();
        add(slot, length);
        return true;
    }

    @Override
    public long place(final int length) {
        return length > LONGEST ? PacketPort.NOWHERE : slots.addressOffset() + nextSlot() + FRAME_AT;
    }

    @Override
    public void sendPlaced(final int length, final int checksumStart, final int checksumOffset) {
        final int slot = nextSlot();
        VirtioHeader.write(slots, slot + HEADER_AT, checksumStart, checksumOffset);
        add(slot, length);
    }

    /** Where the next frame is collected. */
    private int nextSlot() {
        if (size == CAPACITY) {
            flush();
        }
        return SLOTS_AT + size * SLOT;
    }

    private void add(final int slot, final int length) {
        slots.putInt(slot + LENGTH_AT, length);
        memory.putLong(IOVS_AT + size * IOV + IOV_LENGTH, VirtioHeader.LENGTH + length);
        isForProgram &= length <= programLimit;
        size++;
    }

    private boolean sendIntoTunnel(
            final DirectBuffer buffer, final int offset, final int length, final Offload offload) {
        if (tunnels == null || !tunnels.takeHeaders(buffer, offset, offload.innerAt)) {
            return false;
        }
        memory.putLong(LONG_AT + CONTROL_LENGTH, CONTROL_SPACE);
        return sendLong(buffer, offload.innerAt, offset + length - offload.innerAt, offload);
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

    private UnsafeBuffer bounce() {
        if (bounce == null) {
            bounce = new UnsafeBuffer(BufferUtil.allocateDirectAligned(LONGEST_OF_ALL, 64));
        }
        return bounce;
    }

    @Override
    public void flush() {
        if (size < LEAST_FOR_PROGRAM || !isForProgram || !runProgram()) {
            send();
        }
        size = 0;
        isForProgram = true;
    }

    private boolean runProgram() {
        if (program == null) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            VirtioHeader.complete(
                    slots, SLOTS_AT + i * SLOT + HEADER_AT, slots.getInt(SLOTS_AT + i * SLOT + LENGTH_AT));
        }
        final int lost = program.run(size);
        if (lost > 0) {
            refused.lazySet(refused.get() + lost);
        }
        return lost >= 0;
    }

    private void send() {
        int sent = 0;
        while (sent < size) {
            final int count =
                    libc.sendmmsg(fd, memory.addressOffset() + (long) sent * MESSAGE, size - sent, MSG_DONTWAIT);
            if (count > 0) {
                sent += count;
                continue;
            }
            refused.lazySet(
                    refused.get() + 1); // too long, malformed, dropped by the device; or all are, one after another
            sent++;
        }
    }

    @Override
    public boolean takesTunnelSegments() {
        return tunnels != null;
    }

    @Override
    public long refused() {
        return refused.get();
    }

    @Override
    public void close() {
        if (program != null) {
            program.close();
        }
        if (tunnels != null) {
            tunnels.close();
        }
    }
}
