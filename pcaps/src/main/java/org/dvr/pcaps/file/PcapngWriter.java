package org.dvr.pcaps.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes Ethernet frames as pcapng (draft-ietf-opsawg-pcapng): one section, little endian, nanoseconds; frames carry the name of their interface, a
 * direction and a comment. {@link CaptureWriter} writes frames that have nothing but a time.
 * <pre>
 *  section header               interface description              enhanced packet
 *   0 type 0x0a0d0d0a            0 type 1                            0 type 6
 *   4 total length               4 total length                      4 total length
 *   8 byte-order magic           8 link type (16), reserved (16)     8 interface id
 *  12 version 1.0               12 snap length                      12 timestamp, upper and lower 32 bits
 *  16 section length -1         16 if_name, if_tsresol              20 captured length, 24 original length
 *  24 shb_userappl                                                  28 data, padded to 4 n; opt_comment, epb_flags
 * </pre>
 * A file whose writer was never closed is empty or ends in zeros. Owned by one thread.
 */
public final class PcapngWriter implements AutoCloseable {
    /** The longest frame that can be written, in bytes. */
    public static final int MAX_LENGTH = CaptureReader.MAX_CAPTURED_LENGTH;

    /** The longest comment that is written whole, in bytes of UTF-8. */
    public static final int MAX_COMMENT_LENGTH = 4_096;

    /** Which way a frame went; the values of {@code epb_flags}, bits 0 and 1. */
    public enum Direction {
        /** Not known, or neither. */
        UNKNOWN(0),
        INBOUND(1),
        OUTBOUND(2);

        private final int flags;

        Direction(final int flags) {
            this.flags = flags;
        }
    }

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int SECTION_HEADER_LENGTH = 24;
    private static final int INTERFACE_LENGTH = 16;
    private static final int PACKET_LENGTH = 28;
    private static final int TRAILER_LENGTH = 4;
    private static final int OPTION_HEADER_LENGTH = 4;

    private static final int OPTION_COMMENT = 1;
    private static final int OPTION_FLAGS = 2;
    private static final int OPTION_NAME = 2;
    private static final int OPTION_TSRESOL = 9;
    private static final int OPTION_APPLICATION = 4;
    private static final int NANOSECONDS = 9;

    private static final byte[] NO_BYTES = {};

    private final CaptureOutput file;
    private int interfaceCount;
    private long frameCount;

    private PcapngWriter(final CaptureOutput file) {
        this.file = file;
    }

    /**
     * Creates a capture without frames, and the folders above it. A file that was there is emptied first.
     *
     * @param path of the file
     * @param application who writes it, in words
     * @return a writer, to be closed when all frames are written
     * @throws CaptureException if the file or a folder cannot be created
     */
    public static PcapngWriter create(final Path path, final String application) {
        final PcapngWriter writer = new PcapngWriter(CaptureOutput.create(path));
        writer.writeSectionHeader(bytes(application));
        return writer;
    }

    private static byte[] bytes(final String text) {
        final byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length <= MAX_COMMENT_LENGTH) {
            return bytes;
        }
        int end = MAX_COMMENT_LENGTH;
        while ((bytes[end] & 0xC0) == 0x80) { // not within a character
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }

    private void writeSectionHeader(final byte[] application) {
        final int total = SECTION_HEADER_LENGTH + option(application) + OPTION_HEADER_LENGTH + TRAILER_LENGTH;
        final int index = start(PcapngReader.SECTION_HEADER, total);
        final UnsafeBuffer buffer = file.buffer();
        buffer.putInt(index + 8, 0x1a2b3c4d, ORDER);
        buffer.putInt(index + 12, 1, ORDER); // major version 1, minor 0
        buffer.putLong(index + 16, -1, ORDER); // length of the section: not told
        final int end = putOption(index + SECTION_HEADER_LENGTH, OPTION_APPLICATION, application);
        end(end, total);
    }

    /**
     * Describes an interface; frames name it by its number.
     *
     * @param name as people know it
     * @return its number, from 0 on
     */
    public int addInterface(final String name) {
        final byte[] text = bytes(name);
        final int total = INTERFACE_LENGTH + option(text) + 8 + OPTION_HEADER_LENGTH + TRAILER_LENGTH;
        final int index = start(1, total);
        final UnsafeBuffer buffer = file.buffer();
        buffer.putInt(index + 8, LinkType.ETHERNET, ORDER);
        buffer.putInt(index + 12, MAX_LENGTH, ORDER);
        final int resolution = putOption(index + INTERFACE_LENGTH, OPTION_NAME, text);
        buffer.putInt(resolution, OPTION_TSRESOL | 1 << 16, ORDER);
        buffer.putInt(resolution + OPTION_HEADER_LENGTH, NANOSECONDS, ORDER);
        end(resolution + 8, total);
        return interfaceCount++;
    }

