package org.dvr.pcaps.file;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reader of pcapng files, version 1 (draft-ietf-opsawg-pcapng): any number of sections, each in its own byte order and with its
 * own interfaces.
 * <pre>
 *  every block                 enhanced packet, obsolete packet          simple packet      interface description
 *   0 type                      8 interface id (obsolete: 16 bits,        8 original         8 link type (16)
 *   4 total length, of 4 n        then 16 bits of drops)                    length          10 reserved (16)
 *   8 body                     12 timestamp, upper 32 bits               12 data            12 snap length
 *     ...                      16 timestamp, lower 32 bits                                  16 options
 *  -4 total length again       20 captured length
 *                              24 original length        section header: 8 byte-order magic, 12 major (16),
 *                              28 data, padded to 4 n      14 minor (16), 16 section length (64), 24 options
 * </pre>
 * Blocks of other types are skipped unread, whatever their length. The section length is not needed and not looked at. A frame
 * of a simple packet block has no time of its own: it carries that of the frame before it, or 0.
 */
final class PcapngReader extends CaptureReader {
    /** A palindrome, so it reads the same in either byte order. */
    static final int SECTION_HEADER = 0x0a0d0d0a;

    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int OBSOLETE_PACKET = 2;
    private static final int SIMPLE_PACKET = 3;
    private static final int ENHANCED_PACKET = 6;

    private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
    private static final int MAJOR_VERSION = 1;
    private static final int MAX_INTERFACES = 65_536;

    // Every block
    private static final int TOTAL_LENGTH_OFFSET = 4;
    private static final int BODY_OFFSET = 8;
    private static final int TRAILER_LENGTH = 4;
    private static final int MIN_LENGTH = 12;

    // Section header
    private static final int SECTION_MIN_LENGTH = 28;
    private static final int MAJOR_OFFSET = 12;
    private static final int MINOR_OFFSET = 14;

    // Interface description
    private static final int INTERFACE_MIN_LENGTH = 20;
    private static final int LINK_TYPE_OFFSET = 8;
    private static final int SNAP_LENGTH_OFFSET = 12;
    private static final int INTERFACE_OPTIONS_OFFSET = 16;

    // Options
    private static final int OPTION_HEADER_LENGTH = 4;
    private static final int OPTION_END = 0;
    private static final int OPTION_TSRESOL = 9;
    private static final int OPTION_TSOFFSET = 14;

    // Enhanced and obsolete packet
    private static final int PACKET_MIN_LENGTH = 32;
    private static final int INTERFACE_ID_OFFSET = 8;
    private static final int TIMESTAMP_HIGH_OFFSET = 12;
    private static final int TIMESTAMP_LOW_OFFSET = 16;
    private static final int CAPTURED_LENGTH_OFFSET = 20;
    private static final int ORIGINAL_LENGTH_OFFSET = 24;
    private static final int PACKET_DATA_OFFSET = 28;

    // Simple packet
    private static final int SIMPLE_MIN_LENGTH = 16;
    private static final int SIMPLE_ORIGINAL_LENGTH_OFFSET = 8;
    private static final int SIMPLE_DATA_OFFSET = 12;

    // Of the current section
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private int interfaceCount;
    private int[] linkTypes = new int[8];
    private int[] snapLengths = new int[8];
    private int[] resolutions = new int[8];
    private long[] offsetsSeconds = new long[8];

    PcapngReader(final Path path, final MappedWindow window, final long fileLength) {
        super(path, window, fileLength);
    }

    @Override
    void readFileHeader() {
        position += readBlock();
    }

    @Override
    public boolean next() {
        while (position < fileLength) {
            final long blockOffset = position;
            final long framesBefore = frameNumber();
            final long totalLength = readBlock();
            position = blockOffset + totalLength;
            if (frameNumber() != framesBefore) {
                return true;
            }
        }
        return end();
    }

    /**
     * Reads the block at {@link #position}, which stays where it is.
     *
     * @return the block's total length
     */
    private long readBlock() {
        final long remaining = fileLength - position;
        if (remaining < MIN_LENGTH) {
            throw fault(
                    "the block header is cut off: " + remaining + " bytes left, a block has at least " + MIN_LENGTH,
                    REMEDY_CUT);
        }
        final int type = buffer.getInt(window.index(position, MIN_LENGTH), order);
        if (type == SECTION_HEADER) {
            readByteOrder();
        }
        final long totalLength = readTotalLength(remaining);
        switch (type) {
            case SECTION_HEADER -> readSectionHeader(totalLength);
            case INTERFACE_DESCRIPTION -> readInterface(totalLength);
            case ENHANCED_PACKET, OBSOLETE_PACKET -> readPacket(type, totalLength);
            case SIMPLE_PACKET -> readSimplePacket(totalLength);
            default -> {
                // name resolution, statistics, secrets, custom and future blocks
            }
        }
        return totalLength;
    }

