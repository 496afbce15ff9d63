package org.dvr.dataplane.io.sys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * {@code bpf(2)}: maps, programs, and links that attach a program to a device. Layouts of the arguments: {@code union bpf_attr} in {@code linux/bpf.h}. Cold;
 * belongs to the thread of its {@link Libc}.
 *
 * <p>Everything here is held by file descriptors alone and pinned nowhere: the kernel takes a program off its device when the last descriptor of its link
 * is closed, which the end of a process does, however it ends. So nothing stale can be found by the next start.
 */
public final class Bpf {
    /** Map of AF_XDP sockets by receive queue. */
    public static final int MAP_XSKMAP = 17;

    private static final int MAP_ARRAY = 2;
    private static final int MAP_MMAPABLE = 1 << 10;

    private static final int MAP_PER_CORE_ARRAY = 6;
    private static final int MAP_HASH = 1;
    private static final int MAP_NO_PREALLOC = 1;

    /** Program of a socket: a filter, or what spreads frames over several. */
    public static final int PROGRAM_SOCKET_FILTER = 1;

    /** Program for socket buffers in traffic control. */
    public static final int PROGRAM_SCHED_CLS = 3;

    /** Program for frames before there is a socket buffer. */
    public static final int PROGRAM_XDP = 6;

    /** Attaches an XDP program to a device; since Linux 5.9. */
    public static final int ATTACH_XDP = 37;

    /** Attaches a program where frames enter traffic control, behind packet sockets; since Linux 6.6. */
    public static final int ATTACH_TCX_INGRESS = 46;

    /** Attaches a program where frames leave traffic control, before the queueing discipline; since Linux 6.6. */
    public static final int ATTACH_TCX_EGRESS = 47;

    /** Flag of a TCX link: before all others. */
    public static final int LINK_FIRST = 1 << 3;

    private static final boolean IS_AARCH64 = "aarch64".equals(System.getProperty("os.arch"));
    private static final long SYSCALL_BPF = IS_AARCH64 ? 280 : 321;

    private static final int MAP_CREATE = 0;
    private static final int MAP_UPDATE = 2;
    private static final int MAP_DELETE = 3;
    private static final int PROGRAM_LOAD = 5;
    private static final int PROGRAM_TEST_RUN = 10;
    private static final int LINK_CREATE = 28;

    private static final int ATTRIBUTE_LENGTH =
            128; // longer than all that we use; the kernel wants zeros beyond what it knows
    private static final int LONGEST_NAME = 15;
    private static final int LOG_LENGTH = 4 * 1024 * 1024; // one that is too short counts as an error
    private static final int LOG_SHOWN = 2_000;

    private final Libc libc;

    /** @param libc of the thread that calls */
    public Bpf(final Libc libc) {
        this.libc = libc;
    }

    /**
     * Makes a map of 4-byte keys and values.
     *
     * @param type such as {@link #MAP_XSKMAP}
     * @param capacity most entries
     * @param name shown by tools, up to 15 letters, digits or underscores
     * @return its file descriptor
     * @throws SystemCallException if the kernel refuses
     */
    public int createMap(final int type, final int capacity, final String name) throws SystemCallException {
        return create(type, Integer.BYTES, Integer.BYTES, capacity, 0, name);
    }

