package org.dvr.dataplane.io.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What of root's power this process has ({@code capabilities(7)}). Immutable; cold. */
public final class Capabilities {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String EFFECTIVE = "CapEff:";
    private static final int CAP_SYS_ADMIN = 21;

    private final long effective;

    /** Those that a forwarder uses. */
    public enum Capability {
        /** Packet sockets, AF_XDP sockets, raw sockets. */
        NET_RAW(13, "no device can be opened"),

        /** Links, addresses, promiscuous mode, attaching programs to devices. */
        NET_ADMIN(12, "devices can be neither set up nor guarded from the kernel's own stack"),

        /** {@code bpf(2)}; part of CAP_SYS_ADMIN, and of it alone before Linux 5.8. */
        BPF(39, "the kernel's own stack cannot be kept away from our frames, and AF_XDP not be used");

        private final int bit;
        private final String consequence;

        Capability(final int bit, final String consequence) {
            this.bit = bit;
            this.consequence = consequence;
        }
    }

    Capabilities(final long effective) {
        this.effective = effective;
    }

    /**
     * Reads those of this process.
     *
     * @return what is in effect now
     * @throws IOException when {@code /proc} is not there
     */
    public static Capabilities ofThisProcess() throws IOException {
        return new Capabilities(parse(Files.readAllLines(STATUS, StandardCharsets.US_ASCII)));
    }

    /** Answers the set in the lines of a process's status. */
    static long parse(final List<String> status) throws IOException {
        for (final String line : status) {
            if (line.startsWith(EFFECTIVE)) {
                return Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16);
            }
        }
        throw new IOException(STATUS + " does not tell capabilities");
    }

    /** @return true when the process may do what this one allows */
    public boolean has(final Capability capability) {
        return hasBit(capability.bit) || (capability == Capability.BPF && hasBit(CAP_SYS_ADMIN));
    }

    private boolean hasBit(final int bit) {
        return (effective >>> bit & 1) != 0;
    }

    /**
     * Says what is missing.
     *
     * @param needed for what is to be done
     * @return a line for each that this process does not have, for the operator
     */
    public List<String> missing(final Set<Capability> needed) {
        final List<String> lines = new ArrayList<>();
        for (final Capability capability : Capability.values()) {
            if (needed.contains(capability) && !has(capability)) {
                lines.add("CAP_" + capability + " is missing: " + capability.consequence
                        + " (run as root, or AmbientCapabilities=CAP_" + capability + " in a systemd unit)");
            }
        }
        return lines;
    }
}