    private void readByteOrder() {
        final int index = window.index(position, MIN_LENGTH);
        final int magic = buffer.getInt(index + BODY_OFFSET, ByteOrder.BIG_ENDIAN);
        if (magic == BYTE_ORDER_MAGIC) {
            order = ByteOrder.BIG_ENDIAN;
        } else if (magic == Integer.reverseBytes(BYTE_ORDER_MAGIC)) {
            order = ByteOrder.LITTLE_ENDIAN;
        } else {
            throw corrupt("section byte-order magic is 0x" + String.format("%08x", magic)
                    + ", neither 0x1a2b3c4d nor 0x4d3c2b1a");
        }
    }

    private long readTotalLength(final long remaining) {
        final int index = window.index(position, MIN_LENGTH);
        final long totalLength = buffer.getInt(index + TOTAL_LENGTH_OFFSET, order) & 0xffff_ffffL;
        if (totalLength < MIN_LENGTH) {
            throw corrupt("block length " + totalLength + " is less than " + MIN_LENGTH);
        }
        if ((totalLength & 3) != 0) {
            throw corrupt("block length " + totalLength + " is not a multiple of 4");
        }
        if (totalLength > remaining) {
            throw fault("the block is cut off after " + remaining + " of " + totalLength + " bytes", REMEDY_CUT);
        }
        final long trailerOffset = position + totalLength - TRAILER_LENGTH;
        final int trailer = buffer.getInt(window.index(trailerOffset, TRAILER_LENGTH), order);
        if (trailer != (int) totalLength) {
            throw corrupt("block length " + totalLength + " is " + Integer.toUnsignedString(trailer)
                    + " at the end of the block");
        }
        return totalLength;
    }

    private void checkLength(final String what, final long totalLength, final int minLength) {
        if (totalLength < minLength) {
            throw corrupt(what + " block length " + totalLength + " is less than " + minLength);
        }
    }

    private void readSectionHeader(final long totalLength) {
        checkLength("section header", totalLength, SECTION_MIN_LENGTH);
        final int index = window.index(position, SECTION_MIN_LENGTH);
        final int major = buffer.getShort(index + MAJOR_OFFSET, order) & 0xffff;
        if (major != MAJOR_VERSION) {
            final int minor = buffer.getShort(index + MINOR_OFFSET, order) & 0xffff;
            throw fault("section of pcapng version " + major + "." + minor + ", not 1", "convert it with editcap");
        }
        interfaceCount = 0;
    }

    private void readInterface(final long totalLength) {
        checkLength("interface description", totalLength, INTERFACE_MIN_LENGTH);
        final int id = interfaceCount;
        if (id == MAX_INTERFACES) {
            throw corrupt("the section has more than " + MAX_INTERFACES + " interfaces");
        }
        if (id == linkTypes.length) {
            linkTypes = Arrays.copyOf(linkTypes, id * 2);
            snapLengths = Arrays.copyOf(snapLengths, id * 2);
            resolutions = Arrays.copyOf(resolutions, id * 2);
            offsetsSeconds = Arrays.copyOf(offsetsSeconds, id * 2);
        }
        final int index = window.index(position, INTERFACE_MIN_LENGTH);
        linkTypes[id] = buffer.getShort(index + LINK_TYPE_OFFSET, order) & 0xffff;
        snapLengths[id] = buffer.getInt(index + SNAP_LENGTH_OFFSET, order);
        resolutions[id] = TimestampUnit.MICROSECONDS;
        offsetsSeconds[id] = 0;
        readInterfaceOptions(id, position + INTERFACE_OPTIONS_OFFSET, position + totalLength - TRAILER_LENGTH);
        interfaceCount = id + 1;
    }

