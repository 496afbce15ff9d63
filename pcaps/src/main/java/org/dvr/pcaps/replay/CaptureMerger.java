package org.dvr.pcaps.replay;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.dvr.pcaps.file.CaptureReader;
import org.dvr.pcaps.port.FrameBlock;

/**
 * Reads several captures as one: by time, equal times in order of attachment-point name, then of frame number.
 * <p>Within a capture time never goes back: a frame that is older than the one before it counts as arriving with it.
 */
final class CaptureMerger implements AutoCloseable {
    /** The latest time that an output file can hold, less a day for what the clock runs on. */
    static final long LATEST_NS = ((1L << 32) - 86_400) * 1_000_000_000L;

    private static final class Source {
        private final CaptureReader reader;
        private final int port;
        private final int order;
        private boolean hasFrame;
        private long timeNs;

        private Source(final CaptureReader reader, final int port, final int order) {
            this.reader = reader;
            this.port = port;
            this.order = order;
        }

        private void next() {
            hasFrame = reader.next();
            if (hasFrame) {
                final long readNs = reader.timestampNs();
                if (readNs < 0 || readNs > LATEST_NS) {
                    throw new ReplayException(
                            reader.path() + ": frame " + reader.frameNumber() + " at offset " + reader.fileOffset()
                                    + ": its time is not between 1970 and 2106; shift it with editcap -t");
                }
                timeNs = Math.max(timeNs, readNs);
            }
        }
    }

    private final List<Source> sources = new ArrayList<>();
    /** Those that have frames left, the earliest first. */
    private final PriorityQueue<Source> waiting = new PriorityQueue<>(
            Comparator.<Source>comparingLong(source -> source.timeNs).thenComparingInt(source -> source.order));

    /**
     * Opens the captures.
     *
     * @param inputs ascending by attachment-point name
     * @param ports  the port of each, what its frames are marked with
     */
    CaptureMerger(final List<ReplayInput> inputs, final int[] ports) {
        boolean isOpen = false;
        try {
            for (int i = 0; i < ports.length; i++) {
                final Source source =
                        new Source(CaptureReader.open(inputs.get(i).file()), ports[i], i);
                sources.add(source);
                next(source);
            }
            isOpen = true;
        } finally {
            if (!isOpen) {
                close();
            }
        }
    }

    /** Time of the next frame, {@link Long#MAX_VALUE} when there is none. */
    long nextTimeNs() {
        final Source source = waiting.peek();
        return source == null ? Long.MAX_VALUE : source.timeNs;
    }

    /** Reads on in a capture that is not waiting. */
    private void next(final Source source) {
        source.next();
        if (source.hasFrame) {
            waiting.add(source);
        }
    }

    /**
     * Fills a block with the next frames.
     *
     * @param block cleared first
     * @return false when there are no more frames
     */
    boolean read(final FrameBlock block) {
        block.clear();
        for (Source source = waiting.peek(); source != null; source = waiting.peek()) {
            final CaptureReader reader = source.reader;
            if (!block.hasRoom(reader.capturedLength())) {
                break;
            }
            final int frame = block.add(source.port, source.timeNs, reader.capturedLength());
            reader.copyTo(block.buffer(), block.dataOffset(frame));
            waiting.remove();
            next(source);
        }
        return !block.isEmpty();
    }

    @Override
    public void close() {
        for (final Source source : sources) {
            source.reader.close();
        }
    }
}
