package org.dvr.dataplane.io.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Which cores the calling thread may run on. Cores are numbered from 0, as the kernel does. */
public final class Affinity {
    private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");
    private static final int MASK_LENGTH = 1_024; // 8,192 cores: the kernel refuses a mask shorter than its own

    private Affinity() {}

    /**
     * Has the calling thread run on one core and nowhere else.
     *
     * @param core from 0
     * @throws IOException if there is no such core, or this process may not use it; the message says which ones it may
     */
    public static void pin(final int core) throws IOException {
        final BitSet allowed = allowed();
        if (core < 0 || !allowed.get(core)) {
            final String online = Files.readString(ONLINE).strip();
            throw new IOException(
                    isListed(core, online)
                            ? "core " + core + " is not allowed to this process, which may use " + list(allowed)
                                    + ": see its systemd unit (CPUAffinity, AllowedCPUs), taskset or container limits"
                            : "core " + core + " does not exist or is off line: this machine has " + online);
        }
        final UnsafeBuffer mask = mask();
        mask.putByte(core >>> 3, (byte) (1 << (core & 7)));
        final Libc libc = new Libc();
        if (libc.schedSetaffinity(0, MASK_LENGTH, mask.addressOffset()) != 0) {
            throw new IOException("pin to core " + core + ": " + libc.error());
        }
    }

    /**
     * @return the cores that the calling thread may run on
     * @throws IOException if the kernel does not tell
     */
    public static BitSet allowed() throws IOException {
        final UnsafeBuffer mask = mask();
        final Libc libc = new Libc();
        if (libc.schedGetaffinity(0, MASK_LENGTH, mask.addressOffset()) < 0) {
            throw new IOException("allowed cores: " + libc.error());
        }
        final byte[] bytes = new byte[MASK_LENGTH];
        mask.getBytes(0, bytes);
        return BitSet.valueOf(bytes); // longs of a mask are in the machine's order: little-endian where this runs
    }

    private static UnsafeBuffer mask() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(MASK_LENGTH, Long.BYTES));
    }

    /** {@return the kernel's way to write cores, such as {@code 0-3,8}} */
    static String list(final BitSet cores) {
        final StringBuilder text = new StringBuilder();
        for (int first = cores.nextSetBit(0); first >= 0; ) {
            final int last = cores.nextClearBit(first) - 1;
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (last > first) {
                text.append('-').append(last);
            }
            first = cores.nextSetBit(last + 1);
        }
        return text.toString();
    }

    static boolean isListed(final int core, final String list) {
        for (final String range : list.split(",", -1)) {
            final int dash = range.indexOf('-');
            final int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            final int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            if (core >= first && core <= last) {
                return true;
            }
        }
        return false;
    }
}
