package org.dvr.dataplane.io.afpacket;

import static org.dvr.dataplane.io.sys.BpfAssembler.R0;
import static org.dvr.dataplane.io.sys.BpfAssembler.R1;
import static org.dvr.dataplane.io.sys.BpfAssembler.R10;
import static org.dvr.dataplane.io.sys.BpfAssembler.R2;
import static org.dvr.dataplane.io.sys.BpfAssembler.R3;
import static org.dvr.dataplane.io.sys.BpfAssembler.R4;
import static org.dvr.dataplane.io.sys.BpfAssembler.R5;
import static org.dvr.dataplane.io.sys.BpfAssembler.R6;
import static org.dvr.dataplane.io.sys.BpfAssembler.R7;
import static org.dvr.dataplane.io.sys.BpfAssembler.R8;
import static org.dvr.dataplane.io.sys.BpfAssembler.R9;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.sys.Bpf;
import org.dvr.dataplane.io.sys.BpfAssembler;
import org.dvr.dataplane.io.sys.BpfAssembler.Label;
import org.dvr.dataplane.io.sys.BpfAssembler.Width;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SharedMemory;
import org.dvr.dataplane.io.sys.SocketBuffers;
import org.dvr.dataplane.io.sys.SystemCallException;

/**
 * Sends a burst inside the kernel. A packet socket sends each frame by itself, and after each the kernel lets the peer of a veth device receive; that is
 * most of what a small frame costs. Here a program for traffic control is run once per burst ({@code BPF_PROG_RUN}): it takes one socket buffer from frame
 * to frame, and hands a copy of each to the device's queueing discipline. The peer receives when all are there, which halves the cost of a frame.
 *
 * <pre>
 *   shared memory: | count (32) ... 64 | slot | slot | ...
 *   slot:          | length (32), 2, virtio_net_hdr (10) | frame | ...
 * </pre>
 *
 * The kernel looks for the device in the network namespace of the thread that runs the program; in any other than that of the thread that has loaded it, it
 * is not run. The kernel checks no length against the device's: that is left to the caller.
 */
final class BurstProgram {
    /** Where the first slot is. */
    static final int SLOTS_AT = 64;

    /** Where a slot's frame begins. */
    static final int FRAME_AT = 16;

    private static final int COUNT = 0;
    private static final int LENGTH = 0;
    private static final int REFUSED = -8;
    private static final int SHORTEST = 14;
    private static final int SHORTEST_ON_WIRE = 60;

    // The part "test" of union bpf_attr.
    private static final int PROG_FD = 0;
    private static final int RETVAL = 4;
    private static final int DATA_SIZE_IN = 8;
    private static final int DATA_SIZE_OUT = 12;
    private static final int DATA_IN = 16;
    private static final int REPEAT = 32;
    private static final int ATTRIBUTE_LENGTH = 80;

    private static final Path NAMESPACE = Path.of("/proc/thread-self/ns/net");

    private final Libc libc = new Libc();
    private final Path namespace = namespace();
    private boolean isAsked; // where its thread is: once
    private boolean isThere;
    private final int programFd;
    private final SharedMemory memory;
    private final UnsafeBuffer attribute = new UnsafeBuffer(BufferUtil.allocateDirectAligned(ATTRIBUTE_LENGTH, 8));

    /**
     * @param device index of the device
     * @param slots how many frames a burst has at most
     * @param slotLength in bytes
     * @throws SystemCallException if the kernel refuses, for want of CAP_BPF and CAP_NET_ADMIN or because it is too old
     */
    BurstProgram(final int device, final int slots, final int slotLength) throws SystemCallException {
        // One slot more: without CAP_PERFMON a program may not even point behind the last one.
        memory = new SharedMemory(libc, SLOTS_AT + (slots + 1) * slotLength, "dvr_burst");
        int loaded = -1;
        try {
            loaded = new Bpf(libc)
                    .load(Bpf.PROGRAM_SCHED_CLS, 0, program(memory.fd(), device, slots, slotLength), "dvr_burst");
        } finally {
            if (loaded < 0) {
                memory.close();
            }
        }
        programFd = loaded;
        attribute.putInt(PROG_FD, programFd);
        attribute.putInt(REPEAT, 1);
        attribute.putLong(DATA_IN, memory.buffer().addressOffset() + SLOTS_AT + FRAME_AT);
    }

