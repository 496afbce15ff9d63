package org.dvr.dataplane.io.afpacket;

import java.util.Arrays;
import org.dvr.dataplane.io.sys.BpfAssembler;
import org.dvr.dataplane.io.sys.BpfAssembler.Label;
import org.dvr.dataplane.io.sys.BpfAssembler.Width;

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

    /**
     * Appends what it does to a program of the other kind: {@link TunnelFilter}'s instructions, and no others.
     *
     * @param program R6 has the context; R7 is lost
     * @throws IllegalStateException for an instruction that is not one of them
     */
    void appendTo(final BpfAssembler program) {
        final Label[] places = new Label[size() + 1];
        Arrays.setAll(places, i -> new Label());
        for (int i = 0; i < size(); i++) {
            program.label(places[i]);
            append(program, i, places);
        }
    }

    private void append(final BpfAssembler program, final int i, final Label[] places) {
        final int operand = operand(i);
        switch (code(i)) {
            case TunnelFilter.LOAD_WORD -> program.loadFrame(Width.WORD, operand);
            case TunnelFilter.LOAD_HALF -> program.loadFrame(Width.HALF, operand);
            case TunnelFilter.LOAD_BYTE -> program.loadFrame(Width.BYTE, operand);
            case TunnelFilter.LOAD_HALF_INDEXED -> program.loadFrame(Width.HALF, BpfAssembler.R7, operand);
            case TunnelFilter.LOAD_INDEX_IP_HEADER_LENGTH ->
                program.loadFrame(Width.BYTE, operand)
                        .andValue(BpfAssembler.R0, 0x0F)
                        .shiftLeft(BpfAssembler.R0, 2)
                        .move(BpfAssembler.R7, BpfAssembler.R0);
            case TunnelFilter.JUMP_EQUAL ->
                program.jumpIfEqual(BpfAssembler.R0, operand, places[i + 1 + jumpIfTrue(i)])
                        .jump(places[i + 1 + jumpIfFalse(i)]);
            case TunnelFilter.JUMP_ANY_BIT ->
                program.jumpIfAny(BpfAssembler.R0, operand, places[i + 1 + jumpIfTrue(i)])
                        .jump(places[i + 1 + jumpIfFalse(i)]);
            case TunnelFilter.RETURN -> program.exit(operand);
            default -> throw new IllegalStateException("no such instruction, code=" + code(i));
        }
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
