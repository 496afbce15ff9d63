package org.dvr.nat.conntrack;

/**
 * Accounts by their number of connections of one kind, so that the largest is at hand. Every step takes a few instructions, however many there are.
 *
 * <p>Accounts of about the same number stand in one class, in the order they came into it: numbers below 16 have a class each, above that eight classes
 * make a power of two. So the largest is right to an eighth, and a guest moves seldom when it opens or ends one connection of many.
 *
 * <p>The links are kept in the accounts; owned by one worker.
 */
final class AccountRanking {
    private static final int FRACTION_BITS = 3;
    private static final int CLASSES = 192; // for numbers up to 2^24
    private static final int WORDS = CLASSES >>> 6;

    private final AccountTable accounts;
    private final int previousField;
    private final int nextField;
    private final int[] first = new int[CLASSES];
    private final int[] last = new int[CLASSES];
    private final long[] occupied = new long[WORDS];

    /**
     * @param accounts that hold the links
     * @param previousField offset of the link to the account before
     * @param nextField offset of the link to the account behind
     */
    AccountRanking(final AccountTable accounts, final int previousField, final int nextField) {
        this.accounts = accounts;
        this.previousField = previousField;
        this.nextField = nextField;
    }

    /** Puts an account where its number of connections belongs. */
    void onChange(final int account, final int before, final int now) {
        final int from = classOf(before);
        final int to = classOf(now);
        if (from == to) {
            return;
        }
        if (before != 0) {
            unlink(account, from);
        }
        if (now != 0) {
            append(account, to);
        }
    }

    /** The account that has been longest in the highest class; 0 when no account has a connection. */
    int largest() {
        for (int word = WORDS - 1; word >= 0; word--) {
            if (occupied[word] != 0) {
                return first[(word << 6) + 63 - Long.numberOfLeadingZeros(occupied[word])];
            }
        }
        return 0;
    }

    /** 0 to 15 for themselves; then the power of two and the three bits behind it. */
    static int classOf(final int count) {
        final int magnitude = 31 - Integer.numberOfLeadingZeros(count | 1);
        if (magnitude <= FRACTION_BITS) {
            return count;
        }
        final int shift = magnitude - FRACTION_BITS;
        return (shift << FRACTION_BITS) + (count >>> shift);
    }

    private void append(final int account, final int rank) {
        final int behind = last[rank];
        accounts.put(account, previousField, behind);
        accounts.put(account, nextField, 0);
        last[rank] = account;
        if (behind == 0) {
            first[rank] = account;
            occupied[rank >>> 6] |= 1L << rank;
        } else {
            accounts.put(behind, nextField, account);
        }
    }

    private void unlink(final int account, final int rank) {
        final int previous = accounts.get(account, previousField);
        final int next = accounts.get(account, nextField);
        if (previous == 0) {
            first[rank] = next;
        } else {
            accounts.put(previous, nextField, next);
        }
        if (next == 0) {
            last[rank] = previous;
        } else {
            accounts.put(next, previousField, previous);
        }
        if (first[rank] == 0) {
            occupied[rank >>> 6] &= ~(1L << rank);
        }
    }
}
