package org.dvr.dataplane.io.netlink;

import static java.nio.ByteOrder.nativeOrder;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.sys.Libc;

/**
 * Keeps a device from a second forwarder: a Unix socket with an abstract name made of the network namespace and the device's index. It goes with the process,
 * however that ends, and leaves no file.
 */
public final class DeviceClaim implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x8_0000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;
    private static final int EADDRINUSE = 98;
    private static final int BACKLOG = 128;
    private static final int NAME_OFFSET = 3; // behind the family (2) and the zero that makes a name abstract
    private static final int CREDENTIALS = 12; // struct ucred: process, user, group
    private static final int CAPACITY = 110; // struct sockaddr_un

    private final Libc libc = new Libc();
    private final UnsafeBuffer address = new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY, Long.BYTES));
    private final String device;
    private final int length;
    private final int fd;

    /**
     * Takes a device of the network namespace of the calling thread.
     *
     * @param link the device; one that is made anew has to be claimed anew
     * @throws IOException if another forwarder has it; the message names the process where it can be told
     */
    public DeviceClaim(final Link link) throws IOException {
        final String space =
                Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
        final byte[] name = ("dvr/" + space + "/" + link.index()).getBytes(US_ASCII);
        device = link.name();
        address.putShort(0, (short) AF_UNIX, nativeOrder());
        address.putBytes(NAME_OFFSET, name);
        length = NAME_OFFSET + name.length;
        fd = socket();
        if (libc.bind(fd, address.addressOffset(), length) != 0 || libc.listen(fd, BACKLOG) != 0) {
            final boolean isTaken = libc.errno() == EADDRINUSE;
            final String reason = isTaken
                    ? link.name() + " is taken by another forwarder" + owner() + ": stop that one first"
                    : "claim " + link.name() + ": " + libc.error();
            libc.close(fd);
            throw new IOException(reason);
        }
    }

    /** @return the name that the device had when it was claimed */
    public String device() {
        return device;
    }

    private int socket() throws IOException {
        final int socket = libc.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (socket < 0) {
            throw new IOException("unix socket: " + libc.error());
        }
        return socket;
    }

    /** Who listens there is told to whoever connects. */
    private String owner() throws IOException {
        final int caller = socket();
        String owner = "";
        if (libc.connect(caller, address.addressOffset(), length) == 0) {
            final UnsafeBuffer value = new UnsafeBuffer(BufferUtil.allocateDirectAligned(16, Long.BYTES));
            value.putInt(CREDENTIALS, CREDENTIALS, nativeOrder());
            final int answer = libc.getsockopt(
                    caller, SOL_SOCKET, SO_PEERCRED, value.addressOffset(), value.addressOffset() + CREDENTIALS);
            final int process = value.getInt(0, nativeOrder());
            if (answer == 0 && process > 0) {
                owner = " (process " + process + ")";
            }
        }
        libc.close(caller);
        return owner;
    }

    @Override
    public void close() {
        libc.close(fd);
    }
}
