package org.dvr.pcaps.file;

import java.nio.ByteOrder;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes Ethernet frames as a nanosecond pcap: version 2.4, little endian, snap length 262,144.
 * <p>The same frames give the same bytes. Nothing is allocated per frame. A file whose writer was never closed is empty or ends in zeros.
 * <p>Owned by one thread.
 */
public final class CaptureWriter implements AutoCloseable {
    /** The longest frame that can be written, in bytes. */
    public static final int MAX_LENGTH = CaptureReader.MAX_CAPTURED_LENGTH;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final long MAX_TIMESTAMP_NS = (1L << Integer.SIZE) * NS_PER_SECOND - 1;

    private final CaptureOutput file;
    private long frameCount;

    private CaptureWriter(final CaptureOutput file) {
        this.file = file;
    }

    /**
     * Creates a capture without frames, and the folders above it. A file that was there is emptied first.
     *
     * @param path of the file
     * @return a writer, to be closed when all frames are written
     * @throws CaptureException if the file or a folder cannot be created
     */
    public static CaptureWriter create(final Path path) {
        final CaptureWriter writer = new CaptureWriter(CaptureOutput.create(path));
        writer.writeFileHeader();
        return writer;
    }

    private void writeFileHeader() {
        final int index = file.next(PcapReader.FILE_HEADER_LENGTH);
        final UnsafeBuffer buffer = file.buffer();
        buffer.putInt(index, PcapReader.MAGIC_NANOSECONDS, ORDER);
        buffer.putShort(index + 4, (short) 2, ORDER); // major version
        buffer.putShort(index + 6, (short) 4, ORDER); // minor version
        buffer.putLong(index + 8, 0, ORDER); // reserved
        buffer.putInt(index + 16, MAX_LENGTH, ORDER); // snap length
        buffer.putInt(index + 20, LinkType.ETHERNET, ORDER);
        file.advance(PcapReader.FILE_HEADER_LENGTH);
    }

    /**
     * Writes one whole frame.
     *
     * @param timestampNs time of the frame, nanoseconds since the epoch, 0 to 2^32 seconds (exclusive)
     * @param frame       holds the frame from its Ethernet header on
     * @param offset      of the frame in the buffer, in bytes
     * @param length      of the frame in bytes, 0 to {@link #MAX_LENGTH}
     * @throws IllegalArgumentException if the time or length is out of range
     * @throws IllegalStateException    if the writer is closed
     * @throws CaptureException         if the disk is full
     */
    public void write(final long timestampNs, final DirectBuffer frame, final int offset, final int length) {
        if (timestampNs < 0 || timestampNs > MAX_TIMESTAMP_NS) {
            throw new IllegalArgumentException(
                    "timestampNs must be 0 to " + MAX_TIMESTAMP_NS + ", timestampNs=" + timestampNs);
        }
        if (length < 0 || length > MAX_LENGTH) {
            throw new IllegalArgumentException("length must be 0 to " + MAX_LENGTH + ", length=" + length);
        }
        final long seconds = timestampNs / NS_PER_SECOND;
        final int index = file.next(PcapReader.RECORD_HEADER_LENGTH + length);
        final UnsafeBuffer buffer = file.buffer();
        // First what can fail: a frame outside its buffer must not leave half a record.
        buffer.putBytes(index + PcapReader.RECORD_HEADER_LENGTH, frame, offset, length);
        buffer.putInt(index, (int) seconds, ORDER);
        buffer.putInt(index + 4, (int) (timestampNs - seconds * NS_PER_SECOND), ORDER);
        buffer.putInt(index + 8, length, ORDER); // captured length
        buffer.putInt(index + 12, length, ORDER); // original length
        file.advance(PcapReader.RECORD_HEADER_LENGTH + length);
        frameCount++;
    }

    /** Frames written so far. */
    public long frameCount() {
        return frameCount;
    }

    /** Bytes written so far, file header included: what the file's length will be. */
    public long length() {
        return file.position();
    }

    /** Cuts the file to its length and closes it; closing again does nothing. */
    @Override
    public void close() {
        file.close();
    }
}
