package org.dvr.dataplane.io.afxdp;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.afxdp.AfXdpConfig.Copying;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SystemCallException;

/**
 * The AF_XDP socket of one queue, its UMEM and its rings. Chunks below the middle of the UMEM are for receiving: in the fill ring, with the kernel, or in the
 * receive ring; those above are for transmitting: free, in the transmit ring, with the kernel, or in the completion ring. Numbers: {@code linux/if_xdp.h}.
 *
 * <pre>
 *   chunk: | 256 bytes of XDP's headroom | frame, up to 3,840 bytes |     (received; a frame to be sent begins at the chunk)
 * </pre>
 *
 * Belongs to one worker.
 */
final class XskSocket implements AutoCloseable {
    /** Longest frame received. */
    static final int LONGEST_FRAME = 3_840;

    private static final int CHUNK_LENGTH = 4_096;

    private static final int AF_XDP = 44;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SOL_XDP = 283;
    private static final int XDP_MMAP_OFFSETS = 1;
    private static final int XDP_RX_RING = 2;
    private static final int XDP_TX_RING = 3;
    private static final int XDP_UMEM_REG = 4;
    private static final int XDP_UMEM_FILL_RING = 5;
    private static final int XDP_UMEM_COMPLETION_RING = 6;
    private static final int XDP_STATISTICS = 7;
    private static final int XDP_OPTIONS = 8;
    private static final int XDP_MAX_TX_SKB_BUDGET = 9; // since Linux 6.17
    private static final int XDP_OPTIONS_ZEROCOPY = 1;
    private static final int XDP_COPY = 1 << 1;
    private static final int XDP_ZEROCOPY = 1 << 2;
    private static final int XDP_USE_NEED_WAKEUP = 1 << 3;
    private static final long RX_PAGES = 0;
    private static final long TX_PAGES = 0x8000_0000L;
    private static final long FILL_PAGES = 0x1_0000_0000L;
    private static final long COMPLETION_PAGES = 0x1_8000_0000L;
    private static final int RING_OFFSETS =
            32; // of each ring, in struct xdp_mmap_offsets: receive, transmit, fill, completion
    private static final int OFFSETS_LENGTH = 4 * RING_OFFSETS;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 0x01;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MAP_POPULATE = 0x8000;

    private static final int MSG_DONTWAIT = 0x40;
    private static final int ENXIO = 6;
    private static final int EAGAIN = 11;
    private static final int ENETDOWN = 100;
    private static final int ENOBUFS = 105;

    // The kernel lets go of a queue some time after its socket was closed.
    private static final int BIND_TRIES = 50;
    private static final long BIND_PAUSE_NS = 10_000_000;

    private static final int SCRATCH_LENGTH = 256;
    private static final int STATISTICS_LENGTH = 48;
    private static final int LENGTH_AT = 128; // of what a getsockopt answers, in the scratch

    private final Libc libc = new Libc();
    private final String device;
    private final int queue;
    private final int fd;
    private final int ringSize;
    private final boolean findsPartialChecksums;
    private final int vxlanPort;
    private final long[] mappings = new long[10]; // address, length
    private int mappingCount;
    private UnsafeBuffer umem;
    private XskRing fill;
    private XskRing received;
    private XskRing transmit;
    private XskRing completed;
    private long[] freeChunks;

    private int freeCount;
    private final Offload offload = new Offload(); // of the frame that was seen last
    private long shownBurst;
    private boolean isReleaseDue;
    private boolean isKickDue;
    private volatile boolean isGone; // also asked by the supervisor

    // Other threads ask for statistics.
    private final Object statisticsLock = new Object();
    private final Libc statisticsLibc = new Libc();
    private final UnsafeBuffer statistics = new UnsafeBuffer(ByteBuffer.allocateDirect(SCRATCH_LENGTH));
    private boolean isClosed;
    private long missed;

