package org.dvr.dataplane.io.guard;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Which UDP ports are taken in the network namespace of the calling thread, as {@code /proc/net/udp} tells, kernel tunnel devices included. Cold. */
final class UdpPorts {
    private static final Path NET = Path.of("/proc/thread-self/net");

    private UdpPorts() {}

    /**
     * Requires that nobody receives a tunnel's traffic but us.
     *
     * @param address of the tunnel endpoint
     * @param port of the tunnel
     * @throws IOException when a socket, of the kernel or of a program, is bound to it
     */
    static void requireFree(final InetAddress address, final int port) throws IOException {
        final boolean isTaken = address instanceof Inet4Address
                ? isBound("udp", address, port) || isBound("udp6", null, port)
                : isBound("udp6", address, port);
        if (isTaken) {
            throw new IOException(
                    "UDP port " + port + " on " + address.getHostAddress()
                            + " is taken: a VXLAN device of the kernel (ip -d link show type vxlan) or another forwarder (ss -lunp) receives there; remove it first");
        }
    }

    /** A line: {@code sl local_address:port ...}, 32-bit words of the address in hexadecimal as the machine reads them. */
    private static boolean isBound(final String table, final InetAddress address, final int port) throws IOException {
        final Path file = NET.resolve(table);
        if (!Files.isReadable(file)) {
            return false; // no IPv6 here
        }
        final String suffix = String.format(Locale.ROOT, ":%04X", port);
        final String exact = address == null ? "" : words(address.getAddress()) + suffix;
        for (final String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
            final String[] columns = line.strip().split("\\s+", -1);
            if (columns.length > 1 && (columns[1].equals(exact) || columns[1].matches("0+" + suffix))) {
                return true;
            }
        }
        return false;
    }

    private static String words(final byte[] address) {
        final ByteBuffer buffer = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
        final StringBuilder text = new StringBuilder();
        while (buffer.hasRemaining()) {
            text.append(String.format(Locale.ROOT, "%08X", buffer.getInt()));
        }
        return text.toString();
    }
}
