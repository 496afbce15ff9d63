package org.dvr.pcaps.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimestampUnitTest {
    private static final BigInteger NS_PER_SECOND = BigInteger.valueOf(1_000_000_000);
    private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

    @Test
    void shouldAgreeWithExactArithmeticAtEveryResolution() {
        final long seed = 42;
        final Random random = new Random(seed);
        for (int resolution = 0; resolution < 256; resolution++) {
            final int exponent = resolution & 0x7f;
            final BigInteger perSecond =
                    (resolution & 0x80) == 0 ? BigInteger.TEN.pow(exponent) : BigInteger.ONE.shiftLeft(exponent);
            for (int i = 0; i < 200; i++) {
                final long ticks = i == 0 ? -1 : random.nextLong() >>> random.nextInt(64);
                final BigInteger exact = new BigInteger(Long.toUnsignedString(ticks))
                        .multiply(NS_PER_SECOND)
                        .divide(perSecond);
                final long expected = exact.compareTo(MAX) > 0 ? TimestampUnit.OVERFLOW : exact.longValue();
                assertEquals(
                        expected,
                        TimestampUnit.toNs(ticks, resolution),
                        "seed=" + seed + " ticks=" + Long.toUnsignedString(ticks) + " resolution=" + resolution);
            }
        }
    }

    @Test
    void shouldAddSecondsThatFit() {
        assertEquals(3_000_000_005L, TimestampUnit.addSeconds(5, 3));
        assertEquals(-2_999_999_995L, TimestampUnit.addSeconds(5, -3));
        assertEquals(TimestampUnit.OVERFLOW, TimestampUnit.addSeconds(0, Long.MAX_VALUE));
        assertEquals(TimestampUnit.OVERFLOW, TimestampUnit.addSeconds(0, Long.MIN_VALUE));
        assertEquals(TimestampUnit.OVERFLOW, TimestampUnit.addSeconds(Long.MAX_VALUE, 9_000_000_000L));
    }
}
