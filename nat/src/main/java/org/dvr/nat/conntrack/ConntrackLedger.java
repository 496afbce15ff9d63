package org.dvr.nat.conntrack;

import org.dvr.nat.memory.NativeMemory;

/**
 * What is known about connections beside what their packets need: to whom they belong, since when, and who goes first when room is needed. Off heap.
 *
 * <pre>
 *   line, 32 bytes, one for each entry of the connection table and of the same number
 *     0  createdNs (8)         8  owner (4)              12  account (4)
 *    16  the next older of its account and kind (4)      20  the next newer (4)
 *    24  kind (4)             28  next free entry (4)
 * </pre>
 *
 * Each account lists its connections of each kind, in the order they became of that kind. Every step takes constant time. Owned by one worker.
 */
final class ConntrackLedger {
    /** A connection that few would miss: not answered yet, a TCP handshake under way, or a TCP connection that is over. */
    static final int TENTATIVE = 0;

    /** Every other connection. */
    static final int SETTLED = 1;

    private static final int SHIFT = 5;
    private static final int CREATED = 0;
    private static final int OWNER = 8;
    private static final int ACCOUNT = 12;
    private static final int OLDER = 16;
    private static final int NEWER = 20;
    private static final int KIND = 24;
    private static final int NEXT_FREE = 28;

    // Fields of an account, by kind.
    private static final int FIELDS_OF_TENTATIVE = 16;
    private static final int FIELDS_OF_A_KIND = 20;
    private static final int COUNT = 0;
    private static final int OLDEST = 4;
    private static final int NEWEST = 8;
    private static final int RANKED_BEFORE = 12;
    private static final int RANKED_BEHIND = 16;

    private final ConntrackLimits limits;
    private final NativeMemory lines;
    private final AccountTable accounts;
    private final AccountRanking tentative;
    private final AccountRanking settled;

    /**
     * @param capacity of the connection table
     * @param seed of the hash
     * @param limits of owners and zones
     */
    ConntrackLedger(final int capacity, final long seed, final ConntrackLimits limits) {
        this.limits = limits;
        lines = new NativeMemory((capacity + 1) << SHIFT, 1 << (SHIFT + 1));
        accounts = new AccountTable(capacity, seed);
        tentative = newRanking(TENTATIVE);
        settled = newRanking(SETTLED);
    }

    /** Counts a connection that is about to be opened, before it is known whether there is room. */
    int charge(final int zone, final int owner) {
        return accounts.charge(zone, owner);
    }

    /** Takes back {@link #charge}. */
    void discharge(final int account) {
        accounts.discharge(account);
    }

    /** Whether an owner holds more than it may, the connection counted by {@link #charge} included. */
    boolean isOverOwnerLimit(final int account) {
        return account != AccountTable.SHARED_OWNER && accounts.count(account) > limits.perOwner();
    }

    /** Whether an owner's zone holds more than it may, likewise. */
    boolean isOverZoneLimit(final int account) {
        final int zone = accounts.zoneOf(account);
        return zone != AccountTable.SHARED_ZONE && accounts.count(zone) > limits.perZone();
    }

    /** The account of the same zone that last reached the most tentative connections; 0 for none. */
    int leader(final int account) {
        return accounts.leader(accounts.zoneOf(account));
    }

    /** Writes the line of a new connection, which begins tentative. */
    void add(final int number, final int account, final int owner, final long nowNs) {
        final int line = number << SHIFT;
        lines.putLong(line + CREATED, nowNs);
        lines.putInt(line + OWNER, owner);
        lines.putInt(line + ACCOUNT, account);
        append(number, account, TENTATIVE);
    }

    /** Moves a connection to another kind, as its newest. */
    void move(final int number, final int kind) {
        final int account = lines.getInt((number << SHIFT) + ACCOUNT);
        unlink(number, account);
        append(number, account, kind);
    }

    /** Begins a connection anew, with the same tuples: it is tentative, and the newest. */
    void restart(final int number, final long nowNs) {
        lines.putLong((number << SHIFT) + CREATED, nowNs);
        move(number, TENTATIVE);
    }

