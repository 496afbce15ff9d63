package org.dvr.codec.net;

/** A MAC address in the low 48 bits of a {@code long}, first byte on the wire highest. */
public final class MacAddress {
    /** The broadcast address, ff:ff:ff:ff:ff:ff. */
    public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private static final long GROUP_BIT = 0x0100_0000_0000L;
    private static final int TEXT_LENGTH = 17;

    private MacAddress() {}

    /**
     * Reads six pairs of hexadecimal digits parted by colons.
     *
     * @param text such as {@code fa:16:3e:00:00:01}, upper or lower case
     * @return MAC in the low 48 bits
     * @throws IllegalArgumentException if the text is anything else
     */
    public static long parse(final CharSequence text) {
        if (text.length() != TEXT_LENGTH) {
            throw invalid(text);
        }
        long mac = 0;
        for (int i = 0; i < TEXT_LENGTH; i += 3) {
            final int high = TextDigits.hex(text.charAt(i));
            final int low = TextDigits.hex(text.charAt(i + 1));
            final boolean isParted = i + 2 == TEXT_LENGTH || text.charAt(i + 2) == ':';
            if (high < 0 || low < 0 || !isParted) {
                throw invalid(text);
            }
            mac = (mac << 8) | (high << 4) | low;
        }
        return mac;
    }

    /**
     * Appends the text form in lower case.
     *
     * @param builder to append to
     * @param mac MAC in the low 48 bits
     * @return the builder
     */
    public static StringBuilder append(final StringBuilder builder, final long mac) {
        for (int shift = 44; shift >= 0; shift -= 4) {
            builder.append(TextDigits.HEX.charAt((int) (mac >>> shift) & 0xF));
            if (shift > 0 && (shift & 7) == 0) {
                builder.append(':');
            }
        }
        return builder;
    }

    /** {@return the text form of a MAC in the low 48 bits, in lower case} */
    public static String toString(final long mac) {
        return append(new StringBuilder(TEXT_LENGTH), mac).toString();
    }

    /** {@return whether the group bit is set; broadcast is a group too} */
    public static boolean isMulticast(final long mac) {
        return (mac & GROUP_BIT) != 0;
    }

    /** {@return whether this is the broadcast address} */
    public static boolean isBroadcast(final long mac) {
        return mac == BROADCAST;
    }

    /** {@return whether all 48 bits are zero, which is no station's address} */
    public static boolean isZero(final long mac) {
        return mac == 0;
    }

    private static IllegalArgumentException invalid(final CharSequence text) {
        return new IllegalArgumentException("not a MAC address, text=" + text);
    }
}
