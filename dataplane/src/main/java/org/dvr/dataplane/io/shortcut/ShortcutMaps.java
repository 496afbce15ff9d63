package org.dvr.dataplane.io.shortcut;

import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.sys.Bpf;
import org.dvr.dataplane.io.sys.BpfAssembler;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SharedMemory;
import org.dvr.dataplane.io.sys.SystemCallException;

/**
 * What workers and the kernel share so that the kernel forwards known flows by itself: {@link ShortcutFilter} keeps their packets from our sockets, {@link
 * ShortcutProgram} rewrites and redirects them. Nothing is then copied, and nobody has to wake up. Each worker has a {@link ShortcutTable} of its own, which the
 * filters of its own sockets look into.
 *
 * <p>Made, and closed when all workers have ended, by the supervisor. All is held by descriptors and gone with the process.
 */
public final class ShortcutMaps implements AutoCloseable {
    private final Libc libc = new Libc();
    private final Bpf bpf = new Bpf(libc);
    private final int slots;
    private final SharedMemory memory;
    private final int decisions;

    /**
     * Makes empty ones.
     *
     * @param workers how many, 1 or more
     * @throws SystemCallException if the kernel refuses, for want of CAP_BPF or because it is too old
     */
    public ShortcutMaps(final int workers) throws SystemCallException {
        slots = Integer.highestOneBit(2 * workers - 1) * ShortcutTable.SLOTS; // a power of two: programs mask
        memory = new SharedMemory(libc, slots * Slot.LENGTH, "dvr_shortcuts");
        int made = -1;
        try {
            made = bpf.createPerCore(ShortcutFilter.DECISION_LENGTH, "dvr_decisions");
        } finally {
            if (made < 0) {
                memory.close();
            }
        }
        decisions = made;
    }

    /**
     * Gives a worker what it tells the kernel by.
     *
     * @param worker from 0
     * @return the same places each time
     */
    public ShortcutTable table(final int worker) {
        return new ShortcutTable(
                new UnsafeBuffer(memory.buffer(), worker * ShortcutTable.LENGTH, ShortcutTable.LENGTH));
    }

    /**
     * Makes a filter for a socket of a worker that lets nothing through that is forwarded by the kernel.
     *
     * @param worker from 0
     * @param isUnderlay packets come by tunnels
     * @param otherwise appends what decides about all other frames; R6 has the context
     * @return the program's file descriptor; the socket that it is attached to holds it
     * @throws SystemCallException if the kernel refuses
     */
    public int filter(final int worker, final boolean isUnderlay, final Consumer<BpfAssembler> otherwise)
            throws SystemCallException {
        final int first = worker * ShortcutTable.SLOTS;
        return bpf.load(
                Bpf.PROGRAM_SOCKET_FILTER,
                0,
                ShortcutFilter.program(memory.fd(), first, decisions, isUnderlay, otherwise),
                "dvr_shortcut");
    }

    /**
     * Begins a program at traffic control's ingress: forwards what a socket's filter has found, and goes on with all else.
     *
     * @param program R6 has the context, also afterwards
     */
    public void begin(final BpfAssembler program) {
        ShortcutProgram.append(program, memory.fd(), slots, decisions);
    }

    @Override
    public void close() {
        libc.close(decisions);
        memory.close();
    }
}
