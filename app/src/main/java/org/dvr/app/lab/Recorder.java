package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.pcaps.file.CaptureException;
import org.dvr.pcaps.file.CaptureReader;

/**
 * tcpdump on every wire and at every guest, as long as the lab is tested. What arrived since the last look is read by our own
 * capture reader.
 */
final class Recorder implements AutoCloseable {
    /** Headers of a tunnel and of what is inside, and short packets whole. */
    private static final int SNAP_LENGTH = 400;

    private static final int FILE_HEADER_LENGTH = 24;
    private static final int FRAME_LIMIT = 20_000;
    private static final int RECORD_HEADER_LENGTH = 16;
    private static final int BUFFER_KIB = 16_384;
    private static final long START_TIMEOUT_MS = 20_000;

    private final Lab lab;
    private final Map<String, Point> points = new LinkedHashMap<>();

    /** One device that is listened to. */
    private static final class Point {
        private final Path file;
        private final Path log;
        private final boolean isUnderlay;
        private final Process process;
        private long position = FILE_HEADER_LENGTH;

        Point(final Path file, final Path log, final boolean isUnderlay, final Process process) {
            this.file = file;
            this.log = log;
            this.isUnderlay = isUnderlay;
            this.process = process;
        }
    }

    /**
     * Starts to listen.
     *
     * @param lab that is up
     */
    Recorder(final Lab lab) {
        this.lab = lab;
        // A bridge that listens to itself sees each frame once.
        listen(Lab.UNDERLAY, lab.wires(), Lab.UNDERLAY);
        listen(Lab.PROVIDER, lab.wires(), Lab.PROVIDER);
        Cast.GUESTS.forEach(guest -> listen(guest.name(), lab.guest(guest.name()), Lab.GUEST_DEVICE));
        listen(Lab.OUTSIDE, lab.guest(Lab.OUTSIDE), Lab.GUEST_DEVICE);
        points.forEach(this::awaitStart);
    }

    private void listen(final String name, final Namespace namespace, final String device) {
        final Path file = lab.file(name + ".pcap");
        final Path log = lab.file("tcpdump-" + name + ".log");
        final List<String> command = namespace.within(
                "tcpdump",
                "-i",
                device,
                "-w",
                file.toString(),
                "-U",
                "--immediate-mode",
                "-n",
                "-Z",
                "root",
                "-s",
                Integer.toString(SNAP_LENGTH),
                "-B",
                Integer.toString(BUFFER_KIB),
                "--time-stamp-precision=nano");
        points.put(name, new Point(file, log, name.equals(Lab.UNDERLAY), Tools.start(command, log)));
    }

    private void awaitStart(final String name, final Point point) {
        final long deadline = System.nanoTime() + START_TIMEOUT_MS * 1_000_000;
        while (!read(point.log).contains("listening on") || !Files.exists(point.file)) {
            if (!point.process.isAlive() || System.nanoTime() > deadline) {
                throw new LabException("tcpdump does not start at " + name + ": "
                        + read(point.log).strip());
            }
            Pause.ms(10);
        }
    }

    private static String read(final Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return every point's frames since the last call, the first {@value #FRAME_LIMIT} of them, by name: a wire, a guest, or the outside} */
    Map<String, List<CapturedFrame>> drain() {
        final Map<String, List<CapturedFrame>> frames = new LinkedHashMap<>();
        points.forEach((name, point) -> frames.put(name, drain(point)));
        return frames;
    }

    /** Our reader wants files that stand still: what is new goes into one, up to the last whole record. */
    private List<CapturedFrame> drain(final Point point) {
        final List<CapturedFrame> frames = new ArrayList<>();
        final Path part = point.file.resolveSibling("part.pcap");
        try (FileChannel whole = FileChannel.open(point.file, StandardOpenOption.READ);
                FileChannel news = FileChannel.open(
                        part,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            if (whole.size() <= point.position) {
                return frames;
            }
            whole.transferTo(0, FILE_HEADER_LENGTH, news);
            whole.transferTo(point.position, whole.size() - point.position, news);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        final byte[] room = new byte[CaptureReader.MAX_CAPTURED_LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(room);
        long end = FILE_HEADER_LENGTH;
        try (CaptureReader reader = CaptureReader.open(part)) {
            while (reader.next()) {
                final int length = reader.copyTo(buffer, 0);
                if (frames.size() < FRAME_LIMIT) { // of a load, which nobody judges frame by frame, some are enough
                    frames.add(new CapturedFrame(reader.timestampNs(), Arrays.copyOf(room, length), point.isUnderlay));
                }
                end = reader.fileOffset() + RECORD_HEADER_LENGTH + length;
            }
        } catch (final CaptureException e) {
            // tcpdump is writing a record at this moment; it is read with the next ones.
        }
        point.position += end - FILE_HEADER_LENGTH;
        return frames;
    }

    @Override
    public void close() {
        points.values().forEach(point -> point.process.destroy());
        for (final Point point : points.values()) {
            try {
                point.process.waitFor();
            } catch (final InterruptedException e) {
                point.process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
