package org.dvr.dataplane.io.afpacket;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.sys.Libc;

/** A packet socket of one device while it is set up, and what is asked of it now and then. Cold; the numbers are those of linux/if_packet.h. */
final class PacketSocket {
    static final int VERSION_2 = 1;
    static final int VERSION_3 = 2;
    static final int RX_RING = 5;
    static final int TX_RING = 13;

    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int ETH_P_ALL_BIG_ENDIAN = 0x0300;
    private static final int SIOCGIFMTU = 0x8921;
    private static final int SIOCGIFINDEX = 0x8933;
    private static final int INTERFACE_NAME_LENGTH = 16;

    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SO_DETACH_FILTER = 27;
    private static final int SO_ATTACH_BPF = 50;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;

    private static final int SOL_PACKET = 263;
    private static final int ADD_MEMBERSHIP = 1;
    private static final int STATISTICS = 6;
    private static final int COPY_THRESH = 7;
    private static final int VERSION = 10;
    private static final int VNET_HDR = 15;
    private static final int FANOUT = 18;
    private static final int QDISC_BYPASS = 20;
    private static final int IGNORE_OUTGOING = 23;
    private static final int MR_PROMISC = 1;
    private static final int FANOUT_FLAG_IGNORE_OUTGOING = 0x4000;
    private static final int FANOUT_FLAG_UNIQUEID = 0x2000;
    private static final int FANOUT_EBPF = 7;
    private static final int FANOUT_DATA = 22;

    /** Of the first socket of a group. */
    static final int NEW_GROUP = -1;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_POPULATE = 0x8000;

    private static final int EPERM = 1;
    private static final int ENOMEM = 12;

    private final Libc libc = new Libc();
    private final String device;
    private final UnsafeBuffer scratch = new UnsafeBuffer(BufferUtil.allocateDirectAligned(64, 8));
    private final int fd;
    private long mapped;
    private long mappedLength;
    private boolean isClosed;