    /** R6 is the socket buffer, R7 the slot, R8 its index, R9 how many there are; on the stack, how many were refused. */
    private static long[] program(final int mapFd, final int device, final int slots, final int slotLength) {
        final BpfAssembler program = new BpfAssembler();
        final Label frame = new Label();
        final Label hasLength = new Label();
        final Label isShortEnough = new Label();
        final Label refused = new Label();
        final Label next = new Label();
        final Label end = new Label();
        program.move(R6, R1).loadMapValue(R7, mapFd).load(Width.WORD, R9, R7, COUNT);
        program.moveValue(R8, 0).store(Width.DOUBLE, R10, REFUSED, R8).addValue(R7, SLOTS_AT);
        program.label(frame).jumpIfSame(R8, R9, end);
        program.load(Width.WORD, R2, R7, LENGTH).load(Width.WORD, R4, R6, SocketBuffers.LENGTH);
        program.jumpIfSame(R4, R2, hasLength);
        program.move(R1, R6).moveValue(R3, 0).call(SocketBuffers.CHANGE_TAIL).jumpIfNotEqual(R0, 0, refused);
        program.label(hasLength).load(Width.WORD, R4, R7, LENGTH);
        // For the verifier: our slots hold nothing else.
        program.jumpIfBelow(R4, SHORTEST, refused)
                .jumpIfBelow(R4, slotLength - FRAME_AT + 1, isShortEnough)
                .jump(refused);
        program.label(isShortEnough).move(R1, R6).moveValue(R2, 0).move(R3, R7).addValue(R3, FRAME_AT);
        program.moveValue(R5, 0).call(SocketBuffers.STORE_BYTES).jumpIfNotEqual(R0, 0, refused);
        program.move(R1, R6).moveValue(R2, device).moveValue(R3, 0).call(SocketBuffers.CLONE_REDIRECT);
        program.jumpIfEqual(R0, 0, next);
        program.label(refused)
                .load(Width.DOUBLE, R1, R10, REFUSED)
                .addValue(R1, 1)
                .store(Width.DOUBLE, R10, REFUSED, R1);
        program.label(next).addValue(R7, slotLength).addValue(R8, 1).jumpIfBelow(R8, slots, frame);
        return program.label(end).load(Width.DOUBLE, R0, R10, REFUSED).exit().program();
    }

    /** @return the shared memory */
    UnsafeBuffer memory() {
        return memory.buffer();
    }

    /**
     * Sends the frames in the first slots.
     *
     * @param count how many, 1 or more
     * @return how many of them were refused, -1 when the program could not be run and all are as they were
     */
    int run(final int count) {
        if (!isAsked) {
            isAsked = true;
            isThere = namespace != null && namespace.equals(namespace());
        }
        if (!isThere) {
            return -1;
        }
        memory.buffer().putInt(COUNT, count);
        // Where the frame that it begins with has the length of the next, and so on, nothing is cut or grown.
        attribute.putInt(
                DATA_SIZE_IN, Math.max(SHORTEST_ON_WIRE, memory.buffer().getInt(SLOTS_AT + LENGTH)));
        attribute.putInt(DATA_SIZE_OUT, 0); // the kernel has written to it
        return Bpf.run(libc, attribute.addressOffset(), ATTRIBUTE_LENGTH) < 0 ? -1 : attribute.getInt(RETVAL);
    }

    /** The calling thread's; null when the system does not tell. */
    private static Path namespace() {
        try {
            return Files.readSymbolicLink(NAMESPACE);
        } catch (final IOException e) {
            return null;
        }
    }

    void close() {
        libc.close(programFd);
        memory.close();
    }
}
