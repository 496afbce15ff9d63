package org.dvr.dataplane.io;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.frame.Offload;

/**
 * One attachment point's device: frames in, frames out, in bursts. Used by one worker.
 */
public interface PacketPort extends AutoCloseable {
    /** Answer of {@link #receive} when nothing waits. */
    int NOTHING = -1;

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
