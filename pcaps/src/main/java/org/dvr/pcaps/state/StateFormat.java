package org.dvr.pcaps.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.nat.conntrack.ConnectionRecord;
import org.dvr.pcaps.file.MappedWindow;

/**
 * The layout of a state file, version 1. Little endian.
 *
 * <pre>
 *   header       0  magic "dvrstate"        8  version (4)          12  length of a record (4)
 *               16  length of the file (8) 24  written at, ns since the epoch (8)
 *               32  number of records (8)  40  number of zones (4)  44  length of the names (4)
 *   names       48  host name, then for each zone its number (4) and its name; a name is its length (2) and UTF-8
 *   records         {@link ConnectionRecord}s
 *   checksum        CRC-32C of everything before it (4)
 * </pre>
 */
final class StateFormat {
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** "dvrstate", read as a little-endian number. */
    static final long MAGIC = 0x6574_6174_7372_7664L;

    static final int VERSION = 1;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = 8;
    static final int RECORD_LENGTH_OFFSET = 12;
    static final int FILE_LENGTH_OFFSET = 16;
    static final int WRITTEN_AT_OFFSET = 24;
    static final int RECORDS_OFFSET = 32;
    static final int ZONES_OFFSET = 40;
    static final int NAMES_LENGTH_OFFSET = 44;
    static final int HEADER_LENGTH = 48;
    static final int CHECKSUM_LENGTH = 4;

    /** The longest name in bytes, and the most of all names together: a quarter of a million routers. */
    static final int MAX_NAME_LENGTH = 4_096;

    static final int MAX_NAMES_LENGTH = 16 << 20;

    static final int CHUNK_LENGTH = 8 << 20;
    static final int OVERLAP_LENGTH = 512 << 10;

    /** Bytes summed at once; less than the overlap of the window. */
    private static final int STRETCH = 256 << 10;

    private StateFormat() {}

    /** Length of a whole file, or -1 when no file is that long. */
    static long fileLength(final int namesLength, final long records) {
        if (namesLength < 0
                || namesLength > MAX_NAMES_LENGTH
                || records < 0
                || records > Long.MAX_VALUE / 2 / ConnectionRecord.LENGTH) {
            return -1;
        }
        return HEADER_LENGTH + namesLength + records * ConnectionRecord.LENGTH + CHECKSUM_LENGTH;
    }

    /**
     * Sums up.
     *
     * @param window over the file
     * @param length bytes from its start
     * @return CRC-32C
     */
    static int checksum(final MappedWindow window, final long length) {
        final CRC32C crc = new CRC32C();
        final UnsafeBuffer buffer = window.buffer();
        final ByteBuffer copy = ByteBuffer.allocate(STRETCH);
        for (long position = 0; position < length; position += STRETCH) {
            final int count = (int) Math.min(STRETCH, length - position);
            buffer.getBytes(window.index(position, count), copy, 0, count);
            crc.update(copy.array(), 0, count);
        }
        return (int) crc.getValue();
    }
}
