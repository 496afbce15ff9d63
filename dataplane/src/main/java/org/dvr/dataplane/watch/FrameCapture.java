package org.dvr.dataplane.watch;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.dvr.dataplane.frame.DropReason;

/**
 * Copies of frames on their way from a worker to the supervisor: those of one attachment point in both directions, or those that are dropped. One for
 * each worker. A bounded ring outside of the heap; when it is full the copy is lost and counted, the frame goes on.
 *
 * <pre>
 *    0  time (8, worker's)      8  attachment id (4), -1 unknown     12  kind (4): {@link #IN}, {@link #OUT} or {@link #DROPPED}
 *   16  id of the drop reason (4), -1 none                            20  length of the frame (4)       24  its bytes, as many as were copied
 * </pre>
 */
public final class FrameCapture {
    /** It came in at the attachment point. */
    public static final int IN = 0;

    /** It left by the attachment point. */
    public static final int OUT = 1;

    /** It ended here. */
    public static final int DROPPED = 2;

    /** Attachment id of a capture of dropped frames, and of a frame that came from none. */
    public static final int NOWHERE = -1;

    /** Bytes of a ring unless told otherwise: some thousand frames. */
    public static final int DEFAULT_CAPACITY = 4 << 20;

    private static final int MESSAGE = 1;
    private static final int TIME = 0;
    private static final int ATTACHMENT = 8;
    private static final int KIND = 12;
    private static final int REASON = 16;
    private static final int LENGTH = 20;
    private static final int BYTES = 24;

    /** Takes a copy; the buffer is good during the call only. */
    @FunctionalInterface
    public interface Sink {
        /**
         * @param kind {@link #IN}, {@link #OUT} or {@link #DROPPED}
         * @param attachmentId where it came in, for {@link #OUT} where it left; {@link #NOWHERE} when neither
         * @param reason why it was dropped, null when it was not
         * @param timeNs when, in the time of its worker
         * @param length bytes of the frame
         * @param buffer holds what was copied
         * @param offset of the copy
         * @param captured bytes of the copy, at most {@code length}
         */
        void frame(
                int kind,
                int attachmentId,
                DropReason reason,
                long timeNs,
                int length,
                DirectBuffer buffer,
                int offset,
                int captured);
    }

    private static final DropReason[] REASONS = DropReason.values();

    private final int attachmentId;
    private final OneToOneRingBuffer ring;
    private final AtomicLong lost = new AtomicLong();

    /**
     * @param attachmentId whose frames, or {@link #NOWHERE}: all that are dropped
     * @param capacity of the ring in bytes, a power of two from 4,096
     */
    public FrameCapture(final int attachmentId, final int capacity) {
        this.attachmentId = attachmentId;
        ring = new OneToOneRingBuffer(
                new UnsafeBuffer(ByteBuffer.allocateDirect(capacity + RingBufferDescriptor.TRAILER_LENGTH)));
    }

    boolean isOfDropped() {
        return attachmentId == NOWHERE;
    }

    boolean isOf(final int id) {
        return attachmentId == id;
    }

    /** Copies a frame, or counts that there was no room; worker. */
    void put(
            final int kind,
            final int where,
            final DropReason reason,
            final long timeNs,
            final DirectBuffer frame,
            final int offset,
            final int length) {
        final int copied = Math.min(length, ring.maxMsgLength() - BYTES);
        final int index = ring.tryClaim(MESSAGE, BYTES + copied);
        if (index < 0) {
            lost.lazySet(lost.get() + 1);
            return;
        }
        final AtomicBuffer buffer = ring.buffer();
        buffer.putLong(index + TIME, timeNs);
        buffer.putInt(index + ATTACHMENT, where);
        buffer.putInt(index + KIND, kind);
        buffer.putInt(index + REASON, reason == null ? -1 : reason.id());
        buffer.putInt(index + LENGTH, length);
        buffer.putBytes(index + BYTES, frame, offset, copied);
        ring.commit(index);
    }

    /**
     * Hands on what was copied; supervisor.
     *
     * @param sink takes each copy
     * @param limit the most copies to hand on
     * @return how many were
     */
    public int drain(final Sink sink, final int limit) {
        final MessageHandler handler = (type, buffer, index, length) -> {
            final int reason = buffer.getInt(index + REASON);
            sink.frame(
                    buffer.getInt(index + KIND),
                    buffer.getInt(index + ATTACHMENT),
                    reason < 0 ? null : REASONS[reason],
                    buffer.getLong(index + TIME),
                    buffer.getInt(index + LENGTH),
                    buffer,
                    index + BYTES,
                    length - BYTES);
        };
        int count = 0;
        int step = 1;
        for (int before = 1; count < limit && before + step > 0; ) {
            before = step;
            step = ring.read(handler, limit - count); // ends where the ring does, maybe with nothing but padding
            count += step;
        }
        return count;
    }

    /** @return frames that were not copied because the ring was full; any thread */
    public long lost() {
        return lost.get();
    }
}
