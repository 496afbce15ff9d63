package org.dvr.dataplane.io.guard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SystemCallException;

/**
 * Sockets that own the tunnel traffic for an endpoint and throw all of it away: what the kernel has a receiver for it does not answer "unreachable" to. It
 * still spends the time of its receive path on each packet. Gone with the process.
 */
final class SinkSockets implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int IPPROTO_UDP = 17;
    private static final int IPPROTO_GRE = 47;
    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int NONE = -1;

    private static final int SOCKADDR_LENGTH = 28; // struct sockaddr_in6, the longer one
    private static final int SOCKADDR_IN_LENGTH = 16;
    private static final int FILTER_LENGTH = 16; // struct sock_fprog, then its one instruction

    private final Libc libc;
    private final int udp;
    private final int gre;

    /**
     * Opens them.
     *
     * @param libc of the calling thread
     * @param address of the endpoint, 4 or 16 bytes in wire order
     * @param vxlanPort UDP port of VXLAN
     * @throws IOException when the port is taken or the kernel refuses
     */
    SinkSockets(final Libc libc, final byte[] address, final int vxlanPort) throws IOException {
        this.libc = libc;
        udp = open(SOCK_DGRAM, IPPROTO_UDP, address, vxlanPort);
        try {
            gre = address.length == Integer.BYTES ? open(SOCK_RAW, IPPROTO_GRE, address, 0) : NONE;
        } catch (final IOException e) {
            libc.close(udp);
            throw e;
        }
    }

    private int open(final int type, final int protocol, final byte[] address, final int port) throws IOException {
        final boolean isIpv4 = address.length == Integer.BYTES;
        final int socket = libc.socket(isIpv4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, protocol);
        if (socket < 0) {
            throw new SystemCallException(libc, "cannot open a socket that owns tunnel traffic");
        }
        try {
            dropAll(socket);
            final UnsafeBuffer name = new UnsafeBuffer(ByteBuffer.allocateDirect(SOCKADDR_LENGTH));
            name.putShort(0, (short) (isIpv4 ? AF_INET : AF_INET6));
            name.putShort(2, (short) port, ByteOrder.BIG_ENDIAN);
            name.putBytes(isIpv4 ? 4 : 8, address);
            if (libc.bind(socket, name.addressOffset(), isIpv4 ? SOCKADDR_IN_LENGTH : SOCKADDR_LENGTH) < 0) {
                throw new SystemCallException(libc, "cannot bind a socket that owns tunnel traffic");
            }
            return socket;
        } catch (final IOException e) {
            libc.close(socket);
            throw e;
        }
    }

    private void dropAll(final int socket) throws IOException {
        final UnsafeBuffer filter = new UnsafeBuffer(ByteBuffer.allocateDirect(FILTER_LENGTH + Long.BYTES));
        filter.putShort(0, (short) 1);
        filter.putLong(Long.BYTES, filter.addressOffset() + FILTER_LENGTH);
        filter.putShort(FILTER_LENGTH, (short) 0x06); // BPF_RET | BPF_K: keep 0 bytes
        final int result = libc.setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, filter.addressOffset(), FILTER_LENGTH);
        if (result < 0) {
            throw new SystemCallException(libc, "cannot attach a filter to a socket");
        }
    }

    @Override
    public void close() {
        libc.close(udp);
        if (gre != NONE) {
            libc.close(gre);
        }
    }
}