    /** Opens a socket that belongs to no device yet and receives nothing. */
    PacketSocket(final String device) throws UnusableDeviceException {
        this.device = device;
        fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            throw new UnusableDeviceException(device + ": "
                    + (libc.errno() == EPERM
                            ? "needs CAP_NET_RAW: run as root or setcap/systemd AmbientCapabilities"
                            : "no packet socket: " + libc.error()));
        }
    }

    int fd() {
        return fd;
    }

    /** The virtio-net header stands in front of each frame, both ways. */
    void hasOffloads() throws UnusableDeviceException {
        set(VNET_HDR, 1, "PACKET_VNET_HDR");
    }

    void bypassesQdisc() throws UnusableDeviceException {
        set(QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
    }

    void ignoresOutgoing() throws UnusableDeviceException {
        set(IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
    }

    /** Frames too long for the ring wait in the queue. */
    void queuesLongFrames() throws UnusableDeviceException {
        set(COPY_THRESH, 1, "PACKET_COPY_THRESH");
    }

    private void set(final int option, final int value, final String name) throws UnusableDeviceException {
        scratch.putInt(0, value);
        check(libc.setsockopt(fd, SOL_PACKET, option, scratch.addressOffset(), Integer.BYTES), name);
    }

    /** Beyond the system's limits where we may, else up to them. */
    void queueSizes(final int receiveBytes, final int sendBytes) {
        size(SO_RCVBUFFORCE, SO_RCVBUF, receiveBytes);
        size(SO_SNDBUFFORCE, SO_SNDBUF, sendBytes);
    }

    private void size(final int forced, final int asked, final int bytes) {
        scratch.putInt(0, bytes);
        if (libc.setsockopt(fd, SOL_SOCKET, forced, scratch.addressOffset(), Integer.BYTES) < 0) {
            libc.setsockopt(fd, SOL_SOCKET, asked, scratch.addressOffset(), Integer.BYTES);
        }
    }

    void filter(final PacketFilter filter) throws UnusableDeviceException {
        final int length = filter.size() * PacketFilter.INSTRUCTION_LENGTH;
        final UnsafeBuffer program = new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, 8));
        for (int i = 0; i < filter.size(); i++) { // struct sock_filter
            final int at = i * PacketFilter.INSTRUCTION_LENGTH;
            program.putShort(at, (short) filter.code(i));
            program.putByte(at + 2, (byte) filter.jumpIfTrue(i));
            program.putByte(at + 3, (byte) filter.jumpIfFalse(i));
            program.putInt(at + 4, filter.operand(i));
        }
        scratch.putLong(0, filter.size()); // struct sock_fprog: a short, and a pointer after a hole
        scratch.putLong(8, program.addressOffset());
        try {
            check(libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, scratch.addressOffset(), 16), "SO_ATTACH_FILTER");
        } finally {
            Reference.reachabilityFence(program); // behind its pointer
        }
    }

    /**
     * Filters by a program, which is the socket's from then on.
     *
     * @param programFd of a socket filter
     */
    void filterBy(final int programFd) throws UnusableDeviceException {
        scratch.putInt(0, programFd);
        check(libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, scratch.addressOffset(), Integer.BYTES), "SO_ATTACH_BPF");
    }

    /**
     * Makes a ring and maps it.
     *
     * @param kind {@link #RX_RING} or {@link #TX_RING}
     * @param version {@link #VERSION_2} or {@link #VERSION_3}
     * @param blockSize bytes, a power of two of pages
     * @param blocks how many
     * @param frameSize bytes
     * @return the ring's memory
     */
    UnsafeBuffer ring(final int kind, final int version, final int blockSize, final int blocks, final int frameSize)
            throws UnusableDeviceException {
        set(VERSION, version, "PACKET_VERSION");
        final long length = (long) blockSize * blocks;
        scratch.setMemory(0, 28, (byte) 0); // struct tpacket_req3
        scratch.putInt(0, blockSize);
        scratch.putInt(4, blocks);
        scratch.putInt(8, frameSize);
        scratch.putInt(12, (int) (length / frameSize));
        scratch.putInt(16, version == VERSION_3 ? 1 : 0); // milliseconds until a block is handed over that is not full
        final int requestLength = version == VERSION_3 ? 28 : 16;
        if (libc.setsockopt(fd, SOL_PACKET, kind, scratch.addressOffset(), requestLength) < 0) {
            throw unusable(libc.errno() == ENOMEM ? "no memory for a ring of " + length + " bytes" : "ring");
        }
        final long address = libc.mmap(0, length, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
        check(address, "cannot map a ring of " + length + " bytes");
        mapped = address;
        mappedLength = length;
        return new UnsafeBuffer(address, (int) length);
    }

    /** @return the device's index */
    int index() throws UnusableDeviceException {
        name();
        if (libc.ioctl(fd, SIOCGIFINDEX, scratch.addressOffset()) < 0) {
            throw new UnusableDeviceException(device + ": no such device");
        }
        return scratch.getInt(INTERFACE_NAME_LENGTH);
    }

    /** @return the longest packet that the device takes, in bytes */
    int mtu() throws UnusableDeviceException {
        name();
        check(libc.ioctl(fd, SIOCGIFMTU, scratch.addressOffset()), "MTU");
        return scratch.getInt(INTERFACE_NAME_LENGTH);
    }

    private void name() {
        final byte[] name = device.getBytes(StandardCharsets.UTF_8);
        scratch.setMemory(0, 40, (byte) 0); // struct ifreq
        scratch.putBytes(0, name, 0, Math.min(name.length, INTERFACE_NAME_LENGTH - 1));
    }

    /**
     * From here on it is the device's.
     *
     * @param receives frames, or only sends
     */
    void bind(final int index, final boolean receives) throws UnusableDeviceException {
        scratch.setMemory(0, 20, (byte) 0); // struct sockaddr_ll
        scratch.putShort(0, (short) AF_PACKET);
        scratch.putShort(2, (short) (receives ? ETH_P_ALL_BIG_ENDIAN : 0));
        scratch.putInt(4, index);
        check(libc.bind(fd, scratch.addressOffset(), 20), "bind");
    }

    void promiscuous(final int index) throws UnusableDeviceException {
        scratch.setMemory(0, 16, (byte) 0); // struct packet_mreq
        scratch.putInt(0, index);
        scratch.putShort(4, (short) MR_PROMISC);
        check(libc.setsockopt(fd, SOL_PACKET, ADD_MEMBERSHIP, scratch.addressOffset(), 16), "PACKET_MR_PROMISC");
    }

    /** Once it is bound. The group has its own mind about frames that this host sends. */
    void fanout(final int group, final int mode) throws UnusableDeviceException {
        set(FANOUT, group | ((mode | FANOUT_FLAG_IGNORE_OUTGOING) << 16), "PACKET_FANOUT of group " + group);
    }

    /** Ends filtering. */
    void receivesAll() throws UnusableDeviceException {
        check(libc.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, scratch.addressOffset(), 4), "SO_DETACH_FILTER");
    }

    /**
     * Joins a group whose frames a program shares out, once it is bound. The n-th to join gets what the program answers n for.
     *
     * @param group of the first one, or {@link #NEW_GROUP}
     * @param programFd the program
     * @return number of the group
     */
    int fanoutByProgram(final int group, final int programFd) throws UnusableDeviceException {
        final boolean isFirst = group == NEW_GROUP;
        final int flags = FANOUT_EBPF | FANOUT_FLAG_IGNORE_OUTGOING | (isFirst ? FANOUT_FLAG_UNIQUEID : 0);
        set(FANOUT, (isFirst ? 0 : group) | flags << 16, "PACKET_FANOUT by a program");
        if (!isFirst) {
            return group;
        }
        set(FANOUT_DATA, programFd, "PACKET_FANOUT_DATA");
        scratch.putInt(0, 0);
        scratch.putInt(16, Integer.BYTES);
        check(
                libc.getsockopt(fd, SOL_PACKET, FANOUT, scratch.addressOffset(), scratch.addressOffset() + 16),
                "PACKET_FANOUT");
        return scratch.getInt(0) & 0xffff;
    }

    private void check(final long result, final String what) throws UnusableDeviceException {
        if (result == -1) {
            throw unusable(what);
        }
    }

    private UnusableDeviceException unusable(final String what) {
        return new UnusableDeviceException(device + ": " + what + ": " + libc.error());
    }

    /** @return frames dropped for want of room since the last call, 0 once it is closed */
    synchronized int takeDrops() {
        if (isClosed) {
            return 0;
        }
        scratch.putInt(16, 12);
        final int result = libc.getsockopt(
                fd, SOL_PACKET, STATISTICS, scratch.addressOffset(), scratch.addressOffset() + 16); // tpacket_stats_v3
        return result < 0 ? 0 : scratch.getInt(4);
    }

    /** @return true when its device exists no more; forgets an error that {@code poll(2)} would report again and again */
    synchronized boolean isGone() {
        if (isClosed) {
            return true;
        }
        final long address = scratch.addressOffset();
        scratch.putInt(32, Integer.BYTES);
        libc.getsockopt(fd, SOL_SOCKET, SO_ERROR, address, address + 32);
        scratch.putInt(32, 20);
        // The kernel sets the index of a socket whose device is unregistered to -1.
        return libc.getsockname(fd, address, address + 32) < 0 || scratch.getInt(4) < 0;
    }

    synchronized void close() {
        if (!isClosed) {
            isClosed = true;
            if (mapped != 0) {
                libc.munmap(mapped, mappedLength);
            }
            libc.close(fd);
        }
    }
}
