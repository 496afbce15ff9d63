package org.dvr.control.model;

/**
 * An IPv4 or IPv6 prefix. Bits behind the length may be set where the operator wrote them ({@link #hasHostBits}).
 *
 * @param address an address in the prefix
 * @param length 0 to 32, or 0 to 128
 */
public record Prefix(IpAddress address, int length) {
    /**
     * Reads {@code address/length}, or an address alone as the prefix of just itself.
     *
     * @param text the text
     * @return the prefix, null where it is none
     */
    public static Prefix parse(final String text) {
        final int slash = text.indexOf('/');
        final IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        final int most = address.isV4() ? 32 : 128;
        if (slash < 0) {
            return new Prefix(address, most);
        }
        int length = 0;
        if (slash + 1 == text.length() || text.length() - slash > 4) {
            return null;
        }
        for (int i = slash + 1; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return null;
            }
            length = length * 10 + (c - '0');
        }
        return length > most ? null : new Prefix(address, length);
    }

    public boolean isV4() {
        return address.isV4();
    }

    /** @return true for a prefix of one single address */
    public boolean isSingle() {
        return length == (isV4() ? 32 : 128);
    }

    /** @return the prefix with the bits behind its length cleared */
    public Prefix masked() {
        return hasHostBits() ? new Prefix(first(), length) : this;
    }

    public boolean hasHostBits() {
        return !first().equals(address);
    }

    /** @return the lowest address of the prefix */
    public IpAddress first() {
        return new IpAddress(address.version(), address.high() & highMask(), address.low() & lowMask());
    }

    /**
     * @param other an address
     * @return true when it lies in the prefix; false for one of the other IP version
     */
    public boolean contains(final IpAddress other) {
        return address.version() == other.version()
                && ((address.high() ^ other.high()) & highMask()) == 0
                && ((address.low() ^ other.low()) & lowMask()) == 0;
    }

    private long highMask() {
        return isV4() ? 0 : mask(Math.min(length, 64));
    }

    private long lowMask() {
        return isV4() ? mask(32 + length) & 0xFFFF_FFFFL : mask(Math.max(0, length - 64));
    }

    private static long mask(final int bits) {
        return bits == 0 ? 0 : -1L << (64 - bits);
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}
