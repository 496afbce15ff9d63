package org.dvr.app.observe;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/** Reads a counters file of another process, which may write it meanwhile or be dead. */
public final class CounterFileReader {
    private final ObjectNode json = JsonNodeFactory.instance.objectNode();
    private long heartbeatMs;
    private long pid;

    private CounterFileReader() {}

    /**
     * Reads all counters as they are now.
     *
     * @param path of the file
     * @return the values
     * @throws ObserveException when it is no counters file
     */
    public static CounterFileReader read(final Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            final long length = channel.size();
            if (length < CounterLayout.HEADER_LENGTH || length > Integer.MAX_VALUE) {
                throw wrong(path);
            }
            return read(path, channel.map(FileChannel.MapMode.READ_ONLY, 0, length));
        } catch (final IOException e) {
            throw new ObserveException(
                    "dvr: " + path + ": cannot be read (" + e.getClass().getSimpleName() + ")", e);
        }
    }

    private static ObserveException wrong(final Path path) {
        return new ObserveException("dvr: " + path + ": no counters file of a forwarder");
    }

    private static CounterFileReader read(final Path path, final ByteBuffer bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final int header = buffer.getInt(CounterLayout.HEADER_LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int metadata = buffer.getInt(CounterLayout.METADATA_LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int values = buffer.getInt(CounterLayout.VALUES_LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int hostLength = buffer.getInt(CounterLayout.HOST_LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (buffer.getLong(CounterLayout.MAGIC_OFFSET, ByteOrder.LITTLE_ENDIAN) != CounterLayout.MAGIC
                || header != CounterLayout.HEADER_LENGTH
                || metadata < 0
                || values < 0
                || metadata / CountersReader.METADATA_LENGTH > values / CountersReader.COUNTER_LENGTH
                || header + (long) metadata + values > buffer.capacity()
                || hostLength < 0
                || hostLength > header - CounterLayout.HOST_OFFSET) {
            throw wrong(path);
        }
        final CounterFileReader reader = new CounterFileReader();
        final byte[] host = new byte[hostLength];
        buffer.getBytes(CounterLayout.HOST_OFFSET, host);
        reader.pid = buffer.getLong(CounterLayout.PID_OFFSET, ByteOrder.LITTLE_ENDIAN);
        reader.json.put("host", new String(host, UTF_8));
        reader.json.putObject("ports");
        reader.json.putObject("drops");
        try {
            new CountersReader(
                            new UnsafeBuffer(buffer, header, metadata),
                            new UnsafeBuffer(buffer, header + metadata, values))
                    .forEach(reader::take);
        } catch (final IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new ObserveException("dvr: " + path + ": a counters file with a label that cannot be read", e);
        }
        return reader;
    }

    private void take(final long value, final int id, final String label) {
        if (label.equals(CounterLayout.HEARTBEAT)) {
            heartbeatMs = value;
        } else if (label.startsWith("ports.")) {
            final int dot = label.lastIndexOf('.');
            if (dot > 6) {
                object("ports").withObjectProperty(label.substring(6, dot)).put(label.substring(dot + 1), value);
            }
        } else if (label.startsWith("drops.")) {
            if (value != 0) {
                object("drops").put(label.substring(6), value);
            }
        } else if (label.indexOf('.') > 0) {
            final int dot = label.indexOf('.');
            object(label.substring(0, dot)).put(label.substring(dot + 1), value);
        } else {
            json.put(label, value);
        }
    }

    private ObjectNode object(final String name) {
        return json.get(name) instanceof final ObjectNode node ? node : json.putObject(name);
    }

    /** {@return the values in the form of contract.md §4} */
    public ObjectNode json() {
        return json;
    }

    /** {@return when they were written, milliseconds since the epoch; 0 = never} */
    public long heartbeatMs() {
        return heartbeatMs;
    }

    /** {@return who wrote them} */
    public long pid() {
        return pid;
    }

    /**
     * How old they are, in words.
     *
     * @param nowMs current time, milliseconds since the epoch
     * @return such as {@code written 0.1 s ago by process 123}
     */
    public String age(final long nowMs) {
        return heartbeatMs == 0
                ? "never written, by process " + pid
                : String.format(Locale.ROOT, "written %.1f s ago by process %d", (nowMs - heartbeatMs) / 1_000.0, pid);
    }
}
