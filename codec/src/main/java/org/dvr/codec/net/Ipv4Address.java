package org.dvr.codec.net;

/** An IPv4 address in an {@code int}: host-order value of the big-endian address, 10.0.0.1 is 0x0A000001. */
public final class Ipv4Address {
    /** 0.0.0.0, no address. */
    public static final int ANY = 0;

    /** 255.255.255.255, everyone on this link. */
    public static final int LIMITED_BROADCAST = 0xFFFF_FFFF;

    private static final long INVALID = -1;

    private Ipv4Address() {}

    /**
     * Reads four decimal numbers parted by dots.
     *
     * @param text such as {@code 10.0.0.1}; no blanks, signs or leading zeros
     * @return address in host order
     * @throws IllegalArgumentException if the text is anything else
     */
    public static int parse(final CharSequence text) {
        final long address = parse(text, 0, text.length());
        if (address == INVALID) {
            throw new IllegalArgumentException("not an IPv4 address, text=" + text);
        }
        return (int) address;
    }

    /** Reads a part of a text; answers -1 where {@link #parse(CharSequence)} throws. */
    static long parse(final CharSequence text, final int start, final int end) {
        long address = 0;
        int octets = 0;
        int from = start;
        for (int i = start; i <= end; i++) {
            if (i == end || text.charAt(i) == '.') {
                final int octet = TextDigits.decimal(text, from, i, 255);
                if (octet < 0) {
                    return INVALID;
                }
                address = ((address << 8) | octet) & 0xFFFF_FFFFL;
                octets++;
                from = i + 1;
            }
        }
        return octets == 4 ? address : INVALID;
    }

    /**
     * Appends the dotted decimal form.
     *
     * @param builder to append to
     * @param address host order
     * @return the builder
     */
    public static StringBuilder append(final StringBuilder builder, final int address) {
        return builder.append(address >>> 24)
                .append('.')
                .append((address >>> 16) & 0xFF)
                .append('.')
                .append((address >>> 8) & 0xFF)
                .append('.')
                .append(address & 0xFF);
    }

    /** {@return the dotted decimal form of an address in host order} */
    public static String toString(final int address) {
        return append(new StringBuilder(15), address).toString();
    }

    /** {@return whether the address is in 224.0.0.0/4} */
    public static boolean isMulticast(final int address) {
        return address >>> 28 == 0xE;
    }

    /** {@return whether the address is in 127.0.0.0/8} */
    public static boolean isLoopback(final int address) {
        return address >>> 24 == 127;
    }

    /** {@return whether the address is in 169.254.0.0/16 (RFC 3927)} */
    public static boolean isLinkLocal(final int address) {
        return address >>> 16 == 0xA9FE;
    }

    /** {@return whether the address is in 0.0.0.0/8, "this network"} */
    public static boolean isThisNetwork(final int address) {
        return address >>> 24 == 0;
    }

    /** {@return whether the address is 255.255.255.255} */
    public static boolean isLimitedBroadcast(final int address) {
        return address == LIMITED_BROADCAST;
    }

    /**
     * Tells addresses that may not stand as source in a packet to be forwarded (RFC 1812 §5.3.7).
     *
     * @param address host order
     * @return whether it is in 0.0.0.0/8, 127.0.0.0/8, 224.0.0.0/4 or 240.0.0.0/4
     */
    public static boolean isMartianSource(final int address) {
        return isThisNetwork(address) || isLoopback(address) || isClassDOrE(address);
    }

    /**
     * Tells addresses that no packet may be forwarded to (RFC 1812 §5.3.7); multicast is not among them.
     *
     * @param address host order
     * @return whether it is in 0.0.0.0/8, 127.0.0.0/8 or 240.0.0.0/4
     */
    public static boolean isMartianDestination(final int address) {
        return isThisNetwork(address) || isLoopback(address) || address >>> 28 == 0xF;
    }

    private static boolean isClassDOrE(final int address) {
        return address >>> 29 == 0x7;
    }
}
