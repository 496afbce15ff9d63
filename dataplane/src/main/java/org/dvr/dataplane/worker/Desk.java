package org.dvr.dataplane.worker;

import java.lang.invoke.VarHandle;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.pipeline.Colleagues;
import org.dvr.dataplane.topology.Attachment;

/**
 * One worker's place among several: what it hands to each of the others, and what they hand to it. Two rings for each pair and direction, one writer and one
 * reader each: frames that belong to the other, and notes about what was learned. Nobody waits: a full ring costs the frame ({@code handover-full}) or the
 * note, and every note is told or asked again.
 *
 * <pre>
 *   frame: | attachment id (4) | checksum place, NOWHERE = none (4) | its offset (4) | segment size (4) | kind (4) | verified (4) | bytes |
 *   note:  | domain or segment id (4) | IPv4 address or place (4) | MAC (8) | time (8) |        its kind is the type of the message
 * </pre>
 *
 * Used by its worker's thread alone, but for {@link #hasMail}.
 */
final class Desk implements Colleagues {
    private static final int NOWHERE = Integer.MIN_VALUE;
    private static final int FRAME = 1;
    private static final int HEARD = 2;
    private static final int HEARD_AGAIN = 3;
    private static final int ASKS = 4;
    private static final int LOST = 5;
    private static final int SEEN = 6;

    private static final int FRAME_HEADER = 24;
    private static final int NOTE_LENGTH = 24;
    private static final int NOTES_BYTES = 64 << 10;
    private static final int NOTE_LIMIT = 256;
    private static final int RING_SHARE = 8; // Agrona takes messages of an eighth of the ring at most

    private final int index;
    private final Desk[] desks; // of all workers, this one among them
    private final OneToOneRingBuffer[] framesFrom;
    private final OneToOneRingBuffer[] notesFrom;
    private final MessageHandler takeFrame = this::takeFrame;
    private final MessageHandler takeNote = this::takeNote;
    private long handedTo; // a bit for each worker that something was handed to in this duty cycle
    private long handedOver;
    private Worker worker;
    private long nowNs;
    private volatile boolean isWaiting;

    /**
     * @param index of the worker, 0 is the leader
     * @param desks of all workers, filled in by the caller
     * @param frameCapacity longest frame in bytes
     */
    Desk(final int index, final Desk[] desks, final int frameCapacity) {
        this.index = index;
        this.desks = desks;
        framesFrom = new OneToOneRingBuffer[desks.length];
        notesFrom = new OneToOneRingBuffer[desks.length];
        for (int from = 0; from < desks.length; from++) {
            if (from != index) {
                framesFrom[from] = ring(Integer.highestOneBit((frameCapacity + FRAME_HEADER) * RING_SHARE) << 1);
                notesFrom[from] = ring(NOTES_BYTES);
            }
        }
    }

