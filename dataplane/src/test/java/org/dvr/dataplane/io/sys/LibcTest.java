package org.dvr.dataplane.io.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.testing.AllocationGuard;
import org.junit.jupiter.api.Test;

class LibcTest {
    private static final int EBADF = 9;

    private final Libc libc = new Libc();

    @Test
    void shouldTellWhyACallFailed() {
        assertEquals(-1, libc.close(-1));
        assertEquals(EBADF, libc.errno());
        assertEquals("Bad file descriptor", libc.error());
    }

    @Test
    void shouldPassNumbersAndPointers() {
        final UnsafeBuffer value = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8));
        final int fd = libc.eventfd(0, 0);
        assertTrue(fd >= 0, libc::error);
        value.putLong(0, 7);
        assertEquals(8, libc.write(fd, value.addressOffset(), 8));
        value.putLong(0, 0);
        assertEquals(8, libc.read(fd, value.addressOffset(), 8));
        assertEquals(7, value.getLong(0));
        assertEquals(0, libc.close(fd));
    }

    /** However often: nothing is compiled anew, nobody is harmed, and nobody waits. */
    @Test
    void shouldLinkCallsOfWorkers() {
        AllocationGuard.assertAllocatesNothing(10_000, libc::linkCallsOfWorkers);
    }

    @Test
    void shouldAllocateNothing() {
        AllocationGuard.assertAllocatesNothing(50_000, () -> libc.close(-1));
    }
}