    /**
     * Opens it: nothing comes before it is in the program's map.
     *
     * @param config of the device
     * @param queue to serve
     * @param ifindex the device
     * @param isGeneric the program runs behind the driver: frames are copied
     * @throws UnusableDeviceException when the kernel refuses
     */
    XskSocket(final AfXdpConfig config, final int queue, final int ifindex, final boolean isGeneric)
            throws UnusableDeviceException {
        device = config.device();
        this.queue = queue;
        ringSize = config.ringSize();
        findsPartialChecksums = config.findsPartialChecksums();
        vxlanPort = config.traffic() instanceof XdpTraffic.Tunnels tunnels ? tunnels.vxlanPort() : 0;
        fd = libc.socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            throw unusable(
                    libc.errno() == SystemCallException.EAFNOSUPPORT
                            ? "this kernel has no AF_XDP (CONFIG_XDP_SOCKETS)"
                            : "cannot open an AF_XDP socket: " + libc.error()
                                    + (libc.errno() == SystemCallException.EPERM ? " (needs CAP_NET_RAW)" : ""));
        }
        boolean isOpen = false;
        try {
            map();
            bind(ifindex, isGeneric ? Copying.COPY : config.copying());
            isOpen = true;
        } finally {
            if (!isOpen) {
                close();
            }
        }
    }

    private void map() throws UnusableDeviceException {
        final UnsafeBuffer scratch = new UnsafeBuffer(ByteBuffer.allocateDirect(SCRATCH_LENGTH));
        final int length = 2 * ringSize * CHUNK_LENGTH;
        final long memory = map(length, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        umem = new UnsafeBuffer(memory, length);
        scratch.putLong(0, memory); // struct xdp_umem_reg
        scratch.putLong(8, length);
        scratch.putInt(16, CHUNK_LENGTH);
        if (libc.setsockopt(fd, SOL_XDP, XDP_UMEM_REG, scratch.addressOffset(), 32) < 0) {
            throw unusable("cannot lock " + (length >> 20) + " MiB for queue " + queue + ": " + libc.error()
                    + (libc.errno() == ENOBUFS
                            ? " (raise RLIMIT_MEMLOCK: LimitMEMLOCK=infinity in a systemd unit)"
                            : ""));
        }
        for (final int ring : new int[] {XDP_RX_RING, XDP_TX_RING, XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING}) {
            set(scratch, ring, ringSize);
        }
        scratch.putInt(LENGTH_AT, OFFSETS_LENGTH);
        final int result = libc.getsockopt(
                fd, SOL_XDP, XDP_MMAP_OFFSETS, scratch.addressOffset(), scratch.addressOffset() + LENGTH_AT);
        if (result < 0 || scratch.getInt(LENGTH_AT) != OFFSETS_LENGTH) {
            throw unusable("AF_XDP rings of a kernel before Linux 5.4");
        }
        received = ring(scratch, 0, XskRing.DESCRIPTOR, RX_PAGES);
        transmit = ring(scratch, RING_OFFSETS, XskRing.DESCRIPTOR, TX_PAGES);
        fill = ring(scratch, 2 * RING_OFFSETS, XskRing.CHUNK, FILL_PAGES);
        completed = ring(scratch, 3 * RING_OFFSETS, XskRing.CHUNK, COMPLETION_PAGES);
        freeChunks = new long[ringSize];
        freeCount = ringSize;
        for (int i = 0; i < ringSize; i++) {
            fill.put((long) i * CHUNK_LENGTH);
            freeChunks[i] = (long) (2 * ringSize - 1 - i) * CHUNK_LENGTH;
        }
        fill.publish();
    }

    private XskRing ring(final UnsafeBuffer offsets, final int offset, final int stride, final long pages)
            throws UnusableDeviceException {
        final long length = XskRing.mappedLength(offsets, offset, ringSize, stride);
        return new XskRing(map(length, MAP_SHARED | MAP_POPULATE, fd, pages), offsets, offset, ringSize, stride);
    }

    private long map(final long length, final int flags, final int file, final long pages)
            throws UnusableDeviceException {
        final long address = libc.mmap(0, length, PROT_READ_WRITE, flags, file, pages);
        if (address == -1) {
            throw unusable("cannot map memory of AF_XDP: " + libc.error());
        }
        mappings[mappingCount++] = address;
        mappings[mappingCount++] = length;
        return address;
    }

    private void set(final UnsafeBuffer scratch, final int option, final int value) throws UnusableDeviceException {
        scratch.putInt(0, value);
        if (libc.setsockopt(fd, SOL_XDP, option, scratch.addressOffset(), Integer.BYTES) < 0) {
            throw unusable("cannot make a ring of AF_XDP: " + libc.error());
        }
    }

    private void bind(final int ifindex, final Copying copying) throws UnusableDeviceException {
        final UnsafeBuffer scratch = new UnsafeBuffer(ByteBuffer.allocateDirect(SCRATCH_LENGTH));
        final int mode =
                switch (copying) {
                    case ANY -> 0; // the kernel falls back by itself
                    case COPY -> XDP_COPY;
                    case ZERO_COPY -> XDP_ZEROCOPY;
                };
        scratch.putShort(0, (short) AF_XDP); // struct sockaddr_xdp
        scratch.putShort(2, (short) (mode | XDP_USE_NEED_WAKEUP));
        scratch.putInt(4, ifindex);
        scratch.putInt(8, queue);
        int result = libc.bind(fd, scratch.addressOffset(), 16);
        for (int i = 0; result < 0 && libc.errno() == SystemCallException.EBUSY && i < BIND_TRIES; i++) {
            LockSupport.parkNanos(BIND_PAUSE_NS);
            result = libc.bind(fd, scratch.addressOffset(), 16);
        }
        if (result < 0) {
            throw unusable(
                    switch (libc.errno()) {
                        case SystemCallException.EBUSY ->
                            "queue " + queue + " is taken by another AF_XDP socket: another forwarder?";
                        case SystemCallException.EINVAL -> "has no queue " + queue;
                        case SystemCallException.EOPNOTSUPP -> "its driver does not do zero-copy AF_XDP";
                        case ENETDOWN -> "the link is down: ip link set " + device + " up";
                        default -> "cannot bind an AF_XDP socket to queue " + queue + ": " + libc.error();
                    });
        }
        scratch.putInt(0, ringSize);
        libc.setsockopt(fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, scratch.addressOffset(), Integer.BYTES); // or stays 32
        // Copies that the kernel sends count against it until they are consumed; a full ring is to fit.
        scratch.putInt(0, ringSize * CHUNK_LENGTH);
        libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, scratch.addressOffset(), Integer.BYTES);
    }

    /** @return true when the device writes to the UMEM itself */
    boolean isZeroCopy() {
        final UnsafeBuffer scratch = new UnsafeBuffer(ByteBuffer.allocateDirect(SCRATCH_LENGTH));
        scratch.putInt(LENGTH_AT, Integer.BYTES);
        libc.getsockopt(fd, SOL_XDP, XDP_OPTIONS, scratch.addressOffset(), scratch.addressOffset() + LENGTH_AT);
        return (scratch.getInt(0) & XDP_OPTIONS_ZEROCOPY) != 0;
    }

    int fd() {
        return fd;
    }

    /** As {@link PacketPort#view}. */
    int view(final Arrival arrival, final long burst) {
        if (burst != shownBurst) {
            shownBurst = burst;
            release();
        }
        if (!received.hasEntry()) {
            if (fill.needsWakeup()) {
                libc.kickReceive(fd, MSG_DONTWAIT);
            }
            return PacketPort.NOTHING;
        }
        final long address = received.headAddress();
        final int length = received.headLength();
        final int at = (int) address;
        arrival.lies(umem.addressOffset() + at, length);
        if (findsPartialChecksums) {
            offload.checksumAt = 0;
            PartialChecksum.find(umem, at, length, vxlanPort, -at, offload);
            arrival.leaves(offload.checksumAt, offload.checksumOffset, offload.isVerified);
        }
        received.take();
        fill.put(address & -CHUNK_LENGTH); // it has room for all chunks that are for receiving
        isReleaseDue = true;
        return length;
    }

    private void release() {
        if (isReleaseDue) {
            isReleaseDue = false;
            received.release();
            fill.publish();
        }
    }

    /** As {@link PacketPort#transmit}. */
    boolean transmit(final DirectBuffer buffer, final int offset, final int length) {
        final long place = place(length);
        if (place == PacketPort.FULL) {
            return false;
        }
        umem.putBytes((int) freeChunks[freeCount - 1], buffer, offset, length);
        sendPlaced(length);
        return true;
    }

    /** As {@link PacketPort#place}. */
    long place(final int length) {
        if (freeCount == 0) {
            reclaim();
        }
        return freeCount == 0 || length > CHUNK_LENGTH || !transmit.hasRoom()
                ? PacketPort.FULL
                : umem.addressOffset() + freeChunks[freeCount - 1];
    }

    /** As {@link PacketPort#sendPlaced}. */
    void sendPlaced(final int length) {
        transmit.put(freeChunks[--freeCount], length);
        isKickDue = true;
    }

    /** Takes chunks back that the kernel has sent. */
    private void reclaim() {
        final int before = freeCount;
        while (completed.hasEntry()) {
            freeChunks[freeCount++] = completed.headAddress();
            completed.take();
        }
        if (freeCount != before) {
            completed.release();
        }
    }

    /** As {@link PacketPort#flush}. */
    void flush() {
        if (!isKickDue) {
            return;
        }
        transmit.publish();
        isKickDue = false;
        if (transmit.needsWakeup()) {
            kick();
        }
        reclaim();
    }

    /** One call sends all since Linux 6.17; 32 frames before, or fewer when the device refuses one. */
    private void kick() {
        for (int waiting = transmit.waiting(); waiting > 0; ) {
            if (libc.kick(fd, MSG_DONTWAIT) >= 0 || libc.sendto(fd, 0, 0, MSG_DONTWAIT, 0, 0) >= 0) {
                return; // the second one only for its error number
            }
            final int errno = libc.errno();
            final int left = transmit.waiting();
            if (left == waiting || (errno != EAGAIN && errno != SystemCallException.EBUSY)) {
                isKickDue = left > 0; // out of buffers, or down: they stay in the ring until the next burst
                if (errno == ENXIO) {
                    isGone = true;
                }
                return;
            }
            waiting = left;
        }
    }

    /** Frames that found no room; any thread. */
    long missed() {
        synchronized (statisticsLock) {
            if (!isClosed) {
                statistics.putInt(LENGTH_AT, STATISTICS_LENGTH);
                final long address = statistics.addressOffset();
                if (statisticsLibc.getsockopt(fd, SOL_XDP, XDP_STATISTICS, address, address + LENGTH_AT) == 0) {
                    missed = statistics.getLong(0) + statistics.getLong(24); // rx_dropped, rx_ring_full
                }
            }
            return missed;
        }
    }

    /** As {@link PacketPort#isGone}; a system call. */
    boolean isGone() {
        synchronized (statisticsLock) {
            if (!isGone && !isClosed) {
                final long address = statistics.addressOffset();
                statistics.putInt(LENGTH_AT, Integer.BYTES);
                // The kernel says so once, when the device is unregistered.
                statisticsLibc.getsockopt(fd, SOL_SOCKET, SO_ERROR, address, address + LENGTH_AT);
                isGone = statistics.getInt(0) == ENETDOWN;
            }
            return isGone;
        }
    }

    private UnusableDeviceException unusable(final String why) {
        return new UnusableDeviceException(device + ": " + why);
    }

    @Override
    public void close() {
        synchronized (statisticsLock) {
            if (!isClosed) {
                isClosed = true;
                libc.close(fd);
                for (int i = 0; i < mappingCount; i += 2) {
                    libc.munmap(mappings[i], mappings[i + 1]);
                }
            }
        }
    }
}
