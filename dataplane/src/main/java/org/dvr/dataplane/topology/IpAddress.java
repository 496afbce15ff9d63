package org.dvr.dataplane.topology;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;

/**
 * An address of either family, an IPv4 address in its IPv4-mapped form (RFC 4291 §2.5.5.2); not for the packet path.
 *
 * @param high first 64 bits, host order
 * @param low last 64 bits, host order
 */
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
    private static final long MAPPED = 0xFFFFL << 32;

    /**
     * @param address IPv4, host order
     * @return the address
     */
    public static IpAddress ofIpv4(final int address) {
        return new IpAddress(0, MAPPED | (address & 0xFFFF_FFFFL));
    }

    /**
     * @param text of either family
     * @return the address
     * @throws IllegalArgumentException if the text is anything else
     */
    public static IpAddress parse(final String text) {
        return text.indexOf(':') < 0
                ? ofIpv4(Ipv4Address.parse(text))
                : new IpAddress(Ipv6Address.high(text), Ipv6Address.low(text));
    }

    public boolean isIpv4() {
        return high == 0 && (low & 0xFFFF_FFFF_0000_0000L) == MAPPED;
    }

    /** @return the IPv4 address in host order; meaningless for IPv6 */
    public int ipv4() {
        return (int) low;
    }

    /** @return 4 or 16 bytes, first on the wire first */
    public byte[] bytes() {
        final ByteBuffer bytes = ByteBuffer.allocate(isIpv4() ? Integer.BYTES : 2 * Long.BYTES);
        return isIpv4()
                ? bytes.putInt(ipv4()).array()
                : bytes.putLong(high).putLong(low).array();
    }

    /** @return the same as the JDK has it; cold */
    public InetAddress inetAddress() {
        try {
            return InetAddress.getByAddress(bytes());
        } catch (final UnknownHostException e) {
            throw new IllegalStateException("4 or 16 bytes are an address", e);
        }
    }

    @Override
    public int compareTo(final IpAddress other) {
        final int highs = Long.compareUnsigned(high, other.high);
        return highs != 0 ? highs : Long.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        return isIpv4() ? Ipv4Address.toString((int) low) : Ipv6Address.toString(high, low);
    }
}
