package org.dvr.dataplane.io.afpacket;

import java.util.concurrent.atomic.AtomicLong;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.UnusableDeviceException;

/**
 * Ring of TPACKET_V3: blocks into which the kernel packs frames of any length, handed over when full or after a millisecond.
 *
 * <pre>
 *   block: | struct tpacket_block_desc | frame | frame | ...
 *   frame: | struct tpacket3_hdr | ... | virtio_net_hdr | bytes |
 *                                                       ^ tp_mac
 * </pre>
 */
final class BlockRing implements ReceiveRing {
    private static final int BLOCK_SIZE = 1 << 18;
    private static final int LEAST_BLOCKS = 4;

    private static final int BLOCK_STATUS = 8;
    private static final int NUM_PKTS = 12;
    private static final int FIRST_PKT = 16;

    private static final int NEXT_OFFSET = 0;
    private static final int SNAPLEN = 12;
    private static final int LEN = 16;
    private static final int STATUS = 20;
    private static final int MAC = 24;
    private static final int VLAN_TCI = 32;
    private static final int VLAN_TPID = 36;

    private final UnsafeBuffer ring;
    private final AtomicLong tooLong = new AtomicLong();
    private int block;
    private int frame; // in a block that is ours
    private int left; // frames of it not received yet

    BlockRing(final PacketSocket socket, final int bytes) throws UnusableDeviceException {
        final int blocks = Math.max(LEAST_BLOCKS, bytes / BLOCK_SIZE);
        ring = socket.ring(PacketSocket.RX_RING, PacketSocket.VERSION_3, BLOCK_SIZE, blocks, BLOCK_SIZE);
    }

    @Override
    public int receive(
            final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
        while (left > 0 || open()) {
            final int frame = this.frame;
            final int length = ring.getInt(frame + LEN);
            final boolean isWhole = length <= ring.getInt(frame + SNAPLEN);
            final int tagged = isWhole ? copy(frame, length, destination, offset, capacity, offload) : 0;
            this.frame = frame + ring.getInt(frame + NEXT_OFFSET);
            if (--left == 0) {
                close();
            }
            if (isWhole) {
                return tagged;
            }
            tooLong.lazySet(tooLong.get() + 1);
        }
        return PacketPort.NOTHING;
    }

    /** A block that is handed over may be empty: the kernel had begun it. */
    private boolean open() {
        while ((ring.getIntVolatile(block + BLOCK_STATUS) & USER) != 0) {
            left = ring.getInt(block + NUM_PKTS);
            if (left > 0) {
                frame = block + ring.getInt(block + FIRST_PKT);
                return true;
            }
            close();
        }
        return false;
    }

    private void close() {
        ring.putIntOrdered(block + BLOCK_STATUS, 0);
        block = block + BLOCK_SIZE == ring.capacity() ? 0 : block + BLOCK_SIZE;
    }

    private int copy(
            final int frame,
            final int length,
            final MutableDirectBuffer destination,
            final int offset,
            final int capacity,
            final Offload offload) {
        final int at = frame + (ring.getShort(frame + MAC) & 0xffff);
        final int tag = VlanTags.of(ring.getInt(frame + STATUS), ring, frame + VLAN_TPID, frame + VLAN_TCI);
        if (tag == 0) {
            VirtioHeader.read(ring, at - VirtioHeader.LENGTH, offset, offload);
            destination.putBytes(offset, ring, at, Math.min(length, capacity));
            return length;
        }
        VirtioHeader.read(ring, at - VirtioHeader.LENGTH, offset + VlanTags.LENGTH, offload);
        VlanTags.copy(ring, at, length, tag, destination, offset, capacity);
        return length + VlanTags.LENGTH;
    }

    @Override
    public long tooLong() {
        return tooLong.get();
    }
}