    private void readInterfaceOptions(final int id, final long optionsOffset, final long optionsEnd) {
        long offset = optionsOffset;
        // opt_endofopt may be missing: "code that reads pcapng files MUST NOT assume an option list will have" it.
        while (optionsEnd - offset >= OPTION_HEADER_LENGTH) {
            final int index = window.index(offset, OPTION_HEADER_LENGTH);
            final int code = buffer.getShort(index, order) & 0xffff;
            final int length = buffer.getShort(index + 2, order) & 0xffff;
            if (code == OPTION_END) {
                return;
            }
            final long value = offset + OPTION_HEADER_LENGTH;
            if (length > optionsEnd - value) {
                throw corrupt("interface option " + code + " of " + length + " bytes reaches past its block");
            }
            if (code == OPTION_TSRESOL) {
                checkOption("if_tsresol", length, Byte.BYTES);
                resolutions[id] = buffer.getByte(window.index(value, Byte.BYTES)) & 0xff;
            } else if (code == OPTION_TSOFFSET) {
                checkOption("if_tsoffset", length, Long.BYTES);
                offsetsSeconds[id] = buffer.getLong(window.index(value, Long.BYTES), order);
            }
            offset = value + ((length + 3) & ~3);
        }
    }

    private void checkOption(final String name, final int length, final int expectedLength) {
        if (length != expectedLength) {
            throw corrupt("interface option " + name + " has length " + length + ", not " + expectedLength);
        }
    }

    private void readPacket(final int type, final long totalLength) {
        checkLength("packet", totalLength, PACKET_MIN_LENGTH);
        final int index = window.index(position, PACKET_MIN_LENGTH);
        final int interfaceId = type == ENHANCED_PACKET
                ? buffer.getInt(index + INTERFACE_ID_OFFSET, order)
                : buffer.getShort(index + INTERFACE_ID_OFFSET, order) & 0xffff;
        final long high = buffer.getInt(index + TIMESTAMP_HIGH_OFFSET, order);
        final long low = buffer.getInt(index + TIMESTAMP_LOW_OFFSET, order) & 0xffff_ffffL;
        final int capturedLength = buffer.getInt(index + CAPTURED_LENGTH_OFFSET, order);
        final int originalLength = buffer.getInt(index + ORIGINAL_LENGTH_OFFSET, order);
        checkInterface(interfaceId);
        checkCaptured(capturedLength, totalLength - PACKET_MIN_LENGTH);
        final long ticksNs = TimestampUnit.toNs(high << Integer.SIZE | low, resolutions[interfaceId]);
        final long timestampNs = ticksNs == TimestampUnit.OVERFLOW
                ? TimestampUnit.OVERFLOW
                : TimestampUnit.addSeconds(ticksNs, offsetsSeconds[interfaceId]);
        if (timestampNs == TimestampUnit.OVERFLOW) {
            throw fault("the timestamp is outside the years 1677 to 2262", "correct it with editcap -t");
        }
        frame(position, position + PACKET_DATA_OFFSET, timestampNs, capturedLength, originalLength);
    }

    private void readSimplePacket(final long totalLength) {
        checkLength("simple packet", totalLength, SIMPLE_MIN_LENGTH);
        final int index = window.index(position, SIMPLE_MIN_LENGTH);
        final int originalLength = buffer.getInt(index + SIMPLE_ORIGINAL_LENGTH_OFFSET, order);
        checkInterface(0);
        // "the SnapLen value … MUST be used to determine the size of the Packet Data field length"; 0 means no limit.
        final int snapLength = snapLengths[0];
        final int capturedLength = snapLength == 0 || Integer.compareUnsigned(originalLength, snapLength) <= 0
                ? originalLength
                : snapLength;
        checkCaptured(capturedLength, totalLength - SIMPLE_MIN_LENGTH);
        frame(position, position + SIMPLE_DATA_OFFSET, timestampNs(), capturedLength, originalLength);
    }

    private void checkInterface(final int interfaceId) {
        if (interfaceId < 0 || interfaceId >= interfaceCount) {
            throw corrupt("interface " + Integer.toUnsignedString(interfaceId) + " is unknown, the section has "
                    + interfaceCount);
        }
        if (linkTypes[interfaceId] != LinkType.ETHERNET) {
            throw fault(
                    "interface " + interfaceId + " has link type " + LinkType.describe(linkTypes[interfaceId])
                            + ", which is not Ethernet",
                    LinkType.REMEDY);
        }
    }

    private void checkCaptured(final int capturedLength, final long room) {
        if (capturedLength < 0 || capturedLength > MAX_CAPTURED_LENGTH) {
            throw corrupt("captured length " + Integer.toUnsignedString(capturedLength) + " is more than "
                    + MAX_CAPTURED_LENGTH);
        }
        if (capturedLength > room) {
            throw corrupt("captured length " + capturedLength + " does not fit its block, which has room for " + room);
        }
    }
}
