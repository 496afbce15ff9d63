package org.dvr.dataplane.io.netlink;

import static java.nio.ByteOrder.nativeOrder;
import static org.dvr.dataplane.io.netlink.Rtnetlink.EAGAIN;
import static org.dvr.dataplane.io.netlink.Rtnetlink.EINTR;
import static org.dvr.dataplane.io.netlink.Rtnetlink.ENOBUFS;

import java.io.IOException;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.sys.Libc;

/**
 * A NETLINK_ROUTE socket, for requests or for events, not for both: an event between the parts of an answer would be taken for one of them.
 *
 * <p>Requests are sent and answered one after the other; the kernel answers before it does anything else.
 */
final class NetlinkSocket implements AutoCloseable {
    /** Takes what the kernel says. */
    interface Handler {
        /**
         * @param type RTM_...
         * @param buffer holds the message; valid only during the call
         * @param offset where the header of its type begins
         * @param end of the message
         */
        void onMessage(int type, DirectBuffer buffer, int offset, int end);
    }

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x8_0000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_ADD_MEMBERSHIP = 1;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NLMSGERR_ATTR_MSG = 1;
    private static final int NLM_F_ACK_TLVS = 0x200;
    private static final int MSG_TRUNC = 0x20;

    private static final int SCRATCH = 16;
    private static final int ADDRESS_LENGTH = 12;
    private static final int CAPACITY = 64 * 1024;
    private static final int DUMP_ATTEMPTS = 16;

