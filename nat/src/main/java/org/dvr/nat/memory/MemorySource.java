package org.dvr.nat.memory;

/** Where tables get their memory from: whoever launches a worker knows what pages this machine has to give. */
@FunctionalInterface
public interface MemorySource {
    /** The JVM's own, in ordinary pages. */
    MemorySource DIRECT = NativeMemory::new;

    /**
     * Allocates memory that holds zeros.
     *
     * @param length bytes
     * @param alignment of its first byte, a power of two
     * @return the memory, given back when nobody holds the object any more
     */
    NativeMemory allocate(int length, int alignment);
}
