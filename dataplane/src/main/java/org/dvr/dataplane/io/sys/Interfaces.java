package org.dvr.dataplane.io.sys;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/** What can be asked of network interfaces by {@code ioctl(2)}, in the network namespace of the calling thread. Cold. */
public final class Interfaces {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final long SIOCGIFNAME = 0x8910;
    private static final long SIOCGIFMTU = 0x8921;
    private static final long SIOCGIFINDEX = 0x8933;
    private static final long SIOCETHTOOL = 0x8946;
    private static final int NAME_LENGTH = 16; // IFNAMSIZ; a union of everything else follows
    private static final int IFREQ_LENGTH = 40;
    private static final int ETHTOOL_AT = 64;
    private static final int SCRATCH_LENGTH = 128;

    private static final int ETHTOOL_GFLAGS = 0x25;
    private static final int ETHTOOL_SFLAGS = 0x26;
    private static final int ETH_FLAG_RXVLAN = 1 << 8;
    private static final int ETHTOOL_GCHANNELS = 0x3C;
    private static final int RX_COUNT = 20; // of struct ethtool_channels
    private static final int COMBINED_COUNT = 32;

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
        if (!ask(libc, SIOCGIFNAME, request)) {
            return "interface " + ifindex;
        }
        final StringBuilder name = new StringBuilder();
        for (int i = 0; i < NAME_LENGTH && request.getByte(i) != 0; i++) {
            name.append((char) request.getByte(i));
        }
        return name.toString();
    }

    /**
     * Asks for a device's index.
     *
     * @param libc of the calling thread
     * @param name of the device
     * @return its index, 0 when there is none
     */
    public static int indexOf(final Libc libc, final String name) {
        final UnsafeBuffer request = request(name);
        return ask(libc, SIOCGIFINDEX, request) ? request.getInt(NAME_LENGTH) : 0;
    }

    /**
     * Asks for the largest packet of a device.
     *
     * @param libc of the calling thread
     * @param name of the device
     * @return in bytes, from the IP header; 0 when there is no such device
     */
    public static int mtuOf(final Libc libc, final String name) {
        final UnsafeBuffer request = request(name);
        return ask(libc, SIOCGIFMTU, request) ? request.getInt(NAME_LENGTH) : 0;
    }

    /**
     * Asks for the number of a device's receive queues.
     *
     * @param libc of the calling thread
     * @param name of the device
     * @return at least 1, also where the driver does not tell
     */
    public static int receiveQueuesOf(final Libc libc, final String name) {
        final UnsafeBuffer request = request(name);
        request.putInt(ETHTOOL_AT, ETHTOOL_GCHANNELS);
        return ask(libc, SIOCETHTOOL, request)
                ? Math.max(1, request.getInt(ETHTOOL_AT + RX_COUNT) + request.getInt(ETHTOOL_AT + COMBINED_COUNT))
                : 1;
    }

    /**
     * Asks whether a device takes VLAN tags out of frames before anybody sees them.
     *
     * @param libc of the calling thread
     * @param name of the device
     * @return true when it does
     */
    public static boolean stripsVlanTags(final Libc libc, final String name) {
        final UnsafeBuffer request = request(name);
        request.putInt(ETHTOOL_AT, ETHTOOL_GFLAGS);
        return ask(libc, SIOCETHTOOL, request) && (request.getInt(ETHTOOL_AT + Integer.BYTES) & ETH_FLAG_RXVLAN) != 0;
    }

    /**
     * Has a device take VLAN tags out of frames, or leave them in.
     *
     * @param libc of the calling thread
     * @param name of the device
     * @param strips true to take them out
     * @return false when its driver does not let itself be told
     */
    public static boolean stripVlanTags(final Libc libc, final String name, final boolean strips) {
        final UnsafeBuffer request = request(name);
        request.putInt(ETHTOOL_AT, ETHTOOL_GFLAGS);
        if (!ask(libc, SIOCETHTOOL, request)) {
            return false;
        }
        final int flags = request.getInt(ETHTOOL_AT + Integer.BYTES);
        request.putInt(ETHTOOL_AT, ETHTOOL_SFLAGS);
        request.putInt(ETHTOOL_AT + Integer.BYTES, strips ? flags | ETH_FLAG_RXVLAN : flags & ~ETH_FLAG_RXVLAN);
        return ask(libc, SIOCETHTOOL, request);
    }

    /** A {@code struct ifreq} whose union points to the room for ethtool's structures, for requests that want that. */
    private static UnsafeBuffer request(final String name) {
        final UnsafeBuffer request = new UnsafeBuffer(ByteBuffer.allocateDirect(SCRATCH_LENGTH));
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        request.putBytes(0, bytes, 0, Math.min(bytes.length, NAME_LENGTH - 1));
        request.putLong(NAME_LENGTH, request.addressOffset() + ETHTOOL_AT);
        return request;
    }

    private static boolean ask(final Libc libc, final long what, final UnsafeBuffer request) {
        final int socket = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
        final boolean isAnswered = libc.ioctl(socket, what, request.addressOffset()) == 0;
        libc.close(socket);
        return isAnswered;
    }
}
