package org.dvr.app.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.dvr.dataplane.io.PacketPort;

/** A device in use: its ports, one for each worker, and what was done to the device for it and is undone with it. Owned by the supervisor; the frames of a port by its worker. */
final class OpenDevice implements AutoCloseable {
    /** Undoes something. */
    interface Undo extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    private final Deque<Undo> undos = new ArrayDeque<>();
    private String io = "";
    private List<? extends PacketPort> ports = List.of();

    /**
     * Remembers to undo something; the last comes first.
     *
     * @param undo how
     */
    void undoing(final Undo undo) {
        undos.push(undo);
    }

    /**
     * Opened at last, for one worker.
     *
     * @param kind   how: {@code afpacket}, {@code afxdp} or {@code pcap}
     * @param opened the port
     * @return this
     */
    OpenDevice with(final String kind, final PacketPort opened) {
        return with(kind, List.of(opened));
    }

    /**
     * Opened at last.
     *
     * @param kind   how: {@code afpacket}, {@code afxdp} or {@code pcap}
     * @param opened a port for each worker
     * @return this
     */
    OpenDevice with(final String kind, final List<? extends PacketPort> opened) {
        io = kind;
        ports = opened;
        return this;
    }

    /** {@return how it is opened} */
    String io() {
        return io;
    }

    /** {@return its ports, in the order of the workers} */
    List<? extends PacketPort> ports() {
        return ports;
    }

    /** {@return whether the device is gone} */
    boolean isGone() {
        return ports.getFirst().isGone();
    }

    /** {@return frames that it has dropped because nobody received them in time} */
    long missed() {
        return ports.stream().mapToLong(PacketPort::missed).sum();
    }

    /** {@return frames that it has refused} */
    long refused() {
        return ports.stream().mapToLong(PacketPort::refused).sum();
    }

    @Override
    public void close() {
        ports.forEach(PacketPort::close);
        UncheckedIOException failure = null;
        for (final Undo undo : undos) {
            try {
                undo.close();
            } catch (final IOException e) {
                failure = new UncheckedIOException(e);
            }
        }
        undos.clear();
        if (failure != null) {
            throw failure;
        }
    }
}
