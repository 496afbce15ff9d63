package org.dvr.dataplane.io.sys;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Names of network interfaces for messages, in the network namespace of the calling thread. Cold. */
public final class Interfaces {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final long SIOCGIFNAME = 0x8910;
    private static final int NAME_LENGTH = 16; // IFNAMSIZ
    private static final int IFREQ_LENGTH = 40;

    private Interfaces() {}

    /**
     * Asks for a device's name.
     *
     * @param libc of the calling thread
     * @param ifindex the device
     * @return its name, or {@code interface N} when there is none
     */
    public static String nameOf(final Libc libc, final int ifindex) {
        final UnsafeBuffer request = new UnsafeBuffer(ByteBuffer.allocateDirect(IFREQ_LENGTH));
        request.putInt(NAME_LENGTH, ifindex);
        final int socket = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
        final boolean isKnown = libc.ioctl(socket, SIOCGIFNAME, request.addressOffset()) == 0;
        libc.close(socket);
        if (!isKnown) {
            return "interface " + ifindex;
        }
        final StringBuilder name = new StringBuilder();
        for (int i = 0; i < NAME_LENGTH && request.getByte(i) != 0; i++) {
            name.append((char) request.getByte(i));
        }
        return name.toString();
    }
}
