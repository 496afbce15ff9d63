package org.dvr.codec.ip;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static org.dvr.codec.testing.WireChecks.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {
    private static final long SEED = 1624;

    /** Values around which ones' complement arithmetic goes wrong, and a few others. */
    private static final int[] CORNERS = {0, 1, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x1234, 0xEDCB};

    @Test
    void shouldComputeExampleOfRfc1071() {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes("0001 f203 f4f5 f6f7"));
        assertEquals(0xddf2, InternetChecksum.sum(buffer, 0, 8, 0));
        assertEquals(0x220d, InternetChecksum.compute(buffer, 0, 8));
    }

    @Test
    void shouldComputeExampleOfRfc1624() {
        // "HC = 0xDD2F, m = 0x5555, m' = 0x3285": §4 expects 0x0000, where equation 2 gives 0xFFFF.
        assertEquals(0x0000, InternetChecksum.replace16(0xDD2F, 0x5555, 0x3285));
    }

    @Test
    void shouldAgreeWithWordByWordSumAtEveryLengthAndOffset() {
        final Random random = new Random(SEED);
        final byte[] array = new byte[96];
        random.nextBytes(array);
        final UnsafeBuffer buffer = new UnsafeBuffer(array);
        for (int offset = 0; offset < 9; offset++) {
            for (int length = 0; length <= array.length - offset; length++) {
                final int expected = naiveSum(buffer, offset, length);
                final String note = "offset=" + offset + " length=" + length;
                assertEquals(expected, InternetChecksum.sum(buffer, offset, length, 0), note);
                assertEquals(~expected & 0xFFFF, InternetChecksum.compute(buffer, offset, length), note);
            }
        }
    }

    @Test
    void shouldSumFullDatagramOfOnesWithoutLosingCarries() {
        final byte[] array = new byte[65_535];
        Arrays.fill(array, (byte) 0xFF);
        final UnsafeBuffer buffer = new UnsafeBuffer(array);
        assertEquals(naiveSum(buffer, 0, array.length), InternetChecksum.sum(buffer, 0, array.length, 0));
        assertEquals(0xFFFF, InternetChecksum.sum(buffer, 0, 8, 0xFFFF_FFFF));
    }

    @Test
    void shouldNotReadBehindTheLength() {
        for (int length = 0; length < 32; length++) {
            // Agrona checks bounds in tests: a read behind the end throws.
            assertEquals(0, InternetChecksum.sum(new UnsafeBuffer(new byte[length]), 0, length, 0));
        }
    }

    @Test
    void shouldJoinSumsOfParts() {
        final Random random = new Random(SEED);
        final byte[] array = new byte[61];
        for (int i = 0; i < 1_000; i++) {
            random.nextBytes(array);
            final UnsafeBuffer buffer = new UnsafeBuffer(array);
            final int cut = random.nextInt(30) * 2;
            final int first = InternetChecksum.sum(buffer, 0, cut, 0);
            final int whole = InternetChecksum.sum(buffer, 0, array.length, 0);
            final String note = "seed=" + SEED + " round=" + i;
            assertEquals(whole, InternetChecksum.sum(buffer, cut, array.length - cut, first), note);
            final int second = InternetChecksum.sum(buffer, cut, array.length - cut, 0);
            assertEquals(whole, InternetChecksum.add(first, second), note);
        }
    }

    @Test
    void shouldGiveTheSameIncrementallyAsInFull() {
        final Random random = new Random(SEED);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[40]);
        for (int i = 0; i < 200_000; i++) {
            for (int at = 0; at < buffer.capacity(); at += 2) {
                buffer.putShort(at, (short) value(random), BIG_ENDIAN);
            }
            // A header is never all zero: an IPv4 header begins with its version, a pseudo header has its protocol.
            buffer.putByte(0, (byte) 0x45);
            final String note = "seed=" + SEED + " round=" + i;
            final int before = InternetChecksum.compute(buffer, 0, 40);
            final int at16 = 2 + 2 * random.nextInt(19);
            final int old16 = buffer.getShort(at16, BIG_ENDIAN) & 0xFFFF;
            final int new16 = value(random);
            buffer.putShort(at16, (short) new16, BIG_ENDIAN);
            final int after16 = InternetChecksum.compute(buffer, 0, 40);
            assertEquals(after16, InternetChecksum.replace16(before, old16, new16), note);
            final int at32 = 2 + 2 * random.nextInt(18);
            final int old32 = buffer.getInt(at32, BIG_ENDIAN);
            final int new32 = (value(random) << 16) | value(random);
            buffer.putInt(at32, new32, BIG_ENDIAN);
            final int after32 = InternetChecksum.compute(buffer, 0, 40);
            assertEquals(after32, InternetChecksum.replace32(after16, old32, new32), note);
            final int delta = InternetChecksum.add(
                    InternetChecksum.delta16(old16, new16), InternetChecksum.delta32(old32, new32));
            assertEquals(after32, InternetChecksum.applyDelta(before, delta), note);
        }
    }

    @Test
    void shouldTakeBothZerosOfChecksumForTheSame() {
        // A UDP checksum that computes to 0x0000 is sent as 0xFFFF: an update of either must give the same.
        for (final int oldValue : CORNERS) {
            for (final int newValue : CORNERS) {
                final int fromZero = InternetChecksum.replace16(0x0000, oldValue, newValue);
                final int fromOnes = InternetChecksum.replace16(0xFFFF, oldValue, newValue);
                assertEquals(
                        InternetChecksum.asSentByUdp(fromZero),
                        InternetChecksum.asSentByUdp(fromOnes),
                        "old=" + oldValue + " new=" + newValue);
                assertNotEquals(0, InternetChecksum.asSentByUdp(fromZero));
            }
        }
        assertEquals(0x1234, InternetChecksum.asSentByUdp(0x1234));
    }

    @Test
    void shouldUndoAnUpdate() {
        for (final int oldValue : CORNERS) {
            for (final int newValue : CORNERS) {
                for (int checksum = 0; checksum < 0xFFFF; checksum += 13) {
                    final int there = InternetChecksum.replace16(checksum, oldValue, newValue);
                    assertEquals(checksum, InternetChecksum.replace16(there, newValue, oldValue));
                }
            }
        }
    }

    @Test
    void shouldSumPseudoHeaders() {
        final int ipv4 = InternetChecksum.pseudoHeader(0xFFFFFFFF, 0xFFFFFFFE, 17, 0x1_0000);
        final UnsafeBuffer bytes4 = new UnsafeBuffer(bytes("ffffffff fffffffe 0011 0001 0000"));
        assertEquals(InternetChecksum.compute(bytes4, 0, 14), InternetChecksum.fold(ipv4));
        final int ipv6 = InternetChecksum.pseudoHeader(
                0x20010db8ffffffffL, -1, 0x8000000000000001L, 0xFFFEFFFDFFFCFFFBL, IpProtocol.ICMPV6, 1480);
        final UnsafeBuffer bytes6 = new UnsafeBuffer(bytes(
                "20010db8ffffffff",
                "ffffffffffffffff",
                "8000000000000001",
                "fffefffdfffcfffb",
                "000005c8",
                "0000003a"));
        assertEquals(InternetChecksum.compute(bytes6, 0, 40), InternetChecksum.fold(ipv6));
    }

    private static int value(final Random random) {
        return random.nextBoolean() ? CORNERS[random.nextInt(CORNERS.length)] : random.nextInt(0x1_0000);
    }

    private static int naiveSum(final DirectBuffer buffer, final int offset, final int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (buffer.getByte(offset + i) & 0xFF) << ((i & 1) == 0 ? 8 : 0);
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }
}
