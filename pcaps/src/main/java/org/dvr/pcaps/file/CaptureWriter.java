package org.dvr.pcaps.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes Ethernet frames as a nanosecond pcap: version 2.4, little endian, snap length 262,144.
 * <p>The same frames give the same bytes. Nothing is allocated per frame. The first 8 KiB are kept in memory: a replay of many guests has
 * thousands of captures of a few frames, and to map a file costs a hundred times what it costs to write one. A longer file is mapped a
 * chunk at a time and grows ahead of the frames; {@link #close} cuts it to its length, so a file whose writer was never closed is empty or
 * ends in zeros.
 * <p>Owned by one thread.
 */
public final class CaptureWriter implements AutoCloseable {
    /** The longest frame that can be written, in bytes. */
    public static final int MAX_LENGTH = CaptureReader.MAX_CAPTURED_LENGTH;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final long MAX_TIMESTAMP_NS = (1L << Integer.SIZE) * NS_PER_SECOND - 1;

    private static final int CHUNK_LENGTH = 4 << 20;
    private static final int OVERLAP_LENGTH = 512 << 10;

    private static final int SMALL_LENGTH = 8 << 10;

    private final Path path;
    /** Null while everything is in memory. */
    private MappedWindow window;

    private UnsafeBuffer buffer = new UnsafeBuffer(new byte[SMALL_LENGTH]);
    private long position;
    private long frameCount;
    private boolean isClosed;

    private CaptureWriter(final Path path) {
        this.path = path;
    }

    /**
     * Creates a capture without frames, and the folders above it. A file that was there is emptied first.
     *
     * @param path of the file
     * @return a writer, to be closed when all frames are written
     * @throws CaptureException if the file or a folder cannot be created
     */
    public static CaptureWriter create(final Path path) {
        if (Files.isDirectory(path)) {
            throw new CaptureException(path, "is a directory", "name a file to write");
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new CaptureException(path, "is not a regular file", "name a file to write");
        }
        createParents(path);
        try {
            Files.write(path, new byte[0]); // what an older file held must not show through
        } catch (final IOException e) {
            throw unwritable(path, e);
        }
        final CaptureWriter writer = new CaptureWriter(path);
        writer.writeFileHeader();
        return writer;
    }

    private static CaptureException unwritable(final Path path, final IOException cause) {
        return new CaptureException(path, "cannot be written", "check the permissions of its directory", cause);
    }

    /**
     * Finds room in {@link #buffer}: in memory, or in the mapped file once that is too small.
     *
     * @param at     in the file, in bytes
     * @param length in bytes
     * @return index into the buffer
     */
    private int index(final long at, final int length) {
        if (window == null) {
            if (isClosed) {
                throw new IllegalStateException("capture is closed, file=" + path);
            }
            if (at + length <= SMALL_LENGTH) {
                return (int) at;
            }
            map();
        }
        return window.index(at, length);
    }

    private void map() {
        final UnsafeBuffer small = buffer;
        try {
            window = MappedWindow.forWriting(path, CHUNK_LENGTH, OVERLAP_LENGTH);
        } catch (final FileNotFoundException e) {
            throw unwritable(path, e);
        }
        buffer = window.buffer();
        final int length = (int) position;
        buffer.putBytes(window.index(0, length), small, 0, length);
    }

    private static void createParents(final Path path) {
        final Path parent = path.toAbsolutePath().getParent();
        try {
            if (parent != null) {
                Files.createDirectories(parent);
            }
        } catch (final IOException e) {
            throw new CaptureException(
                    path,
                    "its directory cannot be created (" + e.getMessage() + ")",
                    "check the path and its permissions",
                    e);
        }
    }

    private void writeFileHeader() {
        final int index = index(0, PcapReader.FILE_HEADER_LENGTH);
        buffer.putInt(index, PcapReader.MAGIC_NANOSECONDS, ORDER);
        buffer.putShort(index + 4, (short) 2, ORDER); // major version
        buffer.putShort(index + 6, (short) 4, ORDER); // minor version
        buffer.putLong(index + 8, 0, ORDER); // reserved
        buffer.putInt(index + 16, MAX_LENGTH, ORDER); // snap length
        buffer.putInt(index + 20, LinkType.ETHERNET, ORDER);
        position = PcapReader.FILE_HEADER_LENGTH;
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
        final int index = index(position, PcapReader.RECORD_HEADER_LENGTH + length);
        // First what can fail: a frame outside its buffer must not leave half a record.
        buffer.putBytes(index + PcapReader.RECORD_HEADER_LENGTH, frame, offset, length);
        buffer.putInt(index, (int) seconds, ORDER);
        buffer.putInt(index + 4, (int) (timestampNs - seconds * NS_PER_SECOND), ORDER);
        buffer.putInt(index + 8, length, ORDER); // captured length
        buffer.putInt(index + 12, length, ORDER); // original length
        position += PcapReader.RECORD_HEADER_LENGTH + length;
        frameCount++;
    }

    /** Frames written so far. */
    public long frameCount() {
        return frameCount;
    }

    /** Bytes written so far, file header included: what the file's length will be. */
    public long length() {
        return position;
    }

    /** Cuts the file to its length and closes it; closing again does nothing. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (window == null) {
            writeSmall();
            return;
        }
        try {
            window.truncate(position);
        } finally {
            window.close();
        }
    }

    private void writeSmall() {
        try (OutputStream file = Files.newOutputStream(path)) {
            file.write(buffer.byteArray(), 0, (int) position);
        } catch (final IOException e) {
            throw new CaptureException(
                    path, "cannot be written (" + e.getMessage() + ")", "check the space on its disk", e);
        }
    }
}
