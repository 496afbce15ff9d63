package org.dvr.pcaps.file;

import static org.dvr.pcaps.file.TestCaptures.hex;
import static org.dvr.pcaps.file.TestCaptures.pcapHeader;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What reading and writing cost: nothing per frame, and no memory that grows with the file. */
class CaptureCostTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int FRAMES_PER_ROUND = 2_000;
    private static final int ROUNDS = 12;
    private static final int FRAME_LENGTH = 60;

    private static final int LONG_FRAMES = 9_000;
    private static final long MAX_ALLOCATED = 4 << 20;
    /** Of 2 GiB: eight chunks, since they are given back in the background. */
    private static final long MAX_RESIDENT = 128 << 20;

    /** How long the thread that gives them back may wait for a core. */
    private static final long PATIENCE_NS = 2_000_000_000L;

    @TempDir
    private Path folder;

    @Test
    void shouldAllocateNothingPerFrame() {
        final Path path = folder.resolve("a.pcap");
        final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(FRAME_LENGTH));
        long least = Long.MAX_VALUE;
        try (CaptureWriter writer = CaptureWriter.create(path)) {
            for (int round = 0; round < ROUNDS; round++) {
                final long before = THREADS.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < FRAMES_PER_ROUND; i++) {
                    writer.write(i, buffer, 0, FRAME_LENGTH);
                }
                least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
            }
        }
        assertEquals(0, least, "allocated by writing");

        least = Long.MAX_VALUE;
        try (CaptureReader reader = CaptureReader.open(path)) {
            for (int round = 0; round < ROUNDS; round++) {
                final long before = THREADS.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < FRAMES_PER_ROUND; i++) {
                    reader.next();
                    reader.copyTo(buffer, 0);
                }
                least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals((long) ROUNDS * FRAMES_PER_ROUND, reader.frameNumber());
        }
        assertEquals(0, least, "allocated by reading");
    }

    /** Frames of the greatest length whose bytes are holes of the file: 2.2 GiB that take few blocks of the disk. */
    @Test
    @Tag("slow")
    void shouldReadMoreThanTwoGibibytesInLittleMemory() throws IOException {
        final Path path = TestCaptures.file(folder, "a.pcap", pcapHeader());
        final long recordLength = 16L + CaptureReader.MAX_CAPTURED_LENGTH;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            for (int i = 0; i < LONG_FRAMES; i++) {
                file.seek(24 + i * recordLength);
                file.write(hex("00f15365", "40e20100", "00000400", "00000400"));
            }
            file.setLength(24 + LONG_FRAMES * recordLength);
        }
        assertTrue(Files.size(path) > Integer.MAX_VALUE);
        final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(CaptureReader.MAX_CAPTURED_LENGTH));
        final long residentBefore = residentFileBytes();
        final long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        long allocated = 0;
        long resident = 0;
        try (CaptureReader reader = CaptureReader.open(path)) {
            while (reader.next()) {
                assertEquals(CaptureReader.MAX_CAPTURED_LENGTH, reader.copyTo(buffer, 0));
                if (reader.frameNumber() % 1_000 == 0) {
                    allocated = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
                    resident = Math.max(resident, settledResident(residentBefore));
                }
            }
            assertEquals(LONG_FRAMES, reader.frameNumber());
            assertEquals(24 + (LONG_FRAMES - 1) * recordLength, reader.fileOffset());
        }
        assertTrue(allocated < MAX_ALLOCATED, "allocated=" + allocated);
        assertTrue(resident < MAX_RESIDENT, "resident=" + resident);
    }

    @Test
    @Tag("slow")
    void shouldWriteMoreThanTwoGibibytesInLittleMemory() throws IOException {
        assumeTrue(folder.toFile().getUsableSpace() > 8L << 30, "the disk has less than 8 GiB left");
        final Path path = folder.resolve("a.pcap");
        final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(CaptureWriter.MAX_LENGTH));
        final long residentBefore = residentFileBytes();
        final long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        long allocated = 0;
        long resident = 0;
        try (CaptureWriter writer = CaptureWriter.create(path)) {
            for (int i = 1; i <= LONG_FRAMES; i++) {
                writer.write(i, buffer, 0, CaptureWriter.MAX_LENGTH);
                if (i % 1_000 == 0) {
                    allocated = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
                    resident = Math.max(resident, settledResident(residentBefore));
                }
            }
        }
        assertEquals(24 + LONG_FRAMES * (16L + CaptureWriter.MAX_LENGTH), Files.size(path));
        assertTrue(allocated < MAX_ALLOCATED, "allocated=" + allocated);
        assertTrue(resident < MAX_RESIDENT, "resident=" + resident);
        try (CaptureReader reader = CaptureReader.open(path)) {
            long lastNs = 0;
            while (reader.next()) {
                lastNs = reader.timestampNs();
            }
            assertEquals(LONG_FRAMES, lastNs);
        }
    }

    /** What stays in memory once the thread that gives chunks back has had its turn; nothing is read or written meanwhile. */
    private static long settledResident(final long before) throws IOException {
        final long endNs = System.nanoTime() + PATIENCE_NS;
        long resident = residentFileBytes() - before;
        while (resident >= MAX_RESIDENT && System.nanoTime() < endNs) {
            LockSupport.parkNanos(5_000_000);
            resident = residentFileBytes() - before;
        }
        return resident;
    }

    /** Resident pages of this process that belong to mapped files, in bytes. */
    private static long residentFileBytes() throws IOException {
        for (final String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("RssFile:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("no RssFile in /proc/self/status");
    }
}