    private final Libc libc = new Libc();
    private final UnsafeBuffer scratch = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SCRATCH, Long.BYTES));
    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY, Long.BYTES));
    private final int fd;
    private int sequence;
    private boolean isInterrupted;

    private NetlinkSocket(final int flags) throws IOException {
        fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, 0);
        if (fd < 0) {
            throw new NetlinkException("netlink socket: " + libc.error(), libc.errno());
        }
    }

    /** {@return a socket for requests} */
    static NetlinkSocket forRequests() throws IOException {
        final NetlinkSocket socket = new NetlinkSocket(0);
        // Older kernels know none of the two and then quote the request, without words of their own: that is read as
        // well.
        socket.option(SOL_NETLINK, NETLINK_CAP_ACK, 1);
        socket.option(SOL_NETLINK, NETLINK_EXT_ACK, 1);
        return socket;
    }

    /**
     * @param receiveBuffer bytes the kernel may keep for us, 0 = its default
     * @param groups RTNLGRP_...
     * @return a socket that hears of events from now on; reading it never waits
     */
    static NetlinkSocket forEvents(final int receiveBuffer, final int... groups) throws IOException {
        final NetlinkSocket socket = new NetlinkSocket(SOCK_NONBLOCK);
        if (receiveBuffer > 0) {
            socket.option(
                    SOL_SOCKET,
                    SO_RCVBUFFORCE,
                    receiveBuffer); // refused without CAP_NET_ADMIN: overflows are seen to anyway
        }
        socket.bind();
        for (final int group : groups) {
            if (socket.option(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group) != 0) {
                final NetlinkException refused = new NetlinkException(
                        "netlink group " + group + ": " + socket.libc.error(), socket.libc.errno());
                socket.close();
                throw refused;
            }
        }
        return socket;
    }

    /** Has the kernel choose a port for us ({@code struct sockaddr_nl}): it tells events to sockets that have one. */
    private void bind() throws IOException {
        scratch.setMemory(0, SCRATCH, (byte) 0);
        scratch.putShort(0, (short) AF_NETLINK, nativeOrder());
        if (libc.bind(fd, scratch.addressOffset(), ADDRESS_LENGTH) != 0) {
            final NetlinkException refused = new NetlinkException("netlink socket: " + libc.error(), libc.errno());
            close();
            throw refused;
        }
    }

    private int option(final int level, final int name, final int value) {
        scratch.putInt(0, value, nativeOrder());
        return libc.setsockopt(fd, level, name, scratch.addressOffset(), Integer.BYTES);
    }

    int fd() {
        return fd;
    }

    /**
     * Has the kernel do something.
     *
     * @param request what
     * @throws NetlinkException if it refuses
     */
    void execute(final Request request) throws IOException {
        send(request, true);
        while (!receiveAnswer(request, null)) {
            // an acknowledgement is a message of its own: nothing comes before it
        }
    }

    /**
     * Asks for one thing.
     *
     * @param request what
     * @param handler told the answer
     * @throws NetlinkException if there is none
     */
    void ask(final Request request, final Handler handler) throws IOException {
        send(request, true); // the acknowledgement behind the answer ends it
        while (!receiveAnswer(request, handler)) {
            // until the acknowledgement
        }
    }

    /**
     * Asks for all there is. When it changes meanwhile it is asked for again.
     *
     * @param request what, with NLM_F_DUMP
     * @param onStart told that all said so far is void
     * @param handler told one after the other
     * @throws NetlinkException if the kernel refuses, or things do not cease to change
     */
    void dump(final Request request, final Runnable onStart, final Handler handler) throws IOException {
        for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
            isInterrupted = false;
            onStart.run();
            send(request, false);
            while (!receiveAnswer(request, handler)) {
                // until NLMSG_DONE
            }
            if (!isInterrupted) {
                return;
            }
        }
        throw new NetlinkException(request.what() + ": changes faster than it can be read", EAGAIN);
    }

    /**
     * Hears what has happened since the last call.
     *
     * @param handler told one after the other
     * @return false when something was not heard, because more happened than the kernel would keep: all is to be asked for anew
     */
    boolean receiveEvents(final Handler handler) throws IOException {
        boolean isWhole = true;
        while (true) {
            final long length = libc.recv(fd, buffer.addressOffset(), CAPACITY, MSG_TRUNC);
            if (length >= 0) {
                isWhole &= length <= CAPACITY;
                forEach((int) Math.min(length, CAPACITY), handler);
            } else if (libc.errno() == ENOBUFS) {
                isWhole = false;
            } else if (libc.errno() == EAGAIN) {
                return isWhole;
            } else if (libc.errno() != EINTR) {
                throw new NetlinkException("netlink events: " + libc.error(), libc.errno());
            }
        }
    }

    private void forEach(final int length, final Handler handler) {
        int offset = 0;
        while (length - offset >= Request.HEADER) {
            final int size = buffer.getInt(offset + Request.LENGTH, nativeOrder());
            if (size < Request.HEADER || size > length - offset) {
                return;
            }
            final int type = buffer.getShort(offset + Request.TYPE, nativeOrder()) & 0xFFFF;
            handler.onMessage(type, buffer, offset + Request.HEADER, offset + size);
            offset += Rtnetlink.align(size);
        }
    }

    private void send(final Request request, final boolean wantsAck) throws IOException {
        request.seal(++sequence, wantsAck);
        while (libc.sendto(fd, request.address(), request.length(), 0, 0, 0) < 0) {
            if (libc.errno() != EINTR) {
                throw new NetlinkException(request.what() + ": " + libc.error(), libc.errno());
            }
        }
    }

    /** Reads a part of an answer; true when it is complete. */
    private boolean receiveAnswer(final Request request, final Handler handler) throws IOException {
        final long length = libc.recv(fd, buffer.addressOffset(), CAPACITY, 0);
        if (length < 0) {
            if (libc.errno() == EINTR) {
                return false;
            }
            throw new NetlinkException(request.what() + ": " + libc.error(), libc.errno());
        }
        int offset = 0;
        while (length - offset >= Request.HEADER) {
            final int size = buffer.getInt(offset + Request.LENGTH, nativeOrder());
            if (size < Request.HEADER || size > length - offset) {
                throw new NetlinkException(request.what() + ": the kernel's answer is cut short", EAGAIN);
            }
            if (buffer.getInt(offset + Request.SEQUENCE, nativeOrder()) == sequence
                    && isEnd(request, handler, offset, size)) {
                return true;
            }
            offset += Rtnetlink.align(size);
        }
        return false;
    }

    private boolean isEnd(final Request request, final Handler handler, final int offset, final int size)
            throws IOException {
        final int type = buffer.getShort(offset + Request.TYPE, nativeOrder()) & 0xFFFF;
        final int flags = buffer.getShort(offset + Request.FLAGS, nativeOrder());
        isInterrupted |= (flags & Rtnetlink.NLM_F_DUMP_INTR) != 0;
        if (type == Rtnetlink.NLMSG_ERROR || type == Rtnetlink.NLMSG_DONE) {
            final boolean hasNumber = size >= Request.HEADER + Integer.BYTES;
            final int errno = hasNumber ? -buffer.getInt(offset + Request.HEADER, nativeOrder()) : 0;
            if (errno > 0) {
                throw refused(request, errno, flags, offset, size);
            }
            return true;
        }
        if (handler != null) {
            handler.onMessage(type, buffer, offset + Request.HEADER, offset + size);
        }
        return false;
    }

    /** {@code struct nlmsgerr}: the number (4), the request's header (16), attributes. */
    private NetlinkException refused(
            final Request request, final int errno, final int flags, final int offset, final int size) {
        final StringBuilder text =
                new StringBuilder(request.what()).append(": ").append(libc.error(errno));
        if ((flags & NLM_F_ACK_TLVS) != 0) {
            final Attributes attributes =
                    new Attributes().wrap(buffer, offset + 2 * Request.HEADER + Integer.BYTES, offset + size);
            while (attributes.next()) {
                if (attributes.type() == NLMSGERR_ATTR_MSG) {
                    text.append(" (").append(attributes.asText()).append(')');
                }
            }
        }
        return new NetlinkException(text.toString(), errno);
    }

    @Override
    public void close() {
        libc.close(fd);
    }
}
