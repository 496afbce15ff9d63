package org.dvr.dataplane.topology;

import java.util.List;

/**
 * How the tunnel peers are reached, as the host's kernel saw it at one time. Immutable, read by any thread. A peer that is not in it, or whose next hop is not
 * known, is for the worker to ask for by ARP.
 *
 * @param version grows with every view made in a process
 * @param paths one for each peer that the kernel was asked about, ascending by address
 */
public record UnderlayView(long version, List<UnderlayPath> paths) {
    /** Nothing is known. */
    public static final UnderlayView EMPTY = new UnderlayView(0, List.of());

    /** Keeps a list of its own. */
    public UnderlayView {
        paths = List.copyOf(paths);
    }

    /**
     * @param peer a tunnel address
     * @return null where the kernel was not asked about it
     */
    public UnderlayPath find(final IpAddress peer) {
        for (final UnderlayPath path : paths) {
            if (path.peer().equals(peer)) {
                return path;
            }
        }
        return null;
    }
}
