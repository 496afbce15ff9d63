package org.dvr.pcaps.port;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import org.agrona.DirectBuffer;
import org.dvr.pcaps.file.CaptureWriter;

/**
 * Records what is sent as {@code DIR/NAME.pcap}, nanosecond pcap, streamed to the disk. An attachment point that sends nothing
 * gets no file.
 */
public final class CaptureFolder implements FrameSink, AutoCloseable {
    private final Path folder;
    private CaptureWriter[] writers = new CaptureWriter[16];

    /**
     * Creates the folder. Files of an earlier run that bear the name of an attachment point are removed, so that what is there afterwards
     * is of this run.
     *
     * @param folder where to
     * @param names  of the attachment points
     */
    public CaptureFolder(final Path folder, final Collection<String> names) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            for (final String name : names) {
                Files.deleteIfExists(file(folder, name));
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The file of an attachment point.
     *
     * @param folder where to
     * @param name   of the attachment point
     * @return its path
     */
    public static Path file(final Path folder, final String name) {
        return folder.resolve(name + ".pcap");
    }

    @Override
    public void sent(
            final int port,
            final String name,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final long nowNs) {
        if (port >= writers.length) {
            writers = Arrays.copyOf(writers, Math.max(port + 1, writers.length * 2));
        }
        if (writers[port] == null) {
            writers[port] = CaptureWriter.create(file(folder, name));
        }
        writers[port].write(nowNs, buffer, offset, length);
    }

    /** Finishes every file. */
    @Override
    public void close() {
        for (final CaptureWriter writer : writers) {
            if (writer != null) {
                writer.close();
            }
        }
    }
}
