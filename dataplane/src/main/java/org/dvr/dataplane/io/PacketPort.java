package org.dvr.dataplane.io;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Offload;

/**
 * One attachment point's device: frames in, frames out, in bursts. Used by one worker.
 */
public interface PacketPort extends AutoCloseable {
    /** Answer of {@link #receive} when nothing waits. */
    int NOTHING = -1;

    /** Answer of {@link #view} when the frame that waits can only be received. */
    int UNSEEN = -2;

    /** Answer of {@link #place} of ports that are handed frames by {@link #transmit} alone. */
    long NOWHERE = 0;

    /** Answer of {@link #place} when the device has no room: the frame is lost. */
    long FULL = -1;

    /**
     * Shows the next waiting frame where it lies, instead of copying it. It stays there as it is until this is asked with another number.
     *
     * @param arrival filled in
     * @param burst number of the burst that the frame will be of: all that was seen with another number may be overwritten
     * @return length of the frame in bytes, {@link #NOTHING}, or {@link #UNSEEN} when {@link #receive} has to be asked
     */
    default int view(final Arrival arrival, final long burst) {
        return UNSEEN;
    }

    /**
     * Copies the next waiting frame, as a device would write it.
     *
     * @param destination where to
     * @param offset first byte to write
     * @param capacity the most bytes to write
     * @param offload what the sender left to be done; clear, and left so by devices that know of nothing
     * @return length of the frame in bytes, which may exceed the capacity (only capacity bytes are written then), or {@link #NOTHING}
     */
    int receive(MutableDirectBuffer destination, int offset, int capacity, Offload offload);

    /**
     * Sends a frame; its bytes may be reused as soon as the call returns.
     *
     * @param buffer holds the frame
     * @param offset first byte
     * @param length in bytes
     * @param offload what is left to be done to it; nothing, unless {@link #takesOffload}
     * @param nowNs time of sending
     * @return false when the device has no room for it: it is lost
     */
    boolean transmit(DirectBuffer buffer, int offset, int length, Offload offload, long nowNs);

    /**
     * Tells where the next frame to be sent can be written, so that nobody has to copy it.
     *
     * @param length of the frame in bytes
     * @return absolute address of as many bytes, {@link #NOWHERE} or {@link #FULL}; holds until any other method that sends is called
     */
    default long place(final int length) {
        return NOWHERE;
    }

    /**
     * Sends the frame that was written at the {@link #place} just told.
     *
     * @param length of the frame in bytes, as told before
     * @param checksumStart from the frame's first byte to the transport header whose checksum is left to be completed, 0 = none; only where {@link #takesOffload}
     * @param checksumOffset from there to its checksum field
     */
    default void sendPlaced(final int length, final int checksumStart, final int checksumOffset) {
        throw new UnsupportedOperationException("no place");
    }

    /** @return true when it can be handed partial checksums and large segments, and passes them on or sees to them itself */
    default boolean takesOffload() {
        return false;
    }

    /**
     * @return true when it can also be handed large TCP segments in VXLAN or GRE over IPv4 ({@link Offload#innerAt}), and sees to it that every packet cut from one has the
     *     outer headers
     */
    default boolean takesTunnelSegments() {
        return false;
    }

    /** Hands on what was sent since the last call; called once per burst. */
    default void flush() {}

    /**
     * Tells by which device the kernel may forward known flows by itself, to and from this port ({@code io.shortcut}).
     *
     * @return index of the device, 0 when it may not
     */
    default int shortcutDevice() {
        return 0;
    }

    /** @return frames that the device has dropped because nobody received them in time, since it was opened; any thread */
    default long missed() {
        return 0;
    }

    /**
     * @return frames that {@link #transmit} has taken and that the device has refused when they were handed on, since it was opened: too long, device
     *     down, queue full; any thread
     */
    default long refused() {
        return 0;
    }

    /**
     * For waiting by {@code poll(2)} until one of many ports has a frame: readable when {@link #receive} would find one. On an error
     * ({@code POLLERR}, the link going down) {@link #isGone} is to be asked, which also clears it.
     *
     * @return file descriptor, -1 when there is none to wait for
     */
    default int fd() {
        return -1;
    }

    /** @return true when the device is gone: nothing will be received or sent any more, it is to be closed; owner thread */
    default boolean isGone() {
        return false;
    }

    @Override
    default void close() {}
}
