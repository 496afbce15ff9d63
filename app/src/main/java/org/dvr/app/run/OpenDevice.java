package org.dvr.app.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.dvr.dataplane.io.PacketPort;

/** A device in use: its port, and what was done to the device for it and is undone with it. Owned by the supervisor; the port's frames by the worker. */
final class OpenDevice implements AutoCloseable {
    /** Undoes something. */
    interface Undo extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    private final Deque<Undo> undos = new ArrayDeque<>();
    private String io = "";
    private PacketPort port;

    /**
     * Remembers to undo something; the last comes first.
     *
     * @param undo how
     */
    void undoing(final Undo undo) {
        undos.push(undo);
    }

    /**
     * Opened at last.
     *
     * @param kind   how: {@code afpacket}, {@code afxdp} or {@code pcap}
     * @param opened the port
     * @return this
     */
    OpenDevice with(final String kind, final PacketPort opened) {
        io = kind;
        port = opened;
        return this;
    }

    /** {@return how it is opened} */
    String io() {
        return io;
    }

    /** {@return the port} */
    PacketPort port() {
        return port;
    }

    @Override
    public void close() {
        if (port != null) {
            port.close();
        }
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
