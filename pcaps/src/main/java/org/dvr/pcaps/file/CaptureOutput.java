package org.dvr.pcaps.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The file below a writer of captures. The first 8 KiB are kept in memory: a replay of many guests has thousands of captures of a few frames, and to map a
 * file costs a hundred times what it costs to write one. A longer file is mapped a chunk at a time and grows ahead of the frames; {@link #close} cuts it to
 * its length, so a file whose writer was never closed is empty or ends in zeros.
 * <p>Owned by one thread.
 */
final class CaptureOutput {
    private static final int CHUNK_LENGTH = 4 << 20;
    private static final int OVERLAP_LENGTH = 512 << 10;
    private static final int SMALL_LENGTH = 8 << 10;

    private final Path path;
    /** Null while everything is in memory. */
    private MappedWindow window;

    private UnsafeBuffer buffer = new UnsafeBuffer(new byte[SMALL_LENGTH]);
    private long position;
    private boolean isClosed;

    private CaptureOutput(final Path path) {
        this.path = path;
    }

    /**
     * Creates an empty file, and the folders above it. A file that was there is emptied first.
     *
     * @param path of the file
     * @return to be closed
     * @throws CaptureException if the file or a folder cannot be created
     */
    static CaptureOutput create(final Path path) {
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
        return new CaptureOutput(path);
    }

    private static CaptureException unwritable(final Path path, final IOException cause) {
        return new CaptureException(path, "cannot be written", "check the permissions of its directory", cause);
    }

    /**
     * Finds room for the next bytes in {@link #buffer}: in memory, or in the mapped file once that is too small.
     *
     * @param length in bytes, at most half of a mebibyte
     * @return index into the buffer
     */
    int next(final int length) {
        if (window == null) {
            if (isClosed) {
                throw new IllegalStateException("capture is closed, file=" + path);
            }
            if (position + length <= SMALL_LENGTH) {
                return (int) position;
            }
            map();
        }
        return window.index(position, length);
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

    /** {@return what {@link #next} is an index into; another one when the file outgrows memory} */
    UnsafeBuffer buffer() {
        return buffer;
    }

    /**
     * What was put at {@link #next} belongs to the file from here on.
     *
     * @param length in bytes
     */
    void advance(final int length) {
        position += length;
    }

    /** {@return bytes written so far} */
    long position() {
        return position;
    }

    /** Cuts the file to its length and closes it; closing again does nothing. */
    void close() {
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
