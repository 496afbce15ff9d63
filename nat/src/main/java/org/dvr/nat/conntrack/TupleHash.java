package org.dvr.nat.conntrack;

/** Seeded hash of two longs. Keys are chosen by strangers, who must not know the seed. */
public final class TupleHash {
    private final long seedOfFirst;
    private final long seedOfSecond;
    private final long seedOfMix;

    TupleHash(final long seed) {
        seedOfFirst = mix(seed + 1);
        seedOfSecond = mix(seed + 2);
        seedOfMix = mix(seed + 3) | 1;
    }

    long hash(final long first, final long second) {
        // Folded 128-bit products: each operand is secret until multiplied, so strangers cannot steer collisions.
        final long product = fold(first ^ seedOfFirst, second ^ seedOfSecond);
        return fold(product ^ seedOfSecond, seedOfMix);
    }

    /**
     * Folds a 128-bit product: what it comes to, nobody foretells who does not know one of the operands.
     *
     * @param a any 64 bits
     * @param b any 64 bits
     * @return upper and lower half of the product, combined
     */
    public static long fold(final long a, final long b) {
        return Math.unsignedMultiplyHigh(a, b) ^ a * b;
    }

    /**
     * Spreads a small seed over 64 bits.
     *
     * @param value a seed
     * @return 64 bits, of different seeds different ones
     */
    public static long mix(final long value) {
        long mixed = value * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        return mixed ^ mixed >>> 32;
    }
}
