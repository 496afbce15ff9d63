package org.dvr.codec.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.DecodeFault;

/** What the tests of every header have in common. */
public final class WireChecks {
    private static final byte FILL = (byte) 0xA5;
    private static final int MARGIN = 16;

    private WireChecks() {}

    /** The {@code check} of a header. */
    @FunctionalInterface
    public interface Check {
        /** Judges the bytes at an offset. */
        DecodeFault check(DirectBuffer buffer, int offset, int length);
    }

    /** Writes a header at an offset. */
    @FunctionalInterface
    public interface Writer {
        /** Writes. */
        void write(MutableDirectBuffer buffer, int offset);
    }

    /** {@return the bytes of hexadecimal texts, blanks ignored, one after the other} */
    public static byte[] bytes(final String... fields) {
        return HexFormat.of().parseHex(String.join("", fields).replace(" ", ""));
    }

    /** {@return bytes behind a margin, so that a header at offset 0 cannot pass for one at its offset} */
    public static UnsafeBuffer behindMargin(final byte[] bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[MARGIN + bytes.length]);
        buffer.putBytes(MARGIN, bytes);
        return buffer;
    }

    /** {@return the offset of the bytes in {@link #behindMargin}} */
    public static int margin() {
        return MARGIN;
    }

    /** {@return what a writer makes of bytes that were all 0xA5, as hexadecimal text} */
    public static String written(final int length, final Writer writer) {
        final UnsafeBuffer buffer = filled(length);
        writer.write(buffer, MARGIN);
        final byte[] bytes = new byte[length];
        buffer.getBytes(MARGIN, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Fails unless a writer leaves the bytes on both sides of its range as they were. */
    public static void assertLeavesNeighborsAlone(final int length, final Writer writer) {
        final UnsafeBuffer buffer = filled(length);
        writer.write(buffer, MARGIN);
        for (int i = 0; i < buffer.capacity(); i++) {
            if (i < MARGIN || i >= MARGIN + length) {
                assertEquals(FILL, buffer.getByte(i), "index=" + (i - MARGIN));
            }
        }
    }

    /**
     * Fails unless sound bytes pass, and every cut of them gives one of some faults without a read past the end: the buffer
     * ends where the bytes do.
     */
    public static void assertRejectsEveryTruncation(
            final byte[] sound, final Check check, final DecodeFault... faults) {
        assertEquals(DecodeFault.NONE, judge(sound, check));
        for (int length = 0; length < sound.length; length++) {
            final DecodeFault fault = judge(Arrays.copyOf(sound, length), check);
            assertNotEquals(DecodeFault.NONE, fault, "length=" + length);
            assertEquals(true, List.of(faults).contains(fault), "length=" + length + " fault=" + fault);
        }
    }

    /** Fails unless the bytes give a fault. */
    public static void assertFault(final DecodeFault expected, final Check check, final String... fields) {
        assertEquals(expected, judge(bytes(fields), check));
    }

    private static DecodeFault judge(final byte[] bytes, final Check check) {
        return check.check(behindMargin(bytes), MARGIN, bytes.length);
    }

    private static UnsafeBuffer filled(final int length) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[MARGIN + length + MARGIN]);
        buffer.setMemory(0, buffer.capacity(), FILL);
        return buffer;
    }
}
