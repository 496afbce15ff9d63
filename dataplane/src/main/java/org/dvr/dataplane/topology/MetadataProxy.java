package org.dvr.dataplane.topology;

import org.dvr.codec.net.Ipv4Address;

/**
 * Where on this host the metadata proxy listens: requests of guests to 169.254.169.254 port 80 are sent there, its answers come from there.
 *
 * @param ip IPv4 address of the device behind the attachment point {@code metadata}
 * @param port TCP port, 1 to 65,535
 */
public record MetadataProxy(int ip, int port) {
    /** The first address of those that stand for guests: a device with 240.0.0.1/16 has a route to all of them. */
    public static final MetadataProxy DEFAULT = new MetadataProxy(0xF000_0001, 80);

    private static final int HIGHEST_PORT = 65_535;

    /** Checks ranges. */
    public MetadataProxy {
        if (ip == 0 || port < 1 || port > HIGHEST_PORT) {
            throw new IllegalArgumentException("metadata must be an address and a port, port=" + port);
        }
    }

    /**
     * Reads the text form; cold.
     *
     * @param text {@code on}, {@code IP} or {@code IP:PORT}, port 80 where none is said
     * @return the place
     * @throws IllegalArgumentException when it is none of these
     */
    public static MetadataProxy parse(final String text) {
        if ("on".equals(text) || "true".equals(text)) {
            return DEFAULT;
        }
        final int colon = text.indexOf(':');
        final int ip = Ipv4Address.parse(colon < 0 ? text : text.substring(0, colon));
        if (Ipv4Address.isMulticast(ip)) {
            throw new IllegalArgumentException("a multicast address, ip=" + text);
        }
        return new MetadataProxy(ip, colon < 0 ? DEFAULT.port : Integer.parseInt(text.substring(colon + 1)));
    }

    @Override
    public String toString() {
        return Ipv4Address.toString(ip) + ":" + port;
    }
}
