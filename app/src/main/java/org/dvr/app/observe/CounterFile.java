package org.dvr.app.observe;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stats.CounterDescriptor;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.CounterReading;

/**
 * Writes counters to a mapped file, where other processes read them without asking: last values survive a killed process. Owned by one thread, which
 * allocates nothing but when a new attachment point appears.
 */
final class CounterFile implements AutoCloseable {
    private static final int SPARE = 1_024;
    private static final int NONE = -1;

    private static final DropReason[] REASONS = DropReason.values();
    private static final CounterDescriptor[] DESCRIPTORS = CounterDescriptor.values();
    private static final String[] PORT_LABELS = {"rx", "tx", "rx_bytes", "tx_bytes"};

    private final MappedByteBuffer mapped;
    private final CountersManager manager;
    private final int[] drops = new int[REASONS.length];
    private final int[] others = new int[DESCRIPTORS.length];
    private final int heartbeat;
    private final int topologyVersion;
    private int[] ports = new int[0];
    private TopologySnapshot known;

    /**
     * Creates the file; it appears whole.
     *
     * @param path where
     * @param view whose counters
     */
    CounterFile(final Path path, final ForwarderView view) {
        final int counters = DESCRIPTORS.length
                + REASONS.length
                + 2
                + PORT_LABELS.length * view.topology().attachments().size() * 2
                + SPARE;
        final int metadataLength = CounterLayout.metadataLength(counters);
        final int valuesLength = CounterLayout.valuesLength(counters);
        final Path draft = path.resolveSibling(path.getFileName() + ".new");
        try {
            Files.deleteIfExists(draft);
            // Filled with zeros: a page that the disk could not back would end the process later.
            mapped = IoUtil.mapNewFile(
                    draft.toFile(), CounterLayout.HEADER_LENGTH + metadataLength + (long) valuesLength, true);
            final UnsafeBuffer buffer = new UnsafeBuffer(mapped);
            writeHeader(buffer, view, metadataLength, valuesLength);
            manager = new CountersManager(
                    new UnsafeBuffer(buffer, CounterLayout.HEADER_LENGTH, metadataLength),
                    new UnsafeBuffer(buffer, CounterLayout.HEADER_LENGTH + metadataLength, valuesLength),
                    UTF_8);
            heartbeat = manager.allocate(CounterLayout.HEARTBEAT);
            topologyVersion = manager.allocate("topology.version");
            Arrays.fill(others, NONE);
            for (int i = 0; i < DESCRIPTORS.length; i++) {
                if (!DESCRIPTORS[i].label().startsWith("ports.")) {
                    others[i] = manager.allocate(DESCRIPTORS[i].label());
                }
            }
            for (final DropReason reason : REASONS) {
                drops[reason.id()] = manager.allocate("drops." + reason.label());
            }
            Files.move(draft, path, StandardCopyOption.REPLACE_EXISTING); // a killed forwarder left the old one
        } catch (final IOException | RuntimeException e) {
            throw new ObserveException("dvr: " + path + ": cannot be written (" + e.getMessage() + ")", e);
        }
    }

    private static void writeHeader(
            final UnsafeBuffer buffer, final ForwarderView view, final int metadataLength, final int valuesLength) {
        final byte[] host = view.host().getBytes(UTF_8);
        buffer.putInt(CounterLayout.HEADER_LENGTH_OFFSET, CounterLayout.HEADER_LENGTH, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(CounterLayout.METADATA_LENGTH_OFFSET, metadataLength, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(CounterLayout.VALUES_LENGTH_OFFSET, valuesLength, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(CounterLayout.PID_OFFSET, ProcessHandle.current().pid(), ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(CounterLayout.STARTED_OFFSET, view.startedEpochMs(), ByteOrder.LITTLE_ENDIAN);
        final int length = Math.min(host.length, CounterLayout.HEADER_LENGTH - CounterLayout.HOST_OFFSET);
        buffer.putInt(CounterLayout.HOST_LENGTH_OFFSET, length, ByteOrder.LITTLE_ENDIAN);
        buffer.putBytes(CounterLayout.HOST_OFFSET, host, 0, length);
        buffer.putLong(CounterLayout.MAGIC_OFFSET, CounterLayout.MAGIC, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Writes all counters.
     *
     * @param topology in force
     * @param reading of all workers
     * @param epochMs current time
     */
    void write(final TopologySnapshot topology, final CounterReading reading, final long epochMs) {
        if (topology != known) {
            known = topology;
            learn(topology);
        }
        for (int id = 0; id * PORT_LABELS.length < ports.length; id++) {
            set(ports[id * PORT_LABELS.length], reading.rx(id));
            set(ports[id * PORT_LABELS.length + 1], reading.tx(id));
            set(ports[id * PORT_LABELS.length + 2], reading.rxBytes(id));
            set(ports[id * PORT_LABELS.length + 3], reading.txBytes(id));
        }
        for (final DropReason reason : REASONS) {
            set(drops[reason.id()], reading.drops(reason));
        }
        for (int i = 0; i < DESCRIPTORS.length; i++) {
            if (others[i] != NONE) {
                set(others[i], reading.get(DESCRIPTORS[i]));
            }
        }
        set(topologyVersion, topology.version());
        set(heartbeat, epochMs);
    }

    private void set(final int id, final long value) {
        if (id != NONE) {
            manager.setCounterValue(id, value);
        }
    }

    /** Attachment points keep their counters when they go: their ids stay theirs. */
    private void learn(final TopologySnapshot topology) {
        for (final Attachment attachment : topology.attachments()) {
            final int from = attachment.id() * PORT_LABELS.length;
            final int before = ports.length;
            if (from + PORT_LABELS.length > before) {
                ports = Arrays.copyOf(ports, from + PORT_LABELS.length);
                Arrays.fill(ports, before, ports.length, NONE);
            }
            final boolean isNew = ports[from] == NONE;
            for (int i = 0; i < PORT_LABELS.length && isNew; i++) {
                ports[from + i] = allocate("ports." + attachment.name() + "." + PORT_LABELS[i]);
            }
        }
    }

    private int allocate(final String label) {
        return manager.available() > 0
                ? manager.allocate(label)
                : NONE; // full: its counters are told by the socket only
    }

    @Override
    public void close() {
        IoUtil.unmap(mapped);
    }
}
