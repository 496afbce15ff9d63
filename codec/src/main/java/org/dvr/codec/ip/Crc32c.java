package org.dvr.codec.ip;

import org.agrona.DirectBuffer;

/** The CRC32c that SCTP has for a checksum (RFC 9260 §6.8, appendix A). A byte at a time: who needs it is rare here. */
public final class Crc32c {
    private static final int POLYNOMIAL = 0x82F6_3B78; // 0x1EDC6F41, lowest bit first
    private static final int[] TABLE = new int[256];

    static {
        for (int i = 0; i < TABLE.length; i++) {
            int crc = i;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ POLYNOMIAL;
            }
            TABLE[i] = crc;
        }
    }

    private Crc32c() {}

    /**
     * Computes it over a range.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @param length bytes, 0 or more
     * @return CRC, to be written lowest byte first
     */
    public static int compute(final DirectBuffer buffer, final int offset, final int length) {
        int crc = -1;
        for (int i = offset, end = offset + length; i < end; i++) {
            crc = crc >>> Byte.SIZE ^ TABLE[(crc ^ buffer.getByte(i)) & 0xFF];
        }
        return ~crc;
    }
}
