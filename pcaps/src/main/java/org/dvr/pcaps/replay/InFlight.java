package org.dvr.pcaps.replay;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.agrona.DirectBuffer;
import org.dvr.pcaps.port.FrameBlock;

/** Frames that have been sent on a wire and wait for the next round, in order, each with the port that it arrives at. */
final class InFlight implements AutoCloseable {
    private final List<FrameBlock> all = new ArrayList<>();
    private final Deque<FrameBlock> free = new ArrayDeque<>();
    private List<FrameBlock> next = new ArrayList<>();
    private List<FrameBlock> round = new ArrayList<>();
    private int count;

    /** Lets a frame arrive at a port in the next round. */
    void add(final int port, final DirectBuffer buffer, final int offset, final int length, final long nowNs) {
        if (next.isEmpty() || !next.getLast().hasRoom(length)) {
            next.add(block());
        }
        final FrameBlock block = next.getLast();
        final int frame = block.add(port, nowNs, length);
        block.buffer().putBytes(block.dataOffset(frame), buffer, offset, length);
        count++;
    }

    private FrameBlock block() {
        final FrameBlock old = free.poll();
        if (old != null) {
            old.clear();
            return old;
        }
        final FrameBlock block = new FrameBlock();
        all.add(block);
        return block;
    }

    /** How many frames wait for the next round. */
    int count() {
        return count;
    }

    /** Begins the next round: its frames, which are good until the round after it begins. */
    List<FrameBlock> nextRound() {
        free.addAll(round);
        round.clear();
        final List<FrameBlock> begun = next;
        next = round;
        round = begun;
        count = 0;
        return begun;
    }

    @Override
    public void close() {
        all.forEach(FrameBlock::close);
        all.clear();
        free.clear();
        next.clear();
        round.clear();
        count = 0;
    }
}
