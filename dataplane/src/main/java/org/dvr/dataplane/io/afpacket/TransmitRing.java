package org.dvr.dataplane.io.afpacket;

import java.util.concurrent.atomic.AtomicLong;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.sys.Libc;

/**
 * PACKET_TX_RING of a socket of its own: frames are written where the kernel sends them from, a call per burst hands them over.
 *
 * <pre>
 *   slot: | struct tpacket2_hdr (32) | virtio_net_hdr (10) | frame |
 * </pre>
 *
 * A slot is free again when the device has sent its frame. When none is, the kernel is called once, and the frame refused if that did not help. Frames too
 * long for a slot go by a {@link SendBatch}, after those before them.
 */
final class TransmitRing implements Transmitter {
    private static final int SLOT = 2_048;
    private static final int SLOTS = 1_024;
    private static final int BLOCK_SIZE = 1 << 16;

    private static final int STATUS = 0;
    private static final int LEN = 4;
    private static final int HEADER_AT = 32;
    private static final int FRAME_AT = HEADER_AT + VirtioHeader.LENGTH;
    private static final int LONGEST = SLOT - FRAME_AT;

    private static final int AVAILABLE = 0;
    private static final int SEND_REQUEST = 1;
    private static final int WRONG_FORMAT = 4;

    private static final int MSG_DONTWAIT = 0x40;
    private static final int ENXIO = 6;
    private static final int EAGAIN = 11;
    private static final int ENETDOWN = 100;

    private final Libc libc = new Libc();
    private final PacketSocket socket;
    private final UnsafeBuffer ring;
    private final SendBatch batch;
    private final AtomicLong refused = new AtomicLong();
    private int first; // slot of the first frame that the kernel was not told of
    private int size; // how many of them
    private int bytes; // of them all

    /**
     * @param config of the device
     * @param batch for frames too long for the ring
     */
    TransmitRing(final AfPacketConfig config, final SendBatch batch) throws UnusableDeviceException {
        this.batch = batch;
        socket = new PacketSocket(config.device());
        boolean isOpen = false;
        try {
            final int index = socket.index();
            socket.hasOffloads();
            if (config.bypassesQdisc()) {
                socket.bypassesQdisc();
            }
            ring = socket.ring(
                    PacketSocket.TX_RING, PacketSocket.VERSION_2, BLOCK_SIZE, SLOTS * SLOT / BLOCK_SIZE, SLOT);
            socket.bind(index, false);
            isOpen = true;
        } finally {
            if (!isOpen) {
                socket.close();
            }
        }
    }

    @Override
    public boolean transmit(final DirectBuffer buffer, final int offset, final int length, final Offload offload) {
        if (length > LONGEST) {
            flush();
            return batch.transmit(buffer, offset, length, offload);
        }
        batch.flush();
        if (size == SLOTS || ring.getIntVolatile(slot(size)) != AVAILABLE) {
            flush();
            if (ring.getIntVolatile(slot(size)) != AVAILABLE) {
                return false;
            }
        }
        final int slot = slot(size);
        VirtioHeader.write(ring, slot + HEADER_AT, offload, buffer, offset);
        ring.putBytes(slot + FRAME_AT, buffer, offset, length);
        ring.putInt(slot + LEN, VirtioHeader.LENGTH + length);
        ring.putIntOrdered(slot + STATUS, SEND_REQUEST);
        size++;
        bytes += length;
        return true;
    }

    private int slot(final int index) {
        return (first + index) % SLOTS * SLOT;
    }

    @Override
    public void flush() {
        batch.flush();
        // What it answers is the bytes of the frames it has sent, as long as nothing went wrong; why it did is asked by
        // trying once more, since to learn that allocates.
        if (size > 0 && libc.kick(socket.fd(), MSG_DONTWAIT) == bytes) {
            take(size);
            return;
        }
        take(sent());
        while (size > 0) {
            if (libc.sendto(socket.fd(), 0, 0, MSG_DONTWAIT, 0, 0) == bytes) {
                take(size);
                return;
            }
            final int sent = sent();
            final boolean isOnlyFirst = sent < size && (isWrong(sent) || !refusesAll(libc.errno()));
            take(sent);
            if (isOnlyFirst) {
                leaveOutFirst();
            } else {
                withdraw();
            }
        }
    }

    /** How many of the first frames have left. */
    private int sent() {
        int sent = 0;
        while (sent < size && ring.getIntVolatile(slot(sent)) != SEND_REQUEST && !isWrong(sent)) {
            sent++;
        }
        return sent;
    }

    private boolean isWrong(final int index) {
        return (ring.getIntVolatile(slot(index)) & WRONG_FORMAT) != 0;
    }

    private void take(final int count) {
        for (int i = 0; i < count; i++) {
            bytes -= ring.getInt(slot(i) + LEN) - VirtioHeader.LENGTH;
        }
        first = (first + count) % SLOTS;
        size -= count;
    }

    /** The device is gone or down, or the socket has no room; otherwise it is one frame that is too long, malformed, or dropped by the device. */
    private static boolean refusesAll(final int errno) {
        return errno == EAGAIN || errno == ENETDOWN || errno == ENXIO;
    }

    /** The kernel insists on its slot: those behind it move up. */
    private void leaveOutFirst() {
        refused.lazySet(refused.get() + 1);
        bytes -= ring.getInt(slot(0) + LEN) - VirtioHeader.LENGTH;
        size--;
        for (int i = 0; i < size; i++) {
            ring.putBytes(slot(i) + LEN, ring, slot(i + 1) + LEN, SLOT - LEN);
            ring.putIntOrdered(slot(i), SEND_REQUEST);
        }
        ring.putIntOrdered(slot(size), AVAILABLE);
    }

    /** The device is down, or the socket has no room: what the kernel has left is lost. */
    private void withdraw() {
        for (int i = 0; i < size; i++) {
            ring.putIntOrdered(slot(i), AVAILABLE);
        }
        refused.lazySet(refused.get() + size);
        size = 0;
        bytes = 0;
    }

    @Override
    public long refused() {
        return refused.get() + batch.refused();
    }

    @Override
    public void close() {
        socket.close();
    }
}
