package org.dvr.dataplane.io.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.nat.memory.MemorySource;
import org.dvr.nat.memory.NativeMemory;
import org.dvr.nat.memory.Words;

/**
 * Memory in huge pages where the kernel has them to give ({@code madvise(2)}, MADV_HUGEPAGE): a table of a hundred megabytes that is met at random takes a walk
 * through the page tables for each access else, which costs more than the access. Where the kernel refuses, or there is no such kernel, it is ordinary memory.
 *
 * <p>Pages are taken when they are first written to: in huge pages two megabytes at a time, which takes some 100 microseconds.
 */
@SuppressWarnings("restricted") // it is what this package is for; the launcher grants native access
public final class HugePages {
    /** For tables that fill from the beginning: pages are taken as they are needed. */
    public static final MemorySource LAZY = HugePages::allocate;

    /** For tables that are to have all of their memory from launch on. */
    public static final MemorySource TOUCHED = (length, alignment) -> touched(allocate(length, alignment));

    private static final int HUGE_PAGE = 2 << 20;
    private static final int PAGE = 4_096;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
    private static final int MADV_HUGEPAGE = 14;
    private static final int ADDRESS_ALIGNMENT = 128;
    private static final long COLLECTION_STEP = 1L << 30;
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicLong HELD = new AtomicLong();
    private static final MethodHandle MMAP =
            find("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = find("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle MADVISE = find("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);

    private HugePages() {}

    /** Null where there is no such call, or we may make none. */
    private static MethodHandle find(final String name, final MemoryLayout result, final MemoryLayout... arguments) {
        try {
            final Linker linker = Linker.nativeLinker();
            return linker.defaultLookup()
                    .find(name)
                    .map(symbol -> linker.downcallHandle(symbol, FunctionDescriptor.of(result, arguments)))
                    .orElse(null);
        } catch (final IllegalCallerException | UnsupportedOperationException e) {
            return null;
        }
    }

    private static NativeMemory allocate(final int length, final int alignment) {
        if (length < HUGE_PAGE || alignment > ADDRESS_ALIGNMENT || MMAP == null || MUNMAP == null || MADVISE == null) {
            return new NativeMemory(length, alignment);
        }
        final long mapped = (long) length + 2 * HUGE_PAGE;
        final long held = HELD.addAndGet(mapped);
        if (held / COLLECTION_STEP != (held - mapped) / COLLECTION_STEP) {
            System.gc(); // as the JVM does where its own memory runs short: workers that are gone give theirs back
        }
        final long address = map(mapped);
        if (address == -1) {
            HELD.addAndGet(-mapped);
            return new NativeMemory(length, alignment);
        }
        final long first = address + HUGE_PAGE - 1 & -(long) HUGE_PAGE;
        final UnsafeBuffer buffer = new UnsafeBuffer(first, length);
        CLEANER.register(buffer, () -> unmap(address, mapped));
        return new NativeMemory(buffer);
    }

    private static long map(final long length) {
        try {
            final long address =
                    (long) MMAP.invokeExact(0L, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
            if (address != -1) {
                final int refused = (int) MADVISE.invokeExact(address, length, MADV_HUGEPAGE);
                assert refused == 0 || refused == -1; // then it is ordinary memory
            }
            return address;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static void unmap(final long address, final long length) {
        try {
            final int failed = (int) MUNMAP.invokeExact(address, length);
            assert failed == 0;
            HELD.addAndGet(-length);
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static NativeMemory touched(final NativeMemory memory) {
        for (int offset = 0; offset < memory.capacity(); offset += PAGE) {
            Words.putInt(memory.address(offset), 0);
        }
        return memory;
    }
}
