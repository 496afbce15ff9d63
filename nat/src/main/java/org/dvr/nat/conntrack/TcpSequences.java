package org.dvr.nat.conntrack;

import org.dvr.nat.memory.NativeMemory;

/**
 * How far both sides of a TCP connection have come, so that a RST of somebody who does not see the connection can be told from one of its ends
 * (RFC 5961 §3, RFC 7857 §2.2).
 *
 * <p>Remembered per direction: the <em>end</em>, the sequence number behind the furthest segment that its sender has sent, and the <em>ack</em>, what its
 * sender has acknowledged. A RST is believed
 *
 * <ul>
 *   <li>if its sequence number is the ack of the other direction, which is what the receiver expects next and itself demands (RFC 5961 §3.2), or the end of
 *       its own direction, which the receiver will expect once everything in flight has arrived;
 *   <li>while neither is known (the answer to a SYN): if it acknowledges the end of the other direction (RFC 9293 §3.10.7.3);
 *   <li>if nothing is known at all.
 * </ul>
 *
 * A RST that is not believed passes, for its receiver to judge, and leaves the connection alone. One within the receiver's window but not exact is not
 * believed either: its receiver sends a challenge ACK, to which a true sender answers by an exact RST. That is the rule of Linux, without its shorter timeout.
 *
 * <p>What strangers send must not move the memory. Of a segment note is taken only if it ends within {@value #WINDOW} bytes of the end of its direction
 * and acknowledges nothing less than before and nothing that was not sent. So one blind segment in some 2^36 is noted on an idle connection; where only one
 * direction passes it is one in 32. Segments that are not noted are valid all the same ("liberal"), and a memory that was left behind, since the connection
 * took another way for a while, ends in RSTs that are not believed: such a connection stays until its timeout.
 *
 * <p>In an entry: | end (32) | ack (32) | for each direction, and four bits of its state word that say which of them are known.
 */
final class TcpSequences {
    /** The furthest that a segment may be from where its direction was: 64 MiB, more than the windows of common hosts. */
    static final int WINDOW = 1 << 26;

    /** Bits of the state word that are ours; the lower of two is the original direction. */
    private static final int END_KNOWN_SHIFT = 11;

    private static final int ACK_KNOWN_SHIFT = 13;

    private final NativeMemory entries;
    private final int offset;

    /**
     * @param entries of the table
     * @param offset of the original direction's numbers in an entry; the reply direction's are behind them
     */
    TcpSequences(final NativeMemory entries, final int offset) {
        this.entries = entries;
        this.offset = offset;
    }

    /**
     * Notes how far a segment goes.
     *
     * @param entry offset of the entry
     * @param word its state word
     * @param direction of the segment, 0 original or 1 reply
     * @param flags TCP flags, without RST
     * @param sequence number of the segment
     * @param acknowledgment number, of account if the flags have ACK
     * @param length bytes of payload
     * @return the state word with what is known now
     */
    int note(
            final int entry,
            final int word,
            final int direction,
            final int flags,
            final int sequence,
            final int acknowledgment,
            final int length) {
        final long own = numbers(entry, direction);
        final int end = sequence + length + ((flags & TcpState.SYN) >>> 1) + (flags & TcpState.FIN);
        if ((flags & TcpState.ACK) == 0) {
            // Only a first SYN has no acknowledgment. Where it opens a connection there is no memory that it could move
            // wrongly.
            if ((flags & TcpState.SYN) == 0 || isAckKnown(word, direction) || isAckKnown(word, direction ^ 1)) {
                return word;
            }
            put(entry, direction, end, ack(own));
            return word | 1 << (END_KNOWN_SHIFT + direction);
        }
        if (!isNear(entry, word, direction, end) || !isAckPlausible(entry, word, direction, acknowledgment)) {
            return word;
        }
        final boolean isFurthest = !isEndKnown(word, direction) || end - end(own) > 0;
        put(entry, direction, isFurthest ? end : end(own), acknowledgment);
        return word | (1 << END_KNOWN_SHIFT | 1 << ACK_KNOWN_SHIFT) << direction;
    }

    /**
     * Judges a RST.
     *
     * @param entry offset of the entry
     * @param word its state word
     * @param direction of the segment, 0 original or 1 reply
     * @param flags TCP flags
     * @param sequence number of the segment
     * @param acknowledgment number, of account if the flags have ACK
     * @return whether its sender sees the connection
     */
    boolean isReset(
            final int entry,
            final int word,
            final int direction,
            final int flags,
            final int sequence,
            final int acknowledgment) {
        final int other = direction ^ 1;
        final boolean isExpectedKnown = isAckKnown(word, other);
        final boolean isEndKnown = isEndKnown(word, direction);
        if (isExpectedKnown || isEndKnown) {
            return (isExpectedKnown && sequence == ack(numbers(entry, other)))
                    || (isEndKnown && sequence == end(numbers(entry, direction)));
        }
        return !isEndKnown(word, other)
                || ((flags & TcpState.ACK) != 0 && acknowledgment == end(numbers(entry, other)));
    }

    private boolean isNear(final int entry, final int word, final int direction, final int end) {
        final int other = direction ^ 1;
        if (isEndKnown(word, direction)) {
            return isNear(end, end(numbers(entry, direction)));
        }
        return !isAckKnown(word, other) || isNear(end, ack(numbers(entry, other)));
    }

    /** On the circle of sequence numbers, either side. */
    private static boolean isNear(final int a, final int b) {
        return Integer.compareUnsigned(a - b + WINDOW, WINDOW << 1) <= 0;
    }

    private boolean isAckPlausible(final int entry, final int word, final int direction, final int acknowledgment) {
        final int other = direction ^ 1;
        if (isEndKnown(word, other)) {
            final int unacknowledged = end(numbers(entry, other)) - acknowledgment;
            if (unacknowledged < 0 || unacknowledged > WINDOW) {
                return false;
            }
        }
        if (!isAckKnown(word, direction)) {
            return true;
        }
        final int progress = acknowledgment - ack(numbers(entry, direction));
        return progress >= 0 && progress <= WINDOW;
    }

    private long numbers(final int entry, final int direction) {
        return entries.getLong(entry + offset + (direction << 3));
    }

    private void put(final int entry, final int direction, final int end, final int ack) {
        entries.putLong(entry + offset + (direction << 3), (long) end << 32 | Integer.toUnsignedLong(ack));
    }

    private static int end(final long numbers) {
        return (int) (numbers >>> 32);
    }

    private static int ack(final long numbers) {
        return (int) numbers;
    }

    private static boolean isEndKnown(final int word, final int direction) {
        return (word >>> (END_KNOWN_SHIFT + direction) & 1) != 0;
    }

    private static boolean isAckKnown(final int word, final int direction) {
        return (word >>> (ACK_KNOWN_SHIFT + direction) & 1) != 0;
    }
}
