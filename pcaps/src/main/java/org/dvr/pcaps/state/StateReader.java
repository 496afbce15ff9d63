package org.dvr.pcaps.state;

import static org.dvr.pcaps.state.StateFormat.ORDER;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.nat.conntrack.ConnectionBlock;
import org.dvr.nat.conntrack.ConnectionRecord;
import org.dvr.pcaps.file.CaptureException;
import org.dvr.pcaps.file.MappedWindow;

/** Reads a state file. Nothing of it is believed before its length and its checksum are right. */
final class StateReader implements AutoCloseable {
    private final Path file;
    private final long length;
    private final MappedWindow window;
    private final UnsafeBuffer buffer;
    private final Map<String, Integer> zones = new HashMap<>();
    private String host = "";
    private long epochNs;
    private long remaining;
    private long position = StateFormat.HEADER_LENGTH;

    private StateReader(final Path file, final long length) throws FileNotFoundException {
        this.file = file;
        this.length = length;
        window = MappedWindow.forReading(file, StateFormat.CHUNK_LENGTH, StateFormat.OVERLAP_LENGTH, length);
        buffer = window.buffer();
    }

    /**
     * Opens a file and checks all of it.
     *
     * @param file which exists
     * @return a reader before the first record, to be closed
     * @throws StateException when it is none of ours, torn, damaged or of another version
     */
    static StateReader open(final Path file) {
        StateReader reader = null;
        boolean isOpen = false;
        try {
            if (!Files.isRegularFile(file)) {
                throw StateException.foreign(file, "is not a regular file");
            }
            final long length = Files.size(file);
            if (length == 0) {
                throw StateException.refused(file, "is empty");
            }
            reader = new StateReader(file, length);
            reader.check();
            isOpen = true;
            return reader;
        } catch (final CaptureException e) {
            throw StateException.of(e);
        } catch (final IOException e) {
            throw StateException.foreign(file, "cannot be read (" + e.getMessage() + ")");
        } finally {
            if (!isOpen && reader != null) {
                reader.close();
            }
        }
    }

    private void check() {
        checkMagic();
        if (length < StateFormat.HEADER_LENGTH + StateFormat.CHECKSUM_LENGTH) {
            throw StateException.refused(file, "is torn: it ends within its header, at byte " + length);
        }
        final int index = window.index(0, StateFormat.HEADER_LENGTH);
        final int version = buffer.getInt(index + StateFormat.VERSION_OFFSET, ORDER);
        if (version != StateFormat.VERSION) {
            throw StateException.refused(
                    file,
                    "has format version " + Integer.toUnsignedString(version) + " at offset "
                            + StateFormat.VERSION_OFFSET + ", this program reads " + StateFormat.VERSION);
        }
        final long told = buffer.getLong(index + StateFormat.FILE_LENGTH_OFFSET, ORDER);
        if (told != length) {
            throw StateException.refused(
                    file, "is torn: it ends at byte " + length + ", its header says " + Long.toUnsignedString(told));
        }
        final int recordLength = buffer.getInt(index + StateFormat.RECORD_LENGTH_OFFSET, ORDER);
        final int namesLength = buffer.getInt(index + StateFormat.NAMES_LENGTH_OFFSET, ORDER);
        final int zoneCount = buffer.getInt(index + StateFormat.ZONES_OFFSET, ORDER);
        epochNs = buffer.getLong(index + StateFormat.WRITTEN_AT_OFFSET, ORDER);
        remaining = buffer.getLong(index + StateFormat.RECORDS_OFFSET, ORDER);
        if (recordLength != ConnectionRecord.LENGTH || StateFormat.fileLength(namesLength, remaining) != length) {
            throw StateException.refused(file, "is damaged: the lengths in its header do not add up to " + length);
        }
        checkChecksum();
        readNames(zoneCount, StateFormat.HEADER_LENGTH + namesLength);
    }

    /** A file that ends within the magic may be a torn one of ours; any other byte, and it is not. */
    private void checkMagic() {
        final int count = (int) Math.min(Long.BYTES, length);
        final int index = window.index(0, count);
        for (int i = 0; i < count; i++) {
            if (buffer.getByte(index + i) != (byte) (StateFormat.MAGIC >>> (Byte.SIZE * i))) {
                throw StateException.foreign(file, "is no state file: it does not begin with dvrstate");
            }
        }
    }

    private void checkChecksum() {
        final long end = length - StateFormat.CHECKSUM_LENGTH;
        final int sum = StateFormat.checksum(window, end);
        final int told = buffer.getInt(window.index(end, StateFormat.CHECKSUM_LENGTH), ORDER);
        if (sum != told) {
            throw StateException.refused(
                    file,
                    String.format(
                            "is damaged: the checksum at offset %d is %08x, its bytes give %08x", end, told, sum));
        }
    }

    private void readNames(final int zoneCount, final int end) {
        host = readName(end);
        for (int i = 0; i < zoneCount; i++) {
            if (position + Integer.BYTES > end) {
                throw misfit();
            }
            final int zone = buffer.getInt(window.index(position, Integer.BYTES), ORDER);
            position += Integer.BYTES;
            zones.put(readName(end), zone);
        }
        if (position != end) {
            throw misfit();
        }
    }

    private String readName(final int end) {
        if (position + Short.BYTES > end) {
            throw misfit();
        }
        final int nameLength = buffer.getShort(window.index(position, Short.BYTES), ORDER) & 0xFFFF;
        position += Short.BYTES;
        if (nameLength > StateFormat.MAX_NAME_LENGTH || position + nameLength > end) {
            throw misfit();
        }
        final byte[] bytes = new byte[nameLength];
        buffer.getBytes(window.index(position, nameLength), bytes);
        position += nameLength;
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private StateException misfit() {
        return StateException.refused(file, "is damaged: its names do not fit together at offset " + position);
    }

    /** {@return the host whose state it is} */
    String host() {
        return host;
    }

    /** {@return zone by name, in the process that wrote it} */
    Map<String, Integer> zones() {
        return Collections.unmodifiableMap(zones);
    }

    /** {@return time at which the lifetimes of the records begin, nanoseconds since the epoch} */
    long epochNs() {
        return epochNs;
    }

    /**
     * Reads on.
     *
     * @param block is filled; what it had is gone
     * @return false when there was nothing more
     */
    boolean read(final ConnectionBlock block) {
        block.clear();
        try {
            while (remaining > 0 && !block.isFull()) {
                final int index = window.index(position, ConnectionRecord.LENGTH);
                final int offset = block.length();
                block.add();
                block.buffer().putBytes(offset, buffer, index, ConnectionRecord.LENGTH);
                position += ConnectionRecord.LENGTH;
                remaining--;
            }
        } catch (final CaptureException e) {
            throw StateException.of(e);
        }
        return block.size() > 0;
    }

    @Override
    public void close() {
        window.close();
    }
}
