package org.dvr.codec.net;

/** An IPv4 prefix in a {@code long}: the network address in bits 8 to 39, the length, 0 to 32, in the low eight. */
public final class Ipv4Prefix {
    /** 0.0.0.0/0, every address. */
    public static final long ANY = 0;

    private Ipv4Prefix() {}

    /**
     * Reads an address and a length parted by a slash.
     *
     * @param text such as {@code 10.0.1.0/24}
     * @return packed prefix
     * @throws IllegalArgumentException if the text is anything else or has bits set behind the prefix
     */
    public static long parse(final CharSequence text) {
        int slash = 0;
        while (slash < text.length() && text.charAt(slash) != '/') {
            slash++;
        }
        final long address = Ipv4Address.parse(text, 0, slash);
        final int length = slash < text.length() ? TextDigits.decimal(text, slash + 1, text.length(), 32) : -1;
        if (address < 0 || length < 0) {
            throw new IllegalArgumentException("not an IPv4 prefix, text=" + text);
        }
        if (((int) address & ~mask(length)) != 0) {
            throw new IllegalArgumentException("IPv4 prefix has host bits set, text=" + text);
        }
        return of((int) address, length);
    }

    /**
     * Packs the prefix that an address is in.
     *
     * @param address host order; bits behind the prefix are cleared
     * @param length 0 to 32
     * @return packed prefix
     */
    public static long of(final int address, final int length) {
        return ((address & mask(length) & 0xFFFF_FFFFL) << 8) | length;
    }

    /** {@return the network address of a packed prefix, host order} */
    public static int address(final long prefix) {
        return (int) (prefix >>> 8);
    }

    /** {@return the length of a packed prefix, 0 to 32} */
    public static int length(final long prefix) {
        return (int) prefix & 0xFF;
    }

    /** {@return the netmask of a length of 0 to 32, host order} */
    public static int mask(final int length) {
        // A shift of an int by 32 shifts by 0, so the mask is taken from a long.
        return (int) (0xFFFF_FFFF_0000_0000L >>> length);
    }

    /** {@return whether an address, host order, is in a packed prefix} */
    public static boolean contains(final long prefix, final int address) {
        return (address & mask(length(prefix))) == address(prefix);
    }

    /** {@return the highest address of a packed prefix, which is its directed broadcast up to length 30} */
    public static int broadcast(final long prefix) {
        return address(prefix) | ~mask(length(prefix));
    }

    /**
     * Appends the text form.
     *
     * @param builder to append to
     * @param prefix packed prefix
     * @return the builder
     */
    public static StringBuilder append(final StringBuilder builder, final long prefix) {
        return Ipv4Address.append(builder, address(prefix)).append('/').append(length(prefix));
    }

    /** {@return the text form of a packed prefix} */
    public static String toString(final long prefix) {
        return append(new StringBuilder(18), prefix).toString();
    }
}
