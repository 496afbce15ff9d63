package org.dvr.nat.conntrack;

import org.agrona.BitUtil;
import org.dvr.nat.memory.NativeMemory;

/**
 * Who holds how many connections: an account for each owner in a zone, and one for each zone, as long as it holds any. Off heap, fixed capacity.
 *
 * <pre>
 *   account, one 64-byte cache line; number 0 is never used
 *     0  key (8): zone (24 bits) and owner (32 bits), or zone and a mark
 *     8  of an owner: its zone's account (4); of a zone: its leader's account (4), 0 without one
 *    12  connections (4), one that is about to be opened included
 *    16  tentative: connections, oldest, newest, neighbors in the ranking (5 x 4)
 *    36  settled: likewise (5 x 4)
 *    56  next free account (4)
 * </pre>
 *
 * When no account is left, what would need one is put on a shared account, to which no limit applies: there is always an answer. Addresses are chosen by
 * guests, therefore the hash is seeded. Owned by one worker.
 */
final class AccountTable {
    /** Whose connections are put together when accounts run out. */
    static final int SHARED_OWNER = 1;

    /** The zone of {@link #SHARED_OWNER}, and of owners whose zone found no account. */
    static final int SHARED_ZONE = 2;

    /** The most accounts that a table of any size keeps, shared ones not counted: 8 MiB. */
    static final int MAX_ACCOUNTS = 1 << 17;

    private static final int SHIFT = 6;
    private static final int KEY = 0;
    private static final int ZONE_OR_LEADER = 8;
    private static final int COUNT = 12;
    private static final int NEXT_FREE = 56;
    private static final long ZONE_MARK = 1L << 62;

    private final int last;
    private final int slotMask;
    private final int[] slots;
    private final NativeMemory accounts;
    private final TupleHash hash;
    private int firstUnused = SHARED_ZONE + 1;
    private int firstFree;

    /**
     * @param capacity of the connection table
     * @param seed of the hash
     */
    AccountTable(final int capacity, final long seed) {
        last = SHARED_ZONE + Math.min(2 * capacity, MAX_ACCOUNTS);
        slots = new int[BitUtil.findNextPositivePowerOfTwo(last * 2)];
        slotMask = slots.length - 1;
        accounts = new NativeMemory((last + 1) << SHIFT, 1 << SHIFT);
        hash = new TupleHash(seed);
        accounts.putInt(field(SHARED_OWNER, ZONE_OR_LEADER), SHARED_ZONE);
        accounts.putInt(field(SHARED_OWNER, COUNT), 1); // never given up
        accounts.putInt(field(SHARED_ZONE, COUNT), 1);
    }

    /** Counts a connection for its owner and zone; answers the owner's account. */
    int charge(final int zone, final int owner) {
        final long key = (long) zone << 32 | Integer.toUnsignedLong(owner);
        int account = find(key);
        if (account == 0) {
            account = acquire(key);
            if (account == 0) {
                account = SHARED_OWNER;
            } else {
                accounts.putInt(field(account, ZONE_OR_LEADER), zoneAccount(zone));
            }
        }
        add(account, 1);
        add(zoneOf(account), 1);
        return account;
    }

    /** Takes a connection off the counts of its owner and zone, and gives up what holds none any more. */
    void discharge(final int account) {
        final int zone = zoneOf(account);
        if (add(account, -1) == 0) {
            if (leader(zone) == account) {
                leader(zone, 0);
            }
            release(account);
        }
        if (add(zone, -1) == 0) {
            release(zone);
        }
    }

    /** Connections on an account. */
    int count(final int account) {
        return accounts.getInt(field(account, COUNT));
    }

    /** The account of an owner's zone. */
    int zoneOf(final int account) {
        return accounts.getInt(field(account, ZONE_OR_LEADER));
    }

    /** The account that last reached the most tentative connections of a zone, 0 for none. */
    int leader(final int zone) {
        return accounts.getInt(field(zone, ZONE_OR_LEADER));
    }

    void leader(final int zone, final int account) {
        accounts.putInt(field(zone, ZONE_OR_LEADER), account);
    }

    int get(final int account, final int fieldOffset) {
        return accounts.getInt(field(account, fieldOffset));
    }

    void put(final int account, final int fieldOffset, final int value) {
        accounts.putInt(field(account, fieldOffset), value);
    }

    /** Bytes of memory. */
    long length() {
        return accounts.capacity() + (long) slots.length * Integer.BYTES;
    }

    private int zoneAccount(final int zone) {
        final long key = ZONE_MARK | zone;
        int account = find(key);
        if (account == 0) {
            account = acquire(key);
        }
        return account == 0 ? SHARED_ZONE : account;
    }

    private int add(final int account, final int difference) {
        final int offset = field(account, COUNT);
        final int count = accounts.getInt(offset) + difference;
        accounts.putInt(offset, count);
        return count;
    }

    private int find(final long key) {
        int position = home(key);
        int account = slots[position];
        while (account != 0 && accounts.getLong(account << SHIFT) != key) {
            position = position + 1 & slotMask;
            account = slots[position];
        }
        return account;
    }

    /** A new account with nothing on it; 0 when there is none. */
    private int acquire(final long key) {
        int account = firstFree;
        if (account != 0) {
            firstFree = get(account, NEXT_FREE);
        } else if (firstUnused <= last) {
            account = firstUnused++;
        } else {
            return 0;
        }
        for (int offset = 0; offset < 1 << SHIFT; offset += Long.BYTES) {
            accounts.putLong(field(account, offset), 0);
        }
        accounts.putLong(field(account, KEY), key);
        int position = home(key);
        while (slots[position] != 0) {
            position = position + 1 & slotMask;
        }
        slots[position] = account;
        return account;
    }

    private void release(final int account) {
        int gap = home(accounts.getLong(account << SHIFT));
        while (slots[gap] != account) {
            gap = gap + 1 & slotMask;
        }
        for (int next = gap + 1 & slotMask; slots[next] != 0; next = next + 1 & slotMask) {
            final int distanceFromHome = next - home(accounts.getLong(slots[next] << SHIFT)) & slotMask;
            if (distanceFromHome >= (next - gap & slotMask)) {
                slots[gap] = slots[next];
                gap = next;
            }
        }
        slots[gap] = 0;
        put(account, NEXT_FREE, firstFree);
        firstFree = account;
    }

    private int home(final long key) {
        return (int) (hash.hash(key, key) >>> 32) & slotMask;
    }

    private static int field(final int account, final int fieldOffset) {
        return (account << SHIFT) + fieldOffset;
    }
}
