package org.dvr.dataplane.io.afpacket;

import java.util.Arrays;

/** A program of classic BPF (linux/filter.h), run by the kernel for each frame of a socket: answers how many bytes of it are wanted. Immutable. */
public final class PacketFilter {
    /** Bytes of an instruction, {@code struct sock_filter}. */
    static final int INSTRUCTION_LENGTH = 8;

    /** No frame is wanted: the answer is 0 bytes (BPF_RET). */
    static final PacketFilter NOTHING = new PacketFilter(new long[] {6});

    private final long[] instructions;

    /**
     * @param instructions each {@code code | jt << 16 | jf << 24 | k << 32}: the structure's bytes, read as a little-endian number
     */
    PacketFilter(final long[] instructions) {
        this.instructions = instructions.clone();
    }

    int size() {
        return instructions.length;
    }

    int code(final int index) {
        return (int) instructions[index] & 0xffff;
    }

    int jumpIfTrue(final int index) {
        return (int) (instructions[index] >>> 16) & 0xff;
    }

    int jumpIfFalse(final int index) {
        return (int) (instructions[index] >>> 24) & 0xff;
    }

    int operand(final int index) {
        return (int) (instructions[index] >>> 32);
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof PacketFilter filter && Arrays.equals(instructions, filter.instructions);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(instructions);
    }

    @Override
    public String toString() {
        return "PacketFilter[" + instructions.length + " instructions]";
    }
}
