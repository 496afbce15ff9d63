package org.dvr.pcaps.port;

import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;

/**
 * An attachment point under replay: hands out the frames that were offered to it, passes on what is sent.
 */
public final class ReplayPort implements PacketPort {
    private final int index;
    private final String name;
    private FrameSink sink;

    private FrameBlock block;
    private int[] waiting = new int[64];
    private int first;
    private int end;

    /**
     * A port before any frame.
     *
     * @param index what the sink knows it by
     * @param name  of the attachment point
     * @param sink  takes what is sent
     */
    public ReplayPort(final int index, final String name, final FrameSink sink) {
        this.index = index;
        this.name = name;
        this.sink = sink;
    }

    /** {@return name of the attachment point} */
    public String name() {
        return name;
    }

    /**
     * Sends to another place from now on.
     *
     * @param next takes what is sent
     */
    public void sink(final FrameSink next) {
        sink = next;
    }

    /**
     * Lets a frame wait at this port.
     *
     * @param from  its block, the same for all that wait; unchanged until they are received
     * @param frame its offset there
     */
    public void offer(final FrameBlock from, final int frame) {
        block = from;
        if (end == waiting.length) {
            waiting = Arrays.copyOf(waiting, end * 2);
        }
        waiting[end++] = frame;
    }

    /**
     * Forgets what was offered and not received.
     *
     * @return how many frames that were
     */
    public int discard() {
        final int count = end - first;
        first = 0;
        end = 0;
        return count;
    }

    @Override
    public int receive(
            final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
        if (first == end) {
            return NOTHING;
        }
        final int frame = waiting[first++];
        final int length = block.length(frame);
        destination.putBytes(offset, block.buffer(), block.dataOffset(frame), Math.min(length, capacity));
        return length;
    }

    @Override
    public boolean transmit(
            final DirectBuffer buffer, final int offset, final int length, final Offload offload, final long nowNs) {
        sink.sent(index, name, buffer, offset, length, nowNs);
        return true;
    }
}
