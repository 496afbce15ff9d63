package org.dvr.pcaps.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads the Ethernet frames of a capture file in file order: pcap or pcapng, micro- or nanosecond, either byte order.
 * <p>A cursor: {@link #next()} moves to a frame, the accessors then describe it. Nothing is allocated per frame. The file is
 * mapped a chunk at a time and may be longer than memory.
 * <p>What is tolerated, as libpcap and Wireshark do: a captured length above the original length or above the snap length of
 * the file, a captured length of 0, a sub-second part of more than a second. What is not ends in a {@link CaptureException}.
 * <p>Limit: the file must keep its length while it is read. A file that shrinks is noticed at the next chunk; within a chunk the
 * JVM raises an {@link InternalError}.
 * <p>Owned by one thread.
 */
public abstract sealed class CaptureReader implements AutoCloseable permits PcapReader, PcapngReader {
    /** The longest captured length accepted, in bytes: MAXIMUM_SNAPLEN of libpcap. */
    public static final int MAX_CAPTURED_LENGTH = 262_144;

    static final String REMEDY_CUT =
            "the capture was cut short: capture again, or keep the frames before it with editcap";
    static final String REMEDY_CORRUPT =
            "the file is corrupt: capture again, or keep the frames before it with editcap";
    private static final String REMEDY_CONVERT = "convert it with editcap -F nsecpcap";

    private static final int CHUNK_LENGTH = 16 << 20;
    private static final int OVERLAP_LENGTH = 1 << 20;
    private static final int MAGIC_LENGTH = 4;
    private static final int GZIP_MAGIC = 0x1f8b;
    private static final int ZSTD_MAGIC = 0x28b52ffd;
    private static final int LZ4_MAGIC = 0x04224d18;
    private static final int MODIFIED_PCAP_MAGIC = 0xa1b2cd34;

    final MappedWindow window;
    final UnsafeBuffer buffer;
    final long fileLength;
    /** Where the next record or block begins. */
    long position;

    private final Path path;

    // Of the current frame
    private long timestampNs;
    private long frameNumber;
    private long fileOffset;
    private long dataOffset;
    private int capturedLength;
    private int originalLength;

    CaptureReader(final Path path, final MappedWindow window, final long fileLength) {
        this.path = path;
        this.window = window;
        this.buffer = window.buffer();
        this.fileLength = fileLength;
    }

    /**
     * Opens a capture, recognizing its format by the first bytes.
     *
     * @param path of a regular file
     * @return a reader before the first frame
     * @throws CaptureException if there is no such file, or it cannot be read, or is no capture of Ethernet frames
     */
    public static CaptureReader open(final Path path) {
        checkFile(path);
        MappedWindow window = null;
        boolean isOpen = false;
        try {
            final long length = Files.size(path);
            if (length == 0) {
                throw new CaptureException(path, "is empty", "give a pcap or pcapng capture");
            }
            window = MappedWindow.forReading(path, CHUNK_LENGTH, OVERLAP_LENGTH, length);
            final CaptureReader reader = recognize(path, window, length);
            reader.readFileHeader();
            isOpen = true;
            return reader;
        } catch (final FileNotFoundException e) {
            throw new CaptureException(path, "cannot be read", "check its permissions", e);
        } catch (final IOException e) {
            throw new CaptureException(path, "cannot be read (" + e.getMessage() + ")", "check the disk", e);
        } finally {
            if (!isOpen && window != null) {
                window.close();
            }
        }
    }

    private static void checkFile(final Path path) {
        if (!Files.exists(path)) {
            throw new CaptureException(path, "no such file", "check the path");
        }
        if (Files.isDirectory(path)) {
            throw new CaptureException(path, "is a directory", "give a pcap or pcapng file");
        }
        if (!Files.isRegularFile(path)) {
            throw new CaptureException(path, "is not a regular file", "store the capture in a file first");
        }
        if (!Files.isReadable(path)) {
            throw new CaptureException(path, "cannot be read", "check its permissions");
        }
    }

    private static CaptureReader recognize(final Path path, final MappedWindow window, final long length) {
        if (length < MAGIC_LENGTH) {
            throw new CaptureException(
                    path, "is no capture: only " + length + " bytes long", "give a pcap or pcapng capture");
        }
        final int magic = window.buffer().getInt(window.index(0, MAGIC_LENGTH), ByteOrder.BIG_ENDIAN);
        if (magic == PcapngReader.SECTION_HEADER) {
            return new PcapngReader(path, window, length);
        }
        for (final ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            final int ordered = order == ByteOrder.BIG_ENDIAN ? magic : Integer.reverseBytes(magic);
            switch (ordered) {
                case PcapReader.MAGIC_MICROSECONDS -> {
                    return new PcapReader(path, window, length, order, PcapReader.NS_PER_MICROSECOND);
                }
                case PcapReader.MAGIC_NANOSECONDS -> {
                    return new PcapReader(path, window, length, order, 1);
                }
                case MODIFIED_PCAP_MAGIC ->
                    throw new CaptureException(path, "is a modified pcap (magic 0xa1b2cd34)", REMEDY_CONVERT);
                default -> {
                    // perhaps in the other order
                }
            }
        }
        if (magic >>> 16 == GZIP_MAGIC || magic == ZSTD_MAGIC || magic == LZ4_MAGIC) {
            throw new CaptureException(path, "is compressed", "decompress it first");
        }
        throw new CaptureException(
                path,
                "is no pcap or pcapng capture (magic 0x" + String.format("%08x", magic) + ")",
                "give a pcap or pcapng capture, or " + REMEDY_CONVERT);
    }

    /** Reads what stands before the first frame; called once. */
    abstract void readFileHeader();

    /**
     * Moves to the next frame.
     *
     * @return false at the end of the file, now and from then on
     * @throws CaptureException      if what follows is no frame; a further call says the same again
     * @throws IllegalStateException if the reader is closed
     */
    public abstract boolean next();

    /** Time of the current frame, in nanoseconds since 1970-01-01T00:00:00Z. */
    public final long timestampNs() {
        return timestampNs;
    }

    /** Bytes of the current frame that the file holds, 0 to {@link #MAX_CAPTURED_LENGTH}; 0 before the first and after the last. */
    public final int capturedLength() {
        return capturedLength;
    }

    /** Bytes that the current frame had on the wire, as the file has it, unsigned: some tools write less than was captured. */
    public final int originalLength() {
        return originalLength;
    }

    /** Number of the current frame, 1 for the first of the file; 0 before it. */
    public final long frameNumber() {
        return frameNumber;
    }

    /** Where the record or block of the current frame begins, in bytes from the start of the file. */
    public final long fileOffset() {
        return fileOffset;
    }

    /** Link type of the current frame; always 1, Ethernet, as others are refused. */
    public final int linkType() {
        return LinkType.ETHERNET;
    }

    /** The file, as it was given to {@link #open}. */
    public final Path path() {
        return path;
    }

    /**
     * Copies the captured bytes of the current frame.
     *
     * @param destination with room for {@link #capturedLength()} bytes from {@code offset} on
     * @param offset      into the destination, in bytes
     * @return {@link #capturedLength()}
     * @throws IllegalStateException if the reader is closed
     */
    public final int copyTo(final MutableDirectBuffer destination, final int offset) {
        final int length = capturedLength;
        final int index = window.index(dataOffset, length);
        destination.putBytes(offset, buffer, index, length);
        return length;
    }

    /** Unmaps and closes the file; closing again does nothing. */
    @Override
    public final void close() {
        window.close();
    }

    final void frame(
            final long recordOffset,
            final long frameDataOffset,
            final long frameTimestampNs,
            final int frameCapturedLength,
            final int frameOriginalLength) {
        frameNumber++;
        fileOffset = recordOffset;
        dataOffset = frameDataOffset;
        timestampNs = frameTimestampNs;
        capturedLength = frameCapturedLength;
        originalLength = frameOriginalLength;
    }

    final boolean end() {
        capturedLength = 0;
        originalLength = 0;
        // Touches the window, so that a closed reader says so rather than pretending to be at its end.
        window.index(fileLength - 1, 1);
        return false;
    }

    final CaptureException corrupt(final String what) {
        return fault(what, REMEDY_CORRUPT);
    }

    /** What is wrong with the record or block at {@link #position}, where the next frame was expected. */
    final CaptureException fault(final String what, final String remedy) {
        return new CaptureException(path, frameNumber + 1, position, what, remedy);
    }
}
