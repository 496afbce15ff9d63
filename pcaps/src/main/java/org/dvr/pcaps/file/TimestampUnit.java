package org.dvr.pcaps.file;

/**
 * What one tick of a pcapng interface is worth: option if_tsresol (draft-ietf-opsawg-pcapng §4.2), "if the Most Significant Bit is
 * equal to zero, the remaining bits indicate the resolution of the timestamp as a negative power of 10 … if the Most Significant
 * Bit is equal to one, … a negative power of 2".
 */
final class TimestampUnit {
    /** Resolution where the option is missing: microseconds. */
    static final int MICROSECONDS = 6;

    /** A time that does not fit a long of nanoseconds: after the year 2262. */
    static final long OVERFLOW = Long.MIN_VALUE;

    private static final int POWER_OF_TWO = 0x80;
    private static final int NANOSECONDS = 9;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final long[] POWERS_OF_TEN = new long[20];

    static {
        POWERS_OF_TEN[0] = 1;
        for (int i = 1; i < POWERS_OF_TEN.length; i++) {
            POWERS_OF_TEN[i] = POWERS_OF_TEN[i - 1] * 10; // the last one is unsigned
        }
    }

    private TimestampUnit() {}

    /**
     * Converts ticks to nanoseconds, rounding down.
     *
     * @param ticks      unsigned
     * @param resolution the byte of if_tsresol, 0 to 255
     * @return 0 or more, or {@link #OVERFLOW}
     */
    static long toNs(final long ticks, final int resolution) {
        final int exponent = resolution & ~POWER_OF_TWO;
        return (resolution & POWER_OF_TWO) == 0 ? fromPowerOfTen(ticks, exponent) : fromPowerOfTwo(ticks, exponent);
    }

    private static long fromPowerOfTen(final long ticks, final int exponent) {
        if (exponent <= NANOSECONDS) {
            return multiply(ticks, POWERS_OF_TEN[NANOSECONDS - exponent]);
        }
        final int divisor = exponent - NANOSECONDS;
        if (divisor >= POWERS_OF_TEN.length) {
            return 0; // 2^64 ticks are less than a nanosecond
        }
        final long ns = Long.divideUnsigned(ticks, POWERS_OF_TEN[divisor]);
        return ns < 0 ? OVERFLOW : ns;
    }

    private static long fromPowerOfTwo(final long ticks, final int exponent) {
        if (exponent == 0) {
            return multiply(ticks, NS_PER_SECOND);
        }
        if (exponent >= Long.SIZE) {
            return Math.unsignedMultiplyHigh(ticks, NS_PER_SECOND) >>> (exponent - Long.SIZE);
        }
        final long seconds = multiply(ticks >>> exponent, NS_PER_SECOND);
        if (seconds == OVERFLOW) {
            return OVERFLOW;
        }
        final long fraction = ticks & ((1L << exponent) - 1);
        final long high = Math.unsignedMultiplyHigh(fraction, NS_PER_SECOND);
        final long ns = seconds + ((high << (Long.SIZE - exponent)) | ((fraction * NS_PER_SECOND) >>> exponent));
        return ns < 0 ? OVERFLOW : ns;
    }

    private static long multiply(final long ticks, final long factor) {
        final long product = ticks * factor;
        return product < 0 || Math.unsignedMultiplyHigh(ticks, factor) != 0 ? OVERFLOW : product;
    }

    /**
     * Adds the seconds of option if_tsoffset.
     *
     * @return nanoseconds since the epoch, or {@link #OVERFLOW}
     */
    static long addSeconds(final long ns, final long seconds) {
        if (seconds > Long.MAX_VALUE / NS_PER_SECOND || seconds < -(Long.MAX_VALUE / NS_PER_SECOND)) {
            return OVERFLOW;
        }
        final long sum = ns + seconds * NS_PER_SECOND;
        return seconds > 0 && sum < ns ? OVERFLOW : sum;
    }
}
