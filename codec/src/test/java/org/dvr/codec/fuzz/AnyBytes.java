package org.dvr.codec.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.DecodeFault;

/** What holds for the decoding of any bytes. */
final class AnyBytes {
    private static final int MARGIN = 24;

    private AnyBytes() {}

    /** Judges bytes at an offset. */
    @FunctionalInterface
    interface Check {
        DecodeFault check(DirectBuffer buffer, int offset, int length);
    }

    /** {@return a buffer that ends with the bytes, so that Agrona's bounds checks throw at a read past them} */
    static UnsafeBuffer exact(final byte[] data) {
        return new UnsafeBuffer(data);
    }

    /** Judges the bytes alone and among others: the verdict must not depend on what is around them. */
    static boolean isSound(final byte[] data, final Check check) {
        final DecodeFault alone = check.check(exact(data), 0, data.length);
        for (final byte fill : new byte[] {0, 0x45, (byte) 0xFF}) {
            final UnsafeBuffer among = new UnsafeBuffer(new byte[MARGIN + data.length + MARGIN]);
            among.setMemory(0, among.capacity(), fill);
            among.putBytes(MARGIN, data);
            assertEquals(alone, check.check(among, MARGIN, data.length));
        }
        return alone == DecodeFault.NONE;
    }
}