    private int create(
            final int type,
            final int keyLength,
            final int valueLength,
            final int capacity,
            final int flags,
            final String name)
            throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attribute = arena.allocate(ATTRIBUTE_LENGTH, Long.BYTES);
            attribute.set(JAVA_INT, 0, type);
            attribute.set(JAVA_INT, 4, keyLength);
            attribute.set(JAVA_INT, 8, valueLength);
            attribute.set(JAVA_INT, 12, capacity);
            attribute.set(JAVA_INT, 16, flags);
            putName(attribute, 28, name);
            return result(bpf(MAP_CREATE, attribute), "cannot make a BPF map");
        }
    }

    /**
     * Makes a table of 4-byte values that takes memory as it fills.
     *
     * @param keyLength bytes of a key, up to 8
     * @param capacity most entries
     * @param name shown by tools, up to 15 letters, digits or underscores
     * @return its file descriptor
     * @throws SystemCallException if the kernel refuses
     */
    public int createTable(final int keyLength, final int capacity, final String name) throws SystemCallException {
        return create(MAP_HASH, keyLength, Integer.BYTES, capacity, MAP_NO_PREALLOC, name);
    }

    /**
     * Sets an entry of a table.
     *
     * @param mapFd of {@link #createTable}
     * @param key its low bytes count, in the machine's byte order
     * @param value any
     * @throws SystemCallException if the kernel refuses, such as for want of room
     */
    public void put(final int mapFd, final long key, final int value) throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attribute = arena.allocate(ATTRIBUTE_LENGTH, Long.BYTES);
            attribute.set(JAVA_INT, 0, mapFd);
            attribute.set(JAVA_LONG, 8, arena.allocateFrom(JAVA_LONG, key).address());
            attribute.set(JAVA_LONG, 16, arena.allocateFrom(JAVA_INT, value).address());
            result(bpf(MAP_UPDATE, attribute), "cannot write to a BPF map");
        }
    }

    /**
     * Takes an entry out of a table.
     *
     * @param mapFd of {@link #createTable}
     * @param key of an entry that is there
     * @throws SystemCallException if the kernel refuses
     */
    public void remove(final int mapFd, final long key) throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attribute = arena.allocate(ATTRIBUTE_LENGTH, Long.BYTES);
            attribute.set(JAVA_INT, 0, mapFd);
            attribute.set(JAVA_LONG, 8, arena.allocateFrom(JAVA_LONG, key).address());
            result(bpf(MAP_DELETE, attribute), "cannot take an entry out of a BPF map");
        }
    }

    /**
     * Runs a program once on a frame; cold.
     *
     * @param programFd of {@link #load}
     * @param frame with its Ethernet header
     * @return what the program answers
     * @throws SystemCallException if the kernel refuses
     */
    public int run(final int programFd, final byte[] frame) throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attribute = arena.allocate(ATTRIBUTE_LENGTH, Long.BYTES);
            attribute.set(JAVA_INT, 0, programFd);
            attribute.set(JAVA_INT, 8, frame.length);
            attribute.set(JAVA_LONG, 16, arena.allocateFrom(JAVA_BYTE, frame).address());
            attribute.set(JAVA_INT, 32, 1); // repeat
            result(bpf(PROGRAM_TEST_RUN, attribute), "cannot run a BPF program");
            return attribute.get(JAVA_INT, 4);
        }
    }

    /**
     * Makes a map of one value, which may be mapped into memory; since Linux 5.5.
     *
     * @param length of the value in bytes
     * @param name shown by tools, up to 15 letters, digits or underscores
     * @return its file descriptor
     * @throws SystemCallException if the kernel refuses
     */
    public int createSharedMemory(final int length, final String name) throws SystemCallException {
        return create(MAP_ARRAY, Integer.BYTES, length, 1, MAP_MMAPABLE, name);
    }

    /**
     * Makes a map of one value for each core.
     *
     * @param length of the value in bytes
     * @param name shown by tools, up to 15 letters, digits or underscores
     * @return its file descriptor
     * @throws SystemCallException if the kernel refuses
     */
    public int createPerCore(final int length, final String name) throws SystemCallException {
        return create(MAP_PER_CORE_ARRAY, Integer.BYTES, length, 1, 0, name);
    }

    /**
     * Runs a program now, attached to nothing; hot.
     *
     * @param libc of the thread that calls
     * @param attribute address of the part {@code test} of a {@code union bpf_attr}
     * @param length of it in bytes
     * @return 0, or -1 when the kernel refuses
     */
    public static long run(final Libc libc, final long attribute, final int length) {
        return libc.quietSyscall(SYSCALL_BPF, PROGRAM_TEST_RUN, attribute, length);
    }

    /**
     * Sets a map's entry.
     *
     * @param mapFd of {@link #createMap}
     * @param key 0 to capacity - 1
     * @param value such as the file descriptor of a socket
     * @throws SystemCallException if the kernel refuses
     */
    public void update(final int mapFd, final int key, final int value) throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attribute = arena.allocate(ATTRIBUTE_LENGTH, Long.BYTES);
            attribute.set(JAVA_INT, 0, mapFd);
            attribute.set(JAVA_LONG, 8, arena.allocateFrom(JAVA_INT, key).address());
            attribute.set(JAVA_LONG, 16, arena.allocateFrom(JAVA_INT, value).address());
            result(bpf(MAP_UPDATE, attribute), "cannot write to a BPF map");
        }
    }

    /**
     * Has a program verified and translated.
     *
     * @param type such as {@link #PROGRAM_XDP}
     * @param attachType what it will be attached to
     * @param program of {@link BpfAssembler#program}
     * @param name shown by tools, up to 15 letters, digits or underscores
     * @return its file descriptor
     * @throws SystemCallException if the kernel refuses, with the end of what its verifier says
     */
    public int load(final int type, final int attachType, final long[] program, final String name)
            throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attribute = arena.allocate(ATTRIBUTE_LENGTH, Long.BYTES);
            attribute.set(JAVA_INT, 0, type);
            attribute.set(JAVA_INT, 4, program.length);
            attribute.set(JAVA_LONG, 8, arena.allocateFrom(JAVA_LONG, program).address());
            attribute.set(
                    JAVA_LONG,
                    16,
                    arena.allocateFrom("Apache-2.0").address()); // we call nothing that is for GPL programs
            putName(attribute, 48, name);
            attribute.set(JAVA_INT, 68, attachType);
            final long fd = bpf(PROGRAM_LOAD, attribute);
            final int errno = libc.errno();
            if (fd >= 0 || (errno != SystemCallException.EINVAL && errno != SystemCallException.EACCES)) {
                return result(fd, "cannot load a BPF program");
            }
            // Once more for the verifier's words; a log that nobody reads makes loading slow.
            final MemorySegment log = arena.allocate(LOG_LENGTH);
            attribute.set(JAVA_INT, 24, 1); // log_level
            attribute.set(JAVA_INT, 28, LOG_LENGTH);
            attribute.set(JAVA_LONG, 32, log.address());
            final long again = bpf(PROGRAM_LOAD, attribute);
            if (again >= 0) {
                return (int) again;
            }
            throw new SystemCallException(libc, "cannot load a BPF program", verdict(log.getString(0)));
        }
    }

    /**
     * Attaches a program to a device for as long as the link's descriptor is open.
     *
     * @param programFd of {@link #load}
     * @param ifindex the device
     * @param attachType where
     * @param flags of that attachment
     * @return the link's file descriptor
     * @throws SystemCallException if the kernel refuses
     */
    public int link(final int programFd, final int ifindex, final int attachType, final int flags)
            throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attribute = arena.allocate(ATTRIBUTE_LENGTH, Long.BYTES);
            attribute.set(JAVA_INT, 0, programFd);
            attribute.set(JAVA_INT, 4, ifindex);
            attribute.set(JAVA_INT, 8, attachType);
            attribute.set(JAVA_INT, 12, flags);
            return result(bpf(LINK_CREATE, attribute), "cannot attach a BPF program");
        }
    }

    private long bpf(final int command, final MemorySegment attribute) {
        return libc.syscall(SYSCALL_BPF, command, attribute.address(), ATTRIBUTE_LENGTH);
    }

    private int result(final long result, final String what) throws SystemCallException {
        if (result >= 0) {
            return (int) result;
        }
        throw new SystemCallException(
                libc, what, libc.errno() == SystemCallException.EPERM ? " (needs CAP_BPF and CAP_NET_ADMIN)" : "");
    }

    private static void putName(final MemorySegment attribute, final int offset, final String name) {
        final byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(bytes, 0, attribute, JAVA_BYTE, offset, Math.min(bytes.length, LONGEST_NAME));
    }

    /** The verifier ends with why it has refused. */
    private static String verdict(final String log) {
        final String text = log.strip();
        return text.isEmpty() ? "" : "\n" + text.substring(Math.max(0, text.length() - LOG_SHOWN));
    }
}
