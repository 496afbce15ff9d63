package org.dvr.pcaps.file;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.MappedBytesStore;
import net.openhft.chronicle.bytes.MappedFile;
import net.openhft.chronicle.core.io.IORuntimeException;
import net.openhft.chronicle.core.io.ReferenceOwner;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The part of a file that is mapped just now: one chunk, and an overlap behind it so that a record which begins in a chunk can
 * be reached whole.
 * <pre>
 *   file   |----- chunk 0 -----|----- chunk 1 -----|----- chunk 2 --
 *   window                     |===================|===|
 *                               start               overlap
 * </pre>
 * The old chunk is unmapped before the next is mapped. The buffer over the window never reaches past {@link #limit}, so no
 * index into it can touch a page that the file does not back.
 */
public final class MappedWindow implements ReferenceOwner, AutoCloseable {
    private static final int NOT_MAPPED = -1;

    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private final Path path;
    private final MappedFile file;
    private final long limit;
    private MappedBytesStore store;
    private long start = NOT_MAPPED;
    private long end = NOT_MAPPED;
    private boolean isClosed;

    private MappedWindow(final Path path, final MappedFile file, final long limit) {
        this.path = path;
        this.file = file;
        this.limit = limit;
        file.setNewChunkListener(null); // it would only log
    }

    /**
     * Opens a file to read it.
     *
     * @param path of the file
     * @param chunkLength bytes mapped at once; a multiple of the page size
     * @param overlapLength bytes mapped behind a chunk: the longest record
     * @param limit length of the file in bytes: nothing behind it can be reached
     * @return the window, to be closed
     * @throws FileNotFoundException when it cannot be opened
     */
    public static MappedWindow forReading(
            final Path path, final int chunkLength, final int overlapLength, final long limit)
            throws FileNotFoundException {
        return new MappedWindow(path, MappedFile.of(absolute(path), chunkLength, overlapLength, true), limit);
    }

    /**
     * Opens a file to write it; it grows by a chunk at a time, until {@link #truncate} gives it its length.
     *
     * @param path of the file
     * @param chunkLength bytes mapped at once; a multiple of the page size
     * @param overlapLength bytes mapped behind a chunk: the longest record
     * @return the window, to be closed
     * @throws FileNotFoundException when it cannot be opened
     */
    public static MappedWindow forWriting(final Path path, final int chunkLength, final int overlapLength)
            throws FileNotFoundException {
        return new MappedWindow(path, MappedFile.of(absolute(path), chunkLength, overlapLength, false), Long.MAX_VALUE);
    }

    private static File absolute(final Path path) {
        return path.toAbsolutePath().toFile();
    }

    /** The mapped bytes; an index from {@link #index} is good until the next call of it. */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /**
     * Finds bytes of the file in {@link #buffer()}, moving the window when they are outside it.
     *
     * @param position in the file, in bytes
     * @param length   at most the overlap; {@code position + length} is at most the limit
     * @return index into the buffer
     */
    public int index(final long position, final int length) {
        if (position < start || position + length > end) {
            move(position, length);
        }
        return (int) (position - start);
    }

    private void move(final long position, final int length) {
        if (isClosed) {
            throw new IllegalStateException("capture is closed, file=" + path);
        }
        if (position < 0 || length < 0 || length > file.overlapSize() || position > limit - length) {
            throw new IllegalArgumentException(
                    "position=" + position + " length=" + length + " limit=" + limit + " file=" + path);
        }
        unmap();
        try {
            checkLengthOrRoom();
            final MappedBytesStore next = file.acquireByteStore(this, position);
            next.singleThreadedCheckDisabled(true);
            store = next;
            final long chunkStart = next.start();
            final long windowLength = Math.min(file.chunkSize() + file.overlapSize(), limit - chunkStart);
            buffer.wrap(next.addressForRead(chunkStart), (int) windowLength);
            start = chunkStart;
            end = chunkStart + windowLength;
        } catch (final IOException | IORuntimeException e) {
            throw new CaptureException(
                    path, "cannot be mapped at offset " + position + " (" + e.getMessage() + ")", "check the disk", e);
        }
    }

    /** A mapped page that the file or the disk cannot back is a fault of the process, so look first. */
    private void checkLengthOrRoom() {
        if (file.readOnly()) {
            final long actualLength = file.actualSize();
            if (actualLength < limit) {
                throw new CaptureException(
                        path,
                        "shrank from " + limit + " to " + actualLength + " bytes while it was read",
                        "leave the file alone until the reader is done");
            }
            return;
        }
        final long usable = file.file().getUsableSpace();
        if (file.chunkSize() + file.overlapSize() > usable) {
            throw new CaptureException(
                    path, "the disk has only " + usable + " bytes left", "free space or write somewhere else");
        }
    }

    private void unmap() {
        start = NOT_MAPPED;
        end = NOT_MAPPED;
        buffer.wrap(0, 0);
        if (store != null) {
            store.release(this);
            store = null;
        }
    }

    /**
     * Unmaps the window and cuts the file, or fills it with zeros, to this length.
     *
     * @param length of the file in bytes
     */
    public void truncate(final long length) {
        unmap();
        try {
            file.raf().setLength(length);
        } catch (final IOException e) {
            throw new CaptureException(
                    path, "cannot be cut to " + length + " bytes (" + e.getMessage() + ")", "check the disk", e);
        }
    }

    /** Waits until the file is on the disk as it is now. */
    public void force() {
        try {
            file.raf().getFD().sync();
        } catch (final IOException e) {
            throw new CaptureException(
                    path, "cannot be written to the disk (" + e.getMessage() + ")", "check the disk", e);
        }
    }

    /** Unmaps the window and closes the file; closing again does nothing. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        unmap();
        try {
            // Chronicle closes the file some time later on a thread of its own; the descriptor is wanted back now.
            file.raf().close();
        } catch (final IOException e) {
            throw new CaptureException(path, "cannot be closed (" + e.getMessage() + ")", "check the disk", e);
        } finally {
            file.releaseLast();
        }
    }
}
