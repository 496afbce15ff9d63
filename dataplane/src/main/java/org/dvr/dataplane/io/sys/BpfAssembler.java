package org.dvr.dataplane.io.sys;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Assembles eBPF programs: the few instructions that our ports need, jumps by label, the rest of the machine left out (Documentation/bpf/standardization/
 * instruction-set.rst in the kernel's sources). Cold.
 *
 * <pre>
 *   63            32 31            16 15   12 11    8 7       0
 *  +----------------+----------------+-------+-------+---------+
 *  |   immediate    |     offset     | source|  dest.| opcode  |    little-endian machines only, as all that we run on
 *  +----------------+----------------+-------+-------+---------+
 * </pre>
 *
 * Registers: R0 results, R1 to R5 arguments of calls and lost by them, R6 to R9 kept, R10 the end of 512 bytes of stack. The verifier of the kernel
 * refuses what we get wrong.
 */
public final class BpfAssembler {
    /** Results of calls and of the program. */
    public static final int R0 = 0;

    /** First argument; the context when a program begins. */
    public static final int R1 = 1;

    /** Second argument. */
    public static final int R2 = 2;

    /** Third argument. */
    public static final int R3 = 3;

    /** Fourth argument. */
    public static final int R4 = 4;

    /** Fifth argument. */
    public static final int R5 = 5;

    /** Kept over calls; {@link #loadFrame} wants the context here. */
    public static final int R6 = 6;

    /** Kept over calls. */
    public static final int R7 = 7;

    /** Kept over calls. */
    public static final int R8 = 8;

    /** Kept over calls. */
    public static final int R9 = 9;

    /** The end of the stack; read only. */
    public static final int R10 = 10;

    private static final int WIDE = 0x07; // BPF_ALU64
    private static final int NARROW = 0x04; // BPF_ALU
    private static final int REGISTER = 0x08; // BPF_X; an immediate otherwise
    private static final int JUMP = 0x05;
    private static final int JUMP_32 = 0x06; // compares the low halves: an immediate is not sign-extended
    private static final int LOAD = 0x61; // BPF_LDX | BPF_MEM
    private static final int STORE = 0x63; // BPF_STX | BPF_MEM
    private static final int LOAD_FRAME = 0x20; // BPF_LD | BPF_ABS
    private static final int LOAD_FRAME_INDEXED = 0x40; // BPF_LD | BPF_IND
    private static final int PSEUDO_MAP_FD = 1;
    private static final int PSEUDO_MAP_VALUE = 2;

    private final List<Jump> jumps = new ArrayList<>();
    private long[] code = new long[64];
    private int size;

    /** A place in a program. */
    public static final class Label {
        private int index = -1;
    }

    private record Jump(int from, Label to) {}

    /** Widths of loads, as the kernel encodes them. */
    public enum Width {
        /** 1 byte. */
        BYTE(0x10),
        /** 2 bytes. */
        HALF(0x08),
        /** 4 bytes. */
        WORD(0x00),
        /** 8 bytes. */
        DOUBLE(0x18);

        private final int bits;

        Width(final int bits) {
            this.bits = bits;
        }
    }

    /** {@code to = from}. */
    public BpfAssembler move(final int to, final int from) {
        return emit(0xB0 | WIDE | REGISTER, to, from, 0, 0);
    }

    /** {@code to = value}, sign-extended. */
    public BpfAssembler moveValue(final int to, final int value) {
        return emit(0xB0 | WIDE, to, 0, 0, value);
    }

    /** {@code to += from}. */
    public BpfAssembler add(final int to, final int from) {
        return emit(WIDE | REGISTER, to, from, 0, 0);
    }

    /** {@code to += value}. */
    public BpfAssembler addValue(final int to, final int value) {
        return emit(WIDE, to, 0, 0, value);
    }

    /** {@code to -= from}. */
    public BpfAssembler subtract(final int to, final int from) {
        return emit(0x10 | WIDE | REGISTER, to, from, 0, 0);
    }

    /** {@code to &= value}. */
    public BpfAssembler andValue(final int to, final int value) {
        return emit(0x50 | WIDE, to, 0, 0, value);
    }

    /** {@code to <<= bits}. */
    public BpfAssembler shiftLeft(final int to, final int bits) {
        return emit(0x60 | WIDE, to, 0, 0, bits);
    }

    /** {@code to >>= bits}, unsigned. */
    public BpfAssembler shiftRight(final int to, final int bits) {
        return emit(0x70 | WIDE, to, 0, 0, bits);
    }

    /** {@code to *= value}, sign-extended. */
    public BpfAssembler multiplyValue(final int to, final int value) {
        return emit(0x20 | WIDE, to, 0, 0, value);
    }

    /** {@code to *= value} in 32 bits, zero-extended. */
    public BpfAssembler multiplyValue32(final int to, final int value) {
        return emit(0x20 | NARROW, to, 0, 0, value);
    }

    /** {@code to |= from}. */
    public BpfAssembler or(final int to, final int from) {
        return emit(0x40 | WIDE | REGISTER, to, from, 0, 0);
    }

    /** {@code to ^= from}. */
    public BpfAssembler xor(final int to, final int from) {
        return emit(0xA0 | WIDE | REGISTER, to, from, 0, 0);
    }

    /** {@code to ^= value} in 32 bits, zero-extended. */
    public BpfAssembler xorValue32(final int to, final int value) {
        return emit(0xA0 | NARROW, to, 0, 0, value);
    }

    /** {@code register =} its lower 16 bits, as they stand in a frame. */
    public BpfAssembler toNetworkOrder16(final int register) {
        return emit(0xD0 | NARROW | REGISTER, register, 0, 0, 16);
    }

    /** {@code *(base + offset) += from}, 64 bits, whatever other cores do. */
    public BpfAssembler addAtomically(final int base, final int offset, final int from) {
        return emit(0xDB, base, from, offset, 0);
    }

    /** {@code to = *(base + offset)}, zero-extended, in the machine's byte order. */
    public BpfAssembler load(final Width width, final int to, final int base, final int offset) {
        return emit(LOAD | width.bits, to, base, offset, 0);
    }

    /** {@code *(base + offset) = from}, its low bytes, in the machine's byte order. */
    public BpfAssembler store(final Width width, final int base, final int offset, final int from) {
        return emit(STORE | width.bits, base, from, offset, 0);
    }

    /**
     * {@code R0} = bytes of the frame in host order; outside of it the program ends with result 0. For socket buffers only, with the context in R6; R1 to R5
     * are lost.
     */
    public BpfAssembler loadFrame(final Width width, final int offset) {
        return emit(LOAD_FRAME | width.bits, 0, 0, 0, offset);
    }

    /** As {@link #loadFrame(Width, int)}, at the sum of a register and an offset. */
    public BpfAssembler loadFrame(final Width width, final int base, final int offset) {
        return emit(LOAD_FRAME_INDEXED | width.bits, 0, base, 0, offset);
    }

    /** {@code to} = the map behind a file descriptor. */
    public BpfAssembler loadMap(final int to, final int mapFd) {
        emit(0x18, to, PSEUDO_MAP_FD, 0, mapFd);
        return emit(0, 0, 0, 0, 0);
    }

    /** {@code to} = address of the one value of the array map behind a file descriptor. */
    public BpfAssembler loadMapValue(final int to, final int mapFd) {
        emit(0x18, to, PSEUDO_MAP_VALUE, 0, mapFd);
        return emit(0, 0, 0, 0, 0);
    }

    /** Goes on at a label. */
    public BpfAssembler jump(final Label to) {
        return jump(JUMP, 0, 0, 0, to);
    }

    /** Goes on at a label if the low 32 bits of a register are this value. */
    public BpfAssembler jumpIfEqual(final int register, final int value, final Label to) {
        return jump(0x10 | JUMP_32, register, 0, value, to);
    }

    /** Goes on at a label if a register is 0, all of it: how the verifier wants results of look-ups checked. */
    public BpfAssembler jumpIfNull(final int register, final Label to) {
        return jump(0x10 | JUMP, register, 0, 0, to);
    }

    /** Goes on at a label if the low 32 bits of a register are not this value. */
    public BpfAssembler jumpIfNotEqual(final int register, final int value, final Label to) {
        return jump(0x50 | JUMP_32, register, 0, value, to);
    }

    /** Goes on at a label if the low 32 bits of a register and this value have a bit in common. */
    public BpfAssembler jumpIfAny(final int register, final int bits, final Label to) {
        return jump(0x40 | JUMP_32, register, 0, bits, to);
    }

    /** Goes on at a label if one register is above another, unsigned: how the verifier wants bounds checked. */
    public BpfAssembler jumpIfAbove(final int register, final int other, final Label to) {
        return jump(0x20 | JUMP | REGISTER, register, other, 0, to);
    }

    /** Goes on at a label if a register is below this value, unsigned: also back, where the verifier sees an end of it. */
    public BpfAssembler jumpIfBelow(final int register, final int value, final Label to) {
        return jump(0xA0 | JUMP, register, 0, value, to);
    }

    /** Goes on at a label if one register is another. */
    public BpfAssembler jumpIfSame(final int register, final int other, final Label to) {
        return jump(0x10 | JUMP | REGISTER, register, other, 0, to);
    }

    /** Goes on at a label if one register is not another. */
    public BpfAssembler jumpIfNotSame(final int register, final int other, final Label to) {
        return jump(0x50 | JUMP | REGISTER, register, other, 0, to);
    }

    /** Calls a function of the kernel by its number in {@code linux/bpf.h}. */
    public BpfAssembler call(final int function) {
        return emit(0x80 | JUMP, 0, 0, 0, function);
    }

    /** Ends the program; R0 is its result. */
    public BpfAssembler exit() {
        return emit(0x90 | JUMP, 0, 0, 0, 0);
    }

    /** Ends the program with a result. */
    public BpfAssembler exit(final int result) {
        return moveValue(R0, result).exit();
    }

    /**
     * Puts a label here.
     *
     * @throws IllegalStateException if it stands somewhere already
     */
    public BpfAssembler label(final Label label) {
        if (label.index >= 0) {
            throw new IllegalStateException("label stands already, index=" + label.index);
        }
        label.index = size;
        return this;
    }

    /**
     * Resolves the jumps.
     *
     * @return the program, an instruction per element
     * @throws IllegalStateException if a label was jumped to and never put
     */
    public long[] program() {
        final long[] program = Arrays.copyOf(code, size);
        for (final Jump jump : jumps) {
            if (jump.to.index < 0) {
                throw new IllegalStateException("label stands nowhere, jump from index=" + jump.from);
            }
            final int distance = jump.to.index - jump.from - 1;
            program[jump.from] |= (distance & 0xFFFFL) << 16;
        }
        return program;
    }

    private BpfAssembler jump(final int opcode, final int register, final int other, final int value, final Label to) {
        jumps.add(new Jump(size, to));
        return emit(opcode, register, other, 0, value);
    }

    private BpfAssembler emit(final int opcode, final int to, final int from, final int offset, final int value) {
        if (size == code.length) {
            code = Arrays.copyOf(code, 2 * size);
        }
        code[size++] = opcode | to << 8 | from << 12 | (offset & 0xFFFFL) << 16 | (long) value << 32;
        return this;
    }
}