    /**
     * Writes a frame, or the beginning of one.
     *
     * @param interfaceId from {@link #addInterface}
     * @param timestampNs time of the frame, nanoseconds since the epoch, 0 or more
     * @param direction   which way it went
     * @param comment     what there is to say about it, null = nothing; longer ones than {@link #MAX_COMMENT_LENGTH} are cut
     * @param frame       holds the frame from its Ethernet header on
     * @param offset      of the frame in the buffer, in bytes
     * @param captured    bytes that are there, 0 to {@link #MAX_LENGTH}
     * @param length      bytes of the frame, {@code captured} or more
     * @throws IllegalArgumentException if an argument is out of range
     * @throws IllegalStateException    if the writer is closed
     * @throws CaptureException         if the disk is full
     */
    public void write(
            final int interfaceId,
            final long timestampNs,
            final Direction direction,
            final String comment,
            final DirectBuffer frame,
            final int offset,
            final int captured,
            final int length) {
        if (interfaceId < 0 || interfaceId >= interfaceCount) {
            throw new IllegalArgumentException(
                    "interfaceId must be 0 to " + (interfaceCount - 1) + ", interfaceId=" + interfaceId);
        }
        if (timestampNs < 0) {
            throw new IllegalArgumentException("timestampNs must be 0 or more, timestampNs=" + timestampNs);
        }
        if (captured < 0 || captured > MAX_LENGTH || length < captured) {
            throw new IllegalArgumentException("captured must be 0 to " + MAX_LENGTH + " and length no less, captured="
                    + captured + " length=" + length);
        }
        final byte[] said = comment == null ? NO_BYTES : bytes(comment);
        final int commentLength = comment == null ? 0 : option(said);
        final int flagsLength = direction == Direction.UNKNOWN ? 0 : 8;
        final int endLength = commentLength + flagsLength == 0 ? 0 : OPTION_HEADER_LENGTH;
        final int padded = padded(captured);
        final int total = PACKET_LENGTH + padded + commentLength + flagsLength + endLength + TRAILER_LENGTH;
        final int index = file.next(total);
        final UnsafeBuffer buffer = file.buffer();
        // First what can fail: a frame outside its buffer must not leave half a block.
        buffer.putBytes(index + PACKET_LENGTH, frame, offset, captured);
        buffer.setMemory(index + PACKET_LENGTH + captured, padded - captured, (byte) 0);
        start(6, total);
        buffer.putInt(index + 8, interfaceId, ORDER);
        buffer.putInt(index + 12, (int) (timestampNs >>> Integer.SIZE), ORDER);
        buffer.putInt(index + 16, (int) timestampNs, ORDER);
        buffer.putInt(index + 20, captured, ORDER);
        buffer.putInt(index + 24, length, ORDER);
        int at = index + PACKET_LENGTH + padded;
        if (comment != null) {
            at = putOption(at, OPTION_COMMENT, said);
        }
        if (flagsLength > 0) {
            buffer.putInt(at, OPTION_FLAGS | Integer.BYTES << 16, ORDER);
            buffer.putInt(at + OPTION_HEADER_LENGTH, direction.flags, ORDER);
            at += flagsLength;
        }
        if (endLength > 0) {
            end(at, total);
        } else {
            trailer(at, total);
        }
        frameCount++;
    }

    private int start(final int type, final int total) {
        final int index = file.next(total);
        file.buffer().putInt(index, type, ORDER);
        file.buffer().putInt(index + 4, total, ORDER);
        return index;
    }

    private void end(final int at, final int total) {
        file.buffer().putInt(at, 0, ORDER); // opt_endofopt
        trailer(at + OPTION_HEADER_LENGTH, total);
    }

    private void trailer(final int at, final int total) {
        file.buffer().putInt(at, total, ORDER);
        file.advance(total);
    }

    private static int option(final byte[] value) {
        return OPTION_HEADER_LENGTH + padded(value.length);
    }

    private int putOption(final int at, final int code, final byte[] value) {
        final UnsafeBuffer buffer = file.buffer();
        final int padded = padded(value.length);
        buffer.putInt(at, code | value.length << 16, ORDER);
        buffer.putBytes(at + OPTION_HEADER_LENGTH, value);
        buffer.setMemory(at + OPTION_HEADER_LENGTH + value.length, padded - value.length, (byte) 0);
        return at + OPTION_HEADER_LENGTH + padded;
    }

    private static int padded(final int length) {
        return (length + 3) & ~3;
    }

    /** Frames written so far. */
    public long frameCount() {
        return frameCount;
    }

    /** Bytes written so far: what the file's length will be. */
    public long length() {
        return file.position();
    }

    /** Cuts the file to its length and closes it; closing again does nothing. */
    @Override
    public void close() {
        file.close();
    }
}
