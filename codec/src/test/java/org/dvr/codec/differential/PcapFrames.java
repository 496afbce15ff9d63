package org.dvr.codec.differential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Ethernet frames of the classic capture files below a folder; other formats and link types are passed over. */
final class PcapFrames {
    private static final int FILE_HEADER_LENGTH = 24;
    private static final int RECORD_HEADER_LENGTH = 16;
    private static final int MICROSECONDS = 0xA1B2C3D4;
    private static final int NANOSECONDS = 0xA1B23C4D;
    private static final int LINK_TYPE_ETHERNET = 1;

    private PcapFrames() {}

    /** {@return the captures kept beside the project, {@code shared/captures} in a folder above, if they are there} */
    static Optional<Path> folder() {
        for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            final Path captures = up.resolve("shared").resolve("captures");
            if (Files.isDirectory(captures)) {
                return Optional.of(captures);
            }
        }
        return Optional.empty();
    }

    static List<byte[]> readAll(final Path folder) throws IOException {
        final List<byte[]> frames = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(file -> file.toString().endsWith(".pcap")).sorted().forEach(file -> read(file, frames));
        }
        return frames;
    }

    private static void read(final Path file, final List<byte[]> frames) {
        final ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        if (bytes.remaining() < FILE_HEADER_LENGTH) {
            return;
        }
        if (!isMagic(bytes.getInt(0))) {
            bytes.order(ByteOrder.LITTLE_ENDIAN);
        }
        if (!isMagic(bytes.getInt(0)) || (bytes.getInt(20) & 0xFFFF) != LINK_TYPE_ETHERNET) {
            return;
        }
        int at = FILE_HEADER_LENGTH;
        while (bytes.limit() - at >= RECORD_HEADER_LENGTH) {
            final int length = bytes.getInt(at + 8);
            at += RECORD_HEADER_LENGTH;
            if (length < 0 || length > bytes.limit() - at) {
                return;
            }
            final byte[] frame = new byte[length];
            bytes.get(at, frame);
            frames.add(frame);
            at += length;
        }
    }

    private static boolean isMagic(final int word) {
        return word == MICROSECONDS || word == NANOSECONDS;
    }
}
