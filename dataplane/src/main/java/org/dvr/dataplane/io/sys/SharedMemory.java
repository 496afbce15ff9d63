package org.dvr.dataplane.io.sys;

import org.agrona.concurrent.UnsafeBuffer;

/** Memory that programs in the kernel and a thread of ours both see: a BPF map of one value, mapped. */
public final class SharedMemory {
    private static final int PAGE = 4_096;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_POPULATE = 0x8000;

    private final Libc libc;
    private final int fd;
    private final long mappedLength;
    private final UnsafeBuffer buffer;

    /**
     * @param libc of the thread that calls
     * @param length in bytes
     * @param name shown by tools
     * @throws SystemCallException if the kernel refuses
     */
    public SharedMemory(final Libc libc, final int length, final String name) throws SystemCallException {
        this.libc = libc;
        fd = new Bpf(libc).createSharedMemory(length, name);
        mappedLength = (length + PAGE - 1L) / PAGE * PAGE;
        final long address = libc.mmap(0, mappedLength, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
        if (address == -1) {
            final SystemCallException refused = new SystemCallException(libc, "cannot map a BPF map");
            libc.close(fd);
            throw refused;
        }
        buffer = new UnsafeBuffer(address, length);
    }

    /** @return of the map, as programs name it when they are loaded */
    public int fd() {
        return fd;
    }

    /** @return what is shared; until {@link #close} */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /** Unmaps it and gives the map up; programs that use it keep it. */
    public void close() {
        libc.munmap(buffer.addressOffset(), mappedLength);
        libc.close(fd);
    }
}
