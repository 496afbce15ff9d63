package org.dvr.dataplane.io.afpacket;

import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.sys.Bpf;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SystemCallException;

/** Memory that a program in the kernel and the thread that sends both see: a BPF map of one value, mapped. */
final class SharedMemory {
    private static final int PAGE = 4_096;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_POPULATE = 0x8000;

    private final Libc libc;
    private final int fd;
    private final long mappedLength;
    private final UnsafeBuffer buffer;

    /**
     * @param length in bytes
     * @param name shown by tools
     * @throws SystemCallException if the kernel refuses
     */
    SharedMemory(final Libc libc, final int length, final String name) throws SystemCallException {
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
    int fd() {
        return fd;
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    void close() {
        libc.munmap(buffer.addressOffset(), mappedLength);
        libc.close(fd);
    }
}
