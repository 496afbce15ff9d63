package org.dvr.pcaps.state;

import static org.dvr.pcaps.state.StateFormat.ORDER;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.nat.conntrack.ConnectionBlock;
import org.dvr.nat.conntrack.ConnectionRecord;
import org.dvr.pcaps.file.CaptureException;
import org.dvr.pcaps.file.MappedWindow;

/**
 * Writes a state file: records first into {@code FILE.new} beside it, which takes the place of the old one by being renamed, once it is whole and on
 * the disk. Whenever the process ends, the old file or the new one is there.
 */
public final class StateWriter implements AutoCloseable {
    private final Path file;
    private final Path temporary;
    private final ZoneNames zones;
    private final MappedWindow window;
    private final UnsafeBuffer buffer;
    private final int namesLength;
    private long position = StateFormat.HEADER_LENGTH;
    private long count;
    private boolean isClosed;

    private StateWriter(final Path file, final String host, final ZoneNames zones) throws FileNotFoundException {
        this.file = file;
        this.zones = zones;
        temporary = temporary(file);
        window = MappedWindow.forWriting(temporary, StateFormat.CHUNK_LENGTH, StateFormat.OVERLAP_LENGTH);
        buffer = window.buffer();
        boolean isCreated = false;
        try {
            window.truncate(0); // what is left of an earlier one must not show through
            writeName(host);
            for (final Map.Entry<String, Integer> zone : zones.zones().entrySet()) {
                buffer.putInt(window.index(position, Integer.BYTES), zone.getValue(), ORDER);
                position += Integer.BYTES;
                writeName(zone.getKey());
            }
            namesLength = (int) (position - StateFormat.HEADER_LENGTH);
            isCreated = true;
        } finally {
            if (!isCreated) {
                close();
            }
        }
    }

    /**
     * Begins to write.
     *
     * @param file the state file, left as it is until {@link #commit}
     * @param host whose state
     * @param zones of its topology
     * @return a writer, to be closed in any case
     * @throws StateException when the file cannot be written
     */
    static StateWriter create(final Path file, final String host, final ZoneNames zones) {
        try {
            return new StateWriter(file, host, zones);
        } catch (final FileNotFoundException e) {
            throw StateException.unwritable(
                    file, "cannot be written (" + e.getMessage() + ")", "check its directory and the permissions", e);
        } catch (final CaptureException e) {
            throw StateException.of(e);
        }
    }

    static Path temporary(final Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    private void writeName(final String name) {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > StateFormat.MAX_NAME_LENGTH || position + bytes.length > StateFormat.MAX_NAMES_LENGTH) {
            throw StateException.unwritable(
                    file,
                    "the names of the routers are too long, that of " + name.substring(0, Math.min(40, name.length())),
                    "shorten it",
                    null);
        }
        final int index = window.index(position, Short.BYTES + bytes.length);
        buffer.putShort(index, (short) bytes.length, ORDER);
        buffer.putBytes(index + Short.BYTES, bytes);
        position += Short.BYTES + bytes.length;
    }

    /**
     * Writes the connections of a block; those of zones without a name are left out, as their router is gone.
     *
     * @param block left as it is
     * @throws StateException when the disk is full
     */
    public void add(final ConnectionBlock block) {
        try {
            for (int i = 0; i < block.size(); i++) {
                if (zones.router(block.get(i).zone()) != null) {
                    final int index = window.index(position, ConnectionRecord.LENGTH);
                    buffer.putBytes(index, block.buffer(), i * ConnectionRecord.LENGTH, ConnectionRecord.LENGTH);
                    position += ConnectionRecord.LENGTH;
                    count++;
                }
            }
        } catch (final CaptureException e) {
            throw StateException.of(e);
        }
    }

    /** {@return connections written so far} */
    public long count() {
        return count;
    }

    /**
     * Completes the file and puts it in its place.
     *
     * @param epochNs time at which the lifetimes of the records begin, nanoseconds since the epoch
     * @throws StateException when it cannot be written
     */
    public void commit(final long epochNs) {
        try {
            final long length = position + StateFormat.CHECKSUM_LENGTH;
            writeHeader(length, epochNs);
            final int checksum = StateFormat.checksum(window, position);
            buffer.putInt(window.index(position, StateFormat.CHECKSUM_LENGTH), checksum, ORDER);
            window.truncate(length);
            window.force();
            window.close();
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            isClosed = true;
            forceFolder();
        } catch (final CaptureException e) {
            throw StateException.of(e);
        } catch (final IOException e) {
            throw StateException.unwritable(
                    file, "cannot be replaced (" + e.getMessage() + ")", "check its directory and the permissions", e);
        }
    }

    private void writeHeader(final long length, final long epochNs) {
        final int index = window.index(0, StateFormat.HEADER_LENGTH);
        buffer.putLong(index + StateFormat.MAGIC_OFFSET, StateFormat.MAGIC, ORDER);
        buffer.putInt(index + StateFormat.VERSION_OFFSET, StateFormat.VERSION, ORDER);
        buffer.putInt(index + StateFormat.RECORD_LENGTH_OFFSET, ConnectionRecord.LENGTH, ORDER);
        buffer.putLong(index + StateFormat.FILE_LENGTH_OFFSET, length, ORDER);
        buffer.putLong(index + StateFormat.WRITTEN_AT_OFFSET, epochNs, ORDER);
        buffer.putLong(index + StateFormat.RECORDS_OFFSET, count, ORDER);
        buffer.putInt(index + StateFormat.ZONES_OFFSET, zones.zones().size(), ORDER);
        buffer.putInt(index + StateFormat.NAMES_LENGTH_OFFSET, namesLength, ORDER);
    }

    /** The rename itself on the disk, for a machine that loses power; kill -9 does not need it. */
    private void forceFolder() throws IOException {
        try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    /** Throws away what was not committed; closing again does nothing. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        window.close();
        try {
            Files.deleteIfExists(temporary);
        } catch (final IOException e) {
            throw StateException.unwritable(temporary, "cannot be removed (" + e.getMessage() + ")", "remove it", e);
        }
    }
}
