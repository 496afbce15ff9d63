package org.dvr.dataplane.frame;

import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * A frame of a burst, as it arrived: where it lies, by what it came, what its sender has left to be done, and its key. It lies in its port's memory, or in a
 * {@link Frame} where the port shows none of it or where more than the next packet of a known flow is found in it.
 *
 * <p>A place in a {@link Burst}, filled again and again. One owner at a time: the worker whose burst it is.
 */
public final class Arrival {
    private static final int START_SHIFT = 16;
    private static final int OFFSET_MASK = 0x7FFF;
    private static final int VERIFIED = 0x8000;

    private static final int ID_SHIFT = 3;
    private static final int OURS = 4;
    private static final int KIND_MASK = 3;
    private static final int GUEST = 0;
    private static final int UNDERLAY = 1;
    private static final int PHYSICAL = 2;
    private static final int METADATA = 3;

    /** Its key, once {@code parse.KeyReader} or the parser has found one. */
    public final FlowKey key = new FlowKey();

    private long at;
    private int length;
    private int leftToDo; // | where the transport header begins (16) | verified (1) | from there to the checksum (15) |
    private boolean isPlain;
    private int origin; // | attachment id (29) | whether it is this worker's for certain (1) | kind (2) |
    private Frame frame;

    /**
     * Makes it a frame that lies in its port's memory, whole.
     *
     * @param address absolute, of its first byte; it stays there and as it is until the burst has been processed
     * @param bytes of it
     */
    public void lies(final long address, final int bytes) {
        at = address;
        length = bytes;
        leftToDo = 0;
        isPlain = true;
    }

    /**
     * Says what was left to be done to the frame, after {@link #lies}.
     *
     * @param checksumStart where the transport header begins whose checksum is to be completed, from the frame's first byte; 0 = none is
     * @param checksumOffset from there to the checksum field, as {@link Offload#checksumOffset}
     * @param isVerified the device has verified the transport checksum
     */
    public void leaves(final int checksumStart, final int checksumOffset, final boolean isVerified) {
        leftToDo = checksumStart << START_SHIFT | (isVerified ? VERIFIED : 0) | (checksumOffset & OFFSET_MASK);
    }

    /**
     * Says by what it came, after {@link #lies}.
     *
     * @param from {@link #origin} of the attachment point
     */
    public void came(final int from) {
        origin = from;
    }

    /**
     * What a frame has to know of its attachment point.
     *
     * @param attachmentId its id
     * @param attachmentKind what kind it is of
     * @return both
     */
    public static int origin(final int attachmentId, final AttachmentKind attachmentKind) {
        final int kind =
                switch (attachmentKind) {
                    case GUEST -> GUEST;
                    case UNDERLAY -> UNDERLAY;
                    case PHYSICAL -> PHYSICAL;
                    case METADATA -> METADATA;
                };
        return attachmentId << ID_SHIFT | kind;
    }

    /**
     * Makes it a frame of the pool.
     *
     * @param received with its bytes and all that is known of it
     */
    public void is(final Frame received) {
        frame = received;
        origin = origin(received.ingress().id(), received.ingress().kind());
        at = received.base() + received.offset();
        length = received.length();
        final Offload offload = received.offload;
        leftToDo = 0;
        final int checksumStart = offload.checksumAt == 0 ? 0 : offload.checksumAt - received.offset();
        leaves(checksumStart, offload.checksumOffset, offload.isVerified);
        isPlain = length <= received.capacity()
                && !received.isTraced()
                && !offload.isLargeSegment()
                && (offload.checksumAt == 0 || (checksumStart() == checksumStart && checksumStart > 0));
    }

    /**
     * Has it lie in a frame of the pool from now on; its key stays right.
     *
     * @param pool that has been {@linkplain FramePool#reserve asked} for one
     * @param topology in force
     * @return the frame it lies in
     */
    public Frame settle(final FramePool pool, final TopologySnapshot topology) {
        if (frame != null) {
            return frame;
        }
        final Frame taken = pool.takeReserved();
        taken.copyFrom(at, length);
        taken.received(topology.attachmentById(ingressId()), length);
        leavesTo(taken.offload, taken.offset());
        final long to = taken.base() + taken.offset();
        key.packet += to - at;
        at = to;
        frame = taken;
        return taken;
    }

    /**
     * Tells what was left to be done to it as a frame carries it.
     *
     * @param offload clear; filled in
     * @param first where its first byte is in the frame's buffer
     */
    public void leavesTo(final Offload offload, final int first) {
        final int start = checksumStart();
        offload.checksumAt = start == 0 ? 0 : first + start;
        offload.checksumOffset = checksumOffset();
        offload.isVerified = isVerified();
    }

    /** @return the frame of the pool that it lies in, null while it lies in its port's memory */
    public Frame frame() {
        return frame;
    }

    /** Its frame is somebody else's from now on. */
    public void leaveFrame() {
        frame = null;
    }

    /** @return absolute address of its first byte */
    public long at() {
        return at;
    }

    /** @return bytes of it */
    public int length() {
        return length;
    }

    /**
     * The attachment point's id in an {@link #origin}.
     *
     * @param origin of an attachment point
     * @return its id
     */
    public static int attachmentId(final int origin) {
        return origin >>> ID_SHIFT;
    }

    /** @return id of the attachment point it came by */
    public int ingressId() {
        return attachmentId(origin);
    }

    /** Says that another worker has found it to be this one's. */
    public void foundOurs() {
        origin |= OURS;
    }

    /** @return true when nobody has to ask whose it is */
    public boolean isSurelyOurs() {
        return (origin & OURS) != 0;
    }

    /** It is another worker's: nothing more happens to it here. */
    public void handOn() {
        isPlain = false;
        frame = null;
        key.isRoutine = false;
        key.hash = FlowKey.NONE;
    }

    /** @return true when it has become another worker's */
    public boolean isHandedOn() {
        return !isPlain && frame == null;
    }

    /** @return true when a part of it is missing: it was too long for its frame */
    public boolean isCut() {
        return frame != null && length > frame.capacity();
    }

    /** @return true when a guest has sent it */
    public boolean isFromGuest() {
        return (origin & KIND_MASK) == GUEST;
    }

    /** @return true when it came by the underlay */
    public boolean isFromUnderlay() {
        return (origin & KIND_MASK) == UNDERLAY;
    }

    /** @return true when it came by a physical network */
    public boolean isFromPhysical() {
        return (origin & KIND_MASK) == PHYSICAL;
    }

    /** @return false for what is decided by the stages in any case: a large segment, a frame of which a part is missing, one whose story somebody wants to hear */
    public boolean isPlain() {
        return isPlain;
    }

    /** @return where the transport header begins whose checksum is to be completed, from the frame's first byte; 0 = none is */
    public int checksumStart() {
        return leftToDo >>> START_SHIFT;
    }

    /** @return from there to the checksum field */
    public int checksumOffset() {
        return leftToDo & OFFSET_MASK;
    }

    /** @return true when the device has verified the transport checksum */
    public boolean isVerified() {
        return (leftToDo & VERIFIED) != 0;
    }

    /** @return true when its transport checksum need not be verified, see {@link Frame#isVouchedFor} */
    public boolean isVouchedFor() {
        return isVerified() || checksumStart() != 0;
    }
}
