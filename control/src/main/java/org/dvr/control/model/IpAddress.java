package org.dvr.control.model;

import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;

/**
 * An IPv4 or IPv6 address.
 *
 * @param version 4 or 6
 * @param high upper 64 bits of an IPv6 address; 0 for IPv4
 * @param low lower 64 bits of an IPv6 address; an IPv4 address in its low 32 bits, zero-extended
 */
public record IpAddress(int version, long high, long low) implements Comparable<IpAddress> {
    /**
     * @param address IPv4 address, host-order value of the big-endian address
     * @return the address
     */
    public static IpAddress v4(final int address) {
        return new IpAddress(4, 0, address & 0xFFFF_FFFFL);
    }

    /**
     * Reads an address: dotted quad, or RFC 4291 §2.2 text in any of its forms, without zone.
     *
     * @param text the text
     * @return the address, null where it is none
     */
    public static IpAddress parse(final String text) {
        try {
            return text.indexOf(':') < 0
                    ? v4(Ipv4Address.parse(text))
                    : new IpAddress(6, Ipv6Address.high(text), Ipv6Address.low(text));
        } catch (final IllegalArgumentException e) {
            return null;
        }
    }

    public boolean isV4() {
        return version == 4;
    }

    /** @return IPv4 address, host-order value of the big-endian address; only of an IPv4 address */
    public int toInt() {
        return (int) low;
    }

    /** @return true for IPv6 fe80::/10 (RFC 4291 §2.5.6) */
    public boolean isLinkLocalV6() {
        return version == 6 && high >>> 54 == 0x3FA;
    }

    /** @return true for IPv6 unicast beyond a link: not loopback and the like, IPv4-mapped, multicast, nor link-local */
    public boolean isHostV6() {
        return version == 6 && high != 0 && high >>> 56 != 0xFF && !isLinkLocalV6();
    }

    @Override
    public int compareTo(final IpAddress other) {
        if (version != other.version) {
            return Integer.compare(version, other.version);
        }
        final int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** @return dotted quad, or the canonical text of RFC 5952 §4 */
    @Override
    public String toString() {
        return version == 4 ? Ipv4Address.toString((int) low) : Ipv6Address.toString(high, low);
    }
}
