package org.dvr.dataplane.stats;

import java.util.Arrays;
import org.dvr.dataplane.frame.DropReason;

/**
 * Counters of one worker. Conservation holds at any moment between bursts (contract.md §4):
 *
 * <pre>   Σ rx + generated + flooded = Σ tx + Σ drops + consumed + held </pre>
 */
public final class WorkerCounters {
    /** Fields of an attachment point, in this order. */
    private static final int RX = 0;

    private static final int RX_BYTES = 1;
    private static final int TX = 2;
    private static final int TX_BYTES = 3;
    private static final int FIELDS = 4;

    private long[] ports = new long[16 * FIELDS];
    private final long[] drops = new long[DropReason.COUNT];
    private long consumed;
    private long generated;
    private long flooded;
    private long segmented;
    private long shortcuts;
    private long answersSuppressed;
    private long fdbFull;

    /**
     * Makes room for an attachment point; called when a topology is taken up, not on the packet path.
     *
     * @param attachmentId 0 or more
     */
    public void reserve(final int attachmentId) {
        if ((attachmentId + 1) * FIELDS > ports.length) {
            ports = Arrays.copyOf(ports, Math.max(ports.length * 2, (attachmentId + 1) * FIELDS));
        }
    }

    /**
     * @param attachmentId where a frame came in
     * @param length its bytes
     */
    public void received(final int attachmentId, final int length) {
        ports[attachmentId * FIELDS + RX]++;
        ports[attachmentId * FIELDS + RX_BYTES] += length;
    }

    /**
     * @param attachmentId where frames came in
     * @param frames how many
     * @param bytes of all of them
     */
    public void received(final int attachmentId, final long frames, final long bytes) {
        ports[attachmentId * FIELDS + RX] += frames;
        ports[attachmentId * FIELDS + RX_BYTES] += bytes;
    }

    /**
     * @param attachmentId where a frame went out
     * @param length its bytes
     */
    public void sent(final int attachmentId, final int length) {
        ports[attachmentId * FIELDS + TX]++;
        ports[attachmentId * FIELDS + TX_BYTES] += length;
    }

    /**
     * @param attachmentId where frames went out
     * @param frames how many
     * @param bytes of all of them
     */
    public void sent(final int attachmentId, final long frames, final long bytes) {
        ports[attachmentId * FIELDS + TX] += frames;
        ports[attachmentId * FIELDS + TX_BYTES] += bytes;
    }

    /**
     * @param frames that the kernel has forwarded by itself, received and sent all the same
     */
    public void shortcut(final long frames) {
        shortcuts += frames;
    }

    /**
     * @param reason why a frame ended
     */
    public void dropped(final DropReason reason) {
        drops[reason.id()]++;
    }

    /** A frame was for us. */
    public void consumed() {
        consumed++;
    }

    /** A frame was made here. */
    public void generated() {
        generated++;
    }

    /**
     * @param copies sent beyond the first
     */
    public void flooded(final int copies) {
        flooded += copies;
    }

    /** A large segment was cut here. */
    public void segmented() {
        segmented++;
    }

    /** An answer was not made: no frame was free. */
    public void answerSuppressed() {
        answersSuppressed++;
    }

    /** A MAC was not learned: no room. */
    public void fdbFull() {
        fdbFull++;
    }

    public long rx(final int attachmentId) {
        return field(attachmentId, RX);
    }

    public long rxBytes(final int attachmentId) {
        return field(attachmentId, RX_BYTES);
    }

    public long tx(final int attachmentId) {
        return field(attachmentId, TX);
    }

    public long txBytes(final int attachmentId) {
        return field(attachmentId, TX_BYTES);
    }

    private long field(final int attachmentId, final int field) {
        final int index = attachmentId * FIELDS + field;
        return index < ports.length ? ports[index] : 0;
    }

    /**
     * @param reason any
     * @return frames that ended for it
     */
    public long drops(final DropReason reason) {
        return drops[reason.id()];
    }

    public long consumedCount() {
        return consumed;
    }

    public long generatedCount() {
        return generated;
    }

    public long floodedCount() {
        return flooded;
    }

    public long segmentedCount() {
        return segmented;
    }

    public long shortcutCount() {
        return shortcuts;
    }

    public long answersSuppressedCount() {
        return answersSuppressed;
    }

    public long fdbFullCount() {
        return fdbFull;
    }

    /**
     * What conservation leaves over.
     *
     * @param held frames that wait
     * @return 0 when every frame is accounted for
     */
    public long imbalance(final long held) {
        long balance = generated + flooded - consumed - held;
        for (int i = 0; i < ports.length; i += FIELDS) {
            balance += ports[i + RX] - ports[i + TX];
        }
        for (final long count : drops) {
            balance -= count;
        }
        return balance;
    }
}