    private static OneToOneRingBuffer ring(final int bytes) {
        return new OneToOneRingBuffer(
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(bytes + RingBufferDescriptor.TRAILER_LENGTH, 128)));
    }

    void worker(final Worker owner) {
        worker = owner;
    }

    int index() {
        return index;
    }

    /** @return frames that were handed to others */
    long handedOver() {
        return handedOver;
    }

    /**
     * Hands a frame to the worker that it belongs to.
     *
     * @param frame as received; the caller keeps it
     * @param owner another worker
     * @return false when that one has no room
     */
    boolean hand(final Frame frame, final int owner) {
        final OneToOneRingBuffer ring = desks[owner].framesFrom[index];
        final int at = ring.tryClaim(FRAME, FRAME_HEADER + frame.length());
        if (at < 0) {
            return false;
        }
        final Offload offload = frame.offload;
        final MutableDirectBuffer to = ring.buffer();
        to.putInt(at, frame.ingress().id());
        to.putInt(at + 4, offload.checksumAt == 0 ? NOWHERE : offload.checksumAt - frame.offset());
        to.putInt(at + 8, offload.checksumOffset);
        to.putInt(at + 12, offload.segmentSize);
        to.putInt(at + 16, offload.segmentKind);
        to.putInt(at + 20, offload.isVerified ? 1 : 0);
        to.putBytes(at + FRAME_HEADER, frame.buffer(), frame.offset(), frame.length());
        ring.commit(at);
        handedTo |= 1L << owner;
        handedOver++;
        return true;
    }

    /**
     * Takes what others have handed over, notes first; at most two bursts of frames from each.
     *
     * @param timeNs current time
     * @return how much there was
     */
    int take(final long timeNs) {
        nowNs = timeNs;
        int count = 0;
        for (int from = 0; from < desks.length; from++) {
            if (from != index) {
                count += notesFrom[from].read(takeNote, NOTE_LIMIT);
                count += takeFrames(framesFrom[from]);
            }
        }
        return count;
    }

    /** Twice what one cycle brings, so that a backlog goes; one reading ends where the ring does. */
    private int takeFrames(final OneToOneRingBuffer ring) {
        final int limit = worker.roomForFrames();
        final int count = ring.read(takeFrame, limit);
        return count == 0 || count == limit ? count : count + ring.read(takeFrame, limit - count);
    }

    private void takeFrame(final int type, final DirectBuffer from, final int at, final int length) {
        final Attachment attachment = worker.attachment(from.getInt(at));
        if (attachment == null) {
            return; // gone meanwhile, and with it its device: not received
        }
        final Frame frame = worker.takeFrame();
        final int bytes = length - FRAME_HEADER;
        from.getBytes(at + FRAME_HEADER, frame.buffer(), frame.start(), bytes);
        frame.received(attachment, bytes);
        final Offload offload = frame.offload;
        final int checksumAt = from.getInt(at + 4);
        offload.checksumAt = checksumAt == NOWHERE ? 0 : checksumAt + frame.start();
        offload.checksumOffset = from.getInt(at + 8);
        offload.segmentSize = from.getInt(at + 12);
        offload.segmentKind = from.getInt(at + 16);
        offload.isVerified = from.getInt(at + 20) != 0;
        worker.handed(frame, nowNs);
    }

    private void takeNote(final int type, final DirectBuffer from, final int at, final int length) {
        final int domain = from.getInt(at);
        final int address = from.getInt(at + 4);
        final long mac = from.getLong(at + 8);
        final long timeNs = from.getLong(at + 16);
        switch (type) {
            case HEARD, HEARD_AGAIN -> worker.pipeline().heard(domain, address, mac, type == HEARD, timeNs);
            case ASKS -> worker.pipeline().asked(domain, address, (int) timeNs, mac, nowNs);
            case LOST -> worker.pipeline().lost(domain, address, nowNs);
            case SEEN -> worker.pipeline().seen(domain, mac, address, timeNs);
            default -> throw new IllegalStateException("unknown note, type=" + type);
        }
    }

    @Override
    public boolean isLeader() {
        return index == 0;
    }

    @Override
    public boolean hasOthers() {
        return true;
    }

    @Override
    public void heard(final int domain, final int ip, final long mac, final boolean makesKnown, final long timeNs) {
        tellAll(makesKnown ? HEARD : HEARD_AGAIN, domain, ip, mac, timeNs);
    }

    @Override
    public void asks(final int domain, final int ip, final int senderIp, final long senderMac) {
        tell(0, ASKS, domain, ip, senderMac, senderIp);
    }

    @Override
    public void lost(final int domain, final int ip) {
        tellAll(LOST, domain, ip, 0, 0);
    }

    @Override
    public void seen(final int segmentId, final long mac, final int where, final long timeNs) {
        tellAll(SEEN, segmentId, where, mac, timeNs);
    }

    private void tellAll(final int type, final int domain, final int address, final long mac, final long timeNs) {
        for (int to = 0; to < desks.length; to++) {
            if (to != index) {
                tell(to, type, domain, address, mac, timeNs);
            }
        }
    }

    private void tell(
            final int to, final int type, final int domain, final int address, final long mac, final long timeNs) {
        final OneToOneRingBuffer ring = desks[to].notesFrom[index];
        final int at = ring.tryClaim(type, NOTE_LENGTH);
        if (at < 0) {
            return; // told or asked again later
        }
        final MutableDirectBuffer buffer = ring.buffer();
        buffer.putInt(at, domain);
        buffer.putInt(at + 4, address);
        buffer.putLong(at + 8, mac);
        buffer.putLong(at + 16, timeNs);
        ring.commit(at);
        handedTo |= 1L << to;
    }

    /** Wakes those who sleep and were handed something; at the end of a duty cycle. */
    void wakeOthers() {
        if (handedTo == 0) {
            return;
        }
        VarHandle.fullFence(); // what was handed over is seen before it is asked who sleeps
        for (int to = 0; to < desks.length; to++) {
            if ((handedTo >>> to & 1) != 0 && desks[to].isWaiting) {
                desks[to].worker.inbox().wake();
            }
        }
        handedTo = 0;
    }

    /**
     * Says that this worker is about to sleep, or has slept.
     *
     * @param waits true before
     * @return false when something has come meanwhile: it must not sleep then
     */
    boolean waiting(final boolean waits) {
        isWaiting = waits; // volatile: seen before the rings are looked at
        return !waits || !hasMail();
    }

    /** @return true when another worker has handed something over */
    boolean hasMail() {
        for (int from = 0; from < desks.length; from++) {
            if (from != index && (notesFrom[from].size() > 0 || framesFrom[from].size() > 0)) {
                return true;
            }
        }
        return false;
    }
}