    /** Takes a connection out of all lists and counts. */
    void remove(final int number) {
        final int account = lines.getInt((number << SHIFT) + ACCOUNT);
        unlink(number, account);
        accounts.discharge(account);
    }

    /** The oldest connection of an account and kind; 0 for none. */
    int oldest(final int account, final int kind) {
        return accounts.get(account, field(kind, OLDEST));
    }

    /** The connection that became of its kind after another one of the same account; 0 for none. */
    int newer(final int number) {
        return lines.getInt((number << SHIFT) + NEWER);
    }

    /** The oldest connection of the largest owner by this kind; 0 when there is none of the kind. */
    int oldestOfLargest(final int kind) {
        final int account = ranking(kind).largest();
        return account == 0 ? 0 : oldest(account, kind);
    }

    int kind(final int number) {
        return lines.getInt((number << SHIFT) + KIND);
    }

    long createdNs(final int number) {
        return lines.getLong((number << SHIFT) + CREATED);
    }

    /** Says of a connection that was taken in when it began, elsewhere. */
    void createdNs(final int number, final long createdNs) {
        lines.putLong((number << SHIFT) + CREATED, createdNs);
    }

    int owner(final int number) {
        return lines.getInt((number << SHIFT) + OWNER);
    }

    /** Connections of the same owner and zone. */
    int countOfOwner(final int number) {
        return accounts.count(lines.getInt((number << SHIFT) + ACCOUNT));
    }

    int nextFree(final int number) {
        return lines.getInt((number << SHIFT) + NEXT_FREE);
    }

    void nextFree(final int number, final int next) {
        lines.putInt((number << SHIFT) + NEXT_FREE, next);
    }

    /** Bytes of memory. */
    long length() {
        return lines.capacity() + accounts.length();
    }

    private void append(final int number, final int account, final int kind) {
        final int line = number << SHIFT;
        final int newest = accounts.get(account, field(kind, NEWEST));
        lines.putInt(line + KIND, kind);
        lines.putInt(line + OLDER, newest);
        lines.putInt(line + NEWER, 0);
        if (newest == 0) {
            accounts.put(account, field(kind, OLDEST), number);
        } else {
            lines.putInt((newest << SHIFT) + NEWER, number);
        }
        accounts.put(account, field(kind, NEWEST), number);
        final int count = count(account, kind, 1);
        if (kind == TENTATIVE) {
            lead(account, count);
        }
    }

    private void unlink(final int number, final int account) {
        final int line = number << SHIFT;
        final int kind = lines.getInt(line + KIND);
        final int older = lines.getInt(line + OLDER);
        final int newer = lines.getInt(line + NEWER);
        if (older == 0) {
            accounts.put(account, field(kind, OLDEST), newer);
        } else {
            lines.putInt((older << SHIFT) + NEWER, newer);
        }
        if (newer == 0) {
            accounts.put(account, field(kind, NEWEST), older);
        } else {
            lines.putInt((newer << SHIFT) + OLDER, older);
        }
        count(account, kind, -1);
    }

    private int count(final int account, final int kind, final int difference) {
        final int before = accounts.get(account, field(kind, COUNT));
        final int now = before + difference;
        accounts.put(account, field(kind, COUNT), now);
        ranking(kind).onChange(account, before, now);
        return now;
    }

    private void lead(final int account, final int count) {
        final int zone = accounts.zoneOf(account);
        final int leader = accounts.leader(zone);
        if (leader != account && (leader == 0 || accounts.get(leader, field(TENTATIVE, COUNT)) <= count)) {
            accounts.leader(zone, account);
        }
    }

    private AccountRanking ranking(final int kind) {
        return kind == TENTATIVE ? tentative : settled;
    }

    private AccountRanking newRanking(final int kind) {
        return new AccountRanking(accounts, field(kind, RANKED_BEFORE), field(kind, RANKED_BEHIND));
    }

    private static int field(final int kind, final int offset) {
        return FIELDS_OF_TENTATIVE + kind * FIELDS_OF_A_KIND + offset;
    }
}
