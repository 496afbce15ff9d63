package org.dvr.dataplane.io.afpacket;

import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.sys.Libc;

/**
 * Ring of TPACKET_V2: slots of one size, each handed over by itself as soon as the kernel has filled it.
 *
 * <pre>
 *   slot: | struct tpacket2_hdr | ... | virtio_net_hdr | frame |
 *                                                      ^ tp_mac
 * </pre>
 *
 * A frame that does not fit its slot (a large segment, mostly) lies whole in the socket's queue, in the order of the slots that say so, and is fetched by a
 * system call, straight to where it is wanted.
 */
final class FrameRing implements ReceiveRing {
    private static final int BLOCK_SIZE = 1 << 16;

    private static final int STATUS = 0;
    private static final int LEN = 4;
    private static final int SNAPLEN = 8;
    private static final int MAC = 12;
    private static final int VLAN_TCI = 24;
    private static final int VLAN_TPID = 26;

    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;

    // A struct msghdr, its three struct iovec, the virtio_net_hdr.
    private static final int IOV_POINTER = 16;
    private static final int IOV_COUNT = 24;
    private static final int IOV = 64;
    private static final int IOV_LENGTH = 16;
    private static final int VNET = 128;
    private static final int MESSAGE_LENGTH = 192;
    private static final int LONGEST = 1 << 17;

    private final Libc libc = new Libc();
    private final int fd;
    private final UnsafeBuffer ring;
    private final int slotSize;
    private final UnsafeBuffer message = new UnsafeBuffer(BufferUtil.allocateDirectAligned(MESSAGE_LENGTH, 64));
    private final AtomicLong tooLong = new AtomicLong();

    /** Slots before this one that the kernel gets back when the burst that they are of has been processed. */
    private int shown;

    private long shownBurst;
    private UnsafeBuffer bounce; // where the destination is an array, which no system call can write to
    private int slot;

    FrameRing(final PacketSocket socket, final int frames, final int frameSize) throws UnusableDeviceException {
        fd = socket.fd();
        slotSize = frameSize;
        socket.queuesLongFrames();
        ring = socket.ring(
                PacketSocket.RX_RING, PacketSocket.VERSION_2, BLOCK_SIZE, frames * frameSize / BLOCK_SIZE, frameSize);
        message.putLong(IOV_POINTER, message.addressOffset() + IOV);
        message.putLong(IOV, message.addressOffset() + VNET);
        message.putLong(IOV + 8, VirtioHeader.LENGTH);
    }

    @Override
    public int receive(
            final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
        for (; ; ) {
            final int slot = this.slot;
            final int status = ring.getIntVolatile(slot + STATUS);
            if ((status & USER) == 0) {
                return PacketPort.NOTHING;
            }
            final int tag = VlanTags.of(status, ring, slot + VLAN_TPID, slot + VLAN_TCI);
            final int length = ring.getInt(slot + LEN) <= ring.getInt(slot + SNAPLEN)
                    ? copy(slot, tag, destination, offset, capacity, offload)
                    : fetch(status, tag, destination, offset, capacity, offload);
            take(slot);
            if (shown == 1) {
                release();
            }
            if (length != PacketPort.NOTHING) {
                return length;
            }
        }
    }

    @Override
    public int view(final Arrival arrival, final long burst) {
        if (burst != shownBurst) {
            shownBurst = burst;
            release();
        }
        final int slot = this.slot;
        final int status = ring.getIntVolatile(slot + STATUS);
        if ((status & USER) == 0 || shown * slotSize == ring.capacity()) {
            return PacketPort.NOTHING;
        }
        final int length = ring.getInt(slot + SNAPLEN);
        final int at = slot + (ring.getShort(slot + MAC) & 0xffff);
        arrival.lies(ring.addressOffset() + at, length);
        if (!VirtioHeader.read(ring, at - VirtioHeader.LENGTH, arrival)
                || ring.getInt(slot + LEN) > length
                || VlanTags.of(status, ring, slot + VLAN_TPID, slot + VLAN_TCI) != 0) {
            return PacketPort.UNSEEN;
        }
        take(slot);
        return length;
    }

    private void take(final int slot) {
        shown++;
        this.slot = slot + slotSize == ring.capacity() ? 0 : slot + slotSize;
    }

    /** Gives slots back, in their order: the kernel fills none that comes after one that it has not got. */
    private void release() {
        for (int at = slot - shown * slotSize; shown > 0; at += slotSize, shown--) {
            ring.putIntOrdered((at < 0 ? at + ring.capacity() : at) + STATUS, 0);
        }
    }

    private int copy(
            final int slot,
            final int tag,
            final MutableDirectBuffer destination,
            final int offset,
            final int capacity,
            final Offload offload) {
        final int length = ring.getInt(slot + SNAPLEN);
        final int at = slot + (ring.getShort(slot + MAC) & 0xffff);
        if (tag == 0) {
            VirtioHeader.read(ring, at - VirtioHeader.LENGTH, offset, offload);
            destination.putBytes(offset, ring, at, Math.min(length, capacity));
            return length;
        }
        VirtioHeader.read(ring, at - VirtioHeader.LENGTH, offset + VlanTags.LENGTH, offload);
        VlanTags.copy(ring, at, length, tag, destination, offset, capacity);
        return length + VlanTags.LENGTH;
    }

    /** Takes the next frame from the socket's queue, {@link PacketPort#NOTHING} when it had no room for it. */
    private int fetch(
            final int status,
            final int tag,
            final MutableDirectBuffer destination,
            final int offset,
            final int capacity,
            final Offload offload) {
        if ((status & COPIED) == 0) {
            tooLong.lazySet(tooLong.get() + 1);
            return PacketPort.NOTHING;
        }
        final boolean isArray = destination.byteArray() != null;
        final int shift = tag == 0 ? 0 : VlanTags.LENGTH;
        final int room = isArray ? Math.min(capacity, LONGEST) : capacity;
        aim(isArray ? bounce().addressOffset() : destination.addressOffset() + offset, room, shift);
        final int length =
                (int) libc.recvmsg(fd, message.addressOffset(), MSG_DONTWAIT | MSG_TRUNC) - VirtioHeader.LENGTH + shift;
        if (length < shift) {
            return PacketPort.NOTHING; // the device went down, and its error was in front
        }
        if (isArray) {
            destination.putBytes(offset, bounce, 0, Math.min(length, room));
        }
        if (tag != 0) {
            destination.putInt(offset + VlanTags.OFFSET, tag, ByteOrder.BIG_ENDIAN);
        }
        VirtioHeader.read(message, VNET, offset + shift, offload);
        return length;
    }

    /** Has the next frame written to an address, with a gap for its tag. */
    private void aim(final long address, final int capacity, final int shift) {
        message.putLong(IOV_COUNT, shift == 0 ? 2 : 3);
        message.putLong(IOV + IOV_LENGTH, address);
        message.putLong(IOV + IOV_LENGTH + 8, shift == 0 ? capacity : VlanTags.OFFSET);
        message.putLong(IOV + 2 * IOV_LENGTH, address + VlanTags.OFFSET + shift);
        message.putLong(IOV + 2 * IOV_LENGTH + 8, capacity - VlanTags.OFFSET - shift);
    }

    private UnsafeBuffer bounce() {
        if (bounce == null) {
            bounce = new UnsafeBuffer(BufferUtil.allocateDirectAligned(LONGEST, 64));
        }
        return bounce;
    }

    @Override
    public long tooLong() {
        return tooLong.get();
    }
}
