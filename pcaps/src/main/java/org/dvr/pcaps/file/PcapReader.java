package org.dvr.pcaps.file;

import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Reader of pcap files, version 2.4 (draft-ietf-opsawg-pcap).
 * <pre>
 *  file header, 24 bytes                        record header, 16 bytes, then the captured bytes
 *   0 magic, it tells byte order and resolution   0 seconds
 *   4 major version (16)   6 minor version (16)   4 microseconds or nanoseconds
 *   8 reserved                                    8 captured length
 *  12 reserved                                   12 original length
 *  16 snap length
 *  20 link type (26), FCS length (6)
 * </pre>
 */
final class PcapReader extends CaptureReader {
    static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
    static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
    static final int NS_PER_MICROSECOND = 1_000;
    static final int FILE_HEADER_LENGTH = 24;
    static final int RECORD_HEADER_LENGTH = 16;

    private static final int MAJOR_OFFSET = 4;
    private static final int MINOR_OFFSET = 6;
    private static final int LINK_TYPE_OFFSET = 20;
    private static final int FRACTION_OFFSET = 4;
    private static final int CAPTURED_LENGTH_OFFSET = 8;
    private static final int ORIGINAL_LENGTH_OFFSET = 12;
    private static final int LINK_TYPE_MASK = 0x03ff_ffff;
    private static final int MAJOR_VERSION = 2;
    private static final int MINOR_VERSION = 4;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final Path path;
    private final ByteOrder order;
    private final int nsPerFraction;

    PcapReader(
            final Path path,
            final MappedWindow window,
            final long fileLength,
            final ByteOrder order,
            final int nsPerFraction) {
        super(path, window, fileLength);
        this.path = path;
        this.order = order;
        this.nsPerFraction = nsPerFraction;
    }

    @Override
    void readFileHeader() {
        if (fileLength < FILE_HEADER_LENGTH) {
            throw new CaptureException(
                    path,
                    "the file header is cut off after " + fileLength + " of " + FILE_HEADER_LENGTH + " bytes",
                    "capture again");
        }
        final int index = window.index(0, FILE_HEADER_LENGTH);
        final int major = buffer.getShort(index + MAJOR_OFFSET, order) & 0xffff;
        final int minor = buffer.getShort(index + MINOR_OFFSET, order) & 0xffff;
        if (major != MAJOR_VERSION || minor != MINOR_VERSION) {
            // Before 2.4 the two lengths of a record could stand the other way round.
            throw new CaptureException(
                    path, "is a pcap of version " + major + "." + minor + ", not 2.4", "convert it with editcap");
        }
        final int linkType = buffer.getInt(index + LINK_TYPE_OFFSET, order) & LINK_TYPE_MASK;
        if (linkType != LinkType.ETHERNET) {
            throw new CaptureException(
                    path, "link type " + LinkType.describe(linkType) + " is not Ethernet", LinkType.REMEDY);
        }
        position = FILE_HEADER_LENGTH;
    }

    @Override
    public boolean next() {
        final long recordOffset = position;
        final long remaining = fileLength - recordOffset;
        if (remaining < RECORD_HEADER_LENGTH) {
            if (remaining == 0) {
                return end();
            }
            throw fault(
                    "the record header is cut off after " + remaining + " of " + RECORD_HEADER_LENGTH + " bytes",
                    REMEDY_CUT);
        }
        final int index = window.index(recordOffset, RECORD_HEADER_LENGTH);
        final long seconds = buffer.getInt(index, order) & 0xffff_ffffL;
        final long fraction = buffer.getInt(index + FRACTION_OFFSET, order) & 0xffff_ffffL;
        final int capturedLength = buffer.getInt(index + CAPTURED_LENGTH_OFFSET, order);
        final int originalLength = buffer.getInt(index + ORIGINAL_LENGTH_OFFSET, order);
        if (capturedLength < 0 || capturedLength > MAX_CAPTURED_LENGTH) {
            throw corrupt("captured length " + Integer.toUnsignedString(capturedLength) + " is more than "
                    + MAX_CAPTURED_LENGTH);
        }
        if (capturedLength > remaining - RECORD_HEADER_LENGTH) {
            throw fault(
                    "the frame is cut off after " + (remaining - RECORD_HEADER_LENGTH) + " of " + capturedLength
                            + " bytes",
                    REMEDY_CUT);
        }
        final long dataOffset = recordOffset + RECORD_HEADER_LENGTH;
        frame(
                recordOffset,
                dataOffset,
                seconds * NS_PER_SECOND + fraction * nsPerFraction,
                capturedLength,
                originalLength);
        position = dataOffset + capturedLength;
        return true;
    }
}
