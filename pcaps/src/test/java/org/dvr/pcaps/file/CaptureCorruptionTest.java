package org.dvr.pcaps.file;

import static org.dvr.pcaps.file.TestCaptures.head;
import static org.dvr.pcaps.file.TestCaptures.join;
import static org.dvr.pcaps.file.TestCaptures.pcapHeader;
import static org.dvr.pcaps.file.TestCaptures.pcapRecord;
import static org.dvr.pcaps.file.TestCaptures.pcapng;
import static org.dvr.pcaps.file.TestCaptures.readAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Good captures with bytes changed, cut out, repeated and cut off: they are read, or refused by name; nothing else. */
class CaptureCorruptionTest {
    private static final int ROUNDS = 3_000;

    @TempDir
    private Path folder;

    @Test
    void shouldReadOrRefuseACorruptPcap() throws IOException {
        corrupt(join(pcapHeader(), pcapRecord(), pcapRecord(), pcapRecord()), 0x70636170L);
    }

    @Test
    void shouldReadOrRefuseACorruptPcapng() throws IOException {
        corrupt(join(pcapng(), pcapng()), 0x6e67L);
    }

    private void corrupt(final byte[] good, final long seed) throws IOException {
        final Random random = new Random(seed);
        final Path path = folder.resolve("corrupt");
        int readCount = 0;
        int refusedCount = 0;
        for (int i = 0; i < ROUNDS; i++) {
            final byte[] bytes = mutate(good, random);
            Files.write(path, bytes);
            try {
                readAll(path);
                readCount++;
            } catch (final CaptureException e) {
                refusedCount++;
                assertTrue(e.getMessage().startsWith(path + ": "), e::getMessage);
            } catch (final RuntimeException e) {
                fail("seed=" + seed + " round=" + i + " " + HexFormat.of().formatHex(bytes), e);
            }
        }
        assertEquals(ROUNDS, readCount + refusedCount);
        assertTrue(readCount > 0 && refusedCount > 0, "read=" + readCount + " refused=" + refusedCount);
    }

    private static byte[] mutate(final byte[] good, final Random random) {
        byte[] bytes = good.clone();
        for (int changes = 1 + random.nextInt(3); changes > 0 && bytes.length > 0; changes--) {
            final int at = random.nextInt(bytes.length);
            final int length = random.nextInt(bytes.length - at + 1);
            switch (random.nextInt(8)) {
                case 0 -> bytes = head(bytes, at);
                case 1 -> bytes = join(head(bytes, at), Arrays.copyOfRange(bytes, at + length, bytes.length));
                case 2 -> bytes = join(bytes, Arrays.copyOfRange(bytes, at, at + length));
                case 3 -> bytes[at] = (byte) 0xff;
                case 4 -> bytes[at] = 0;
                case 5 -> bytes[at] = (byte) random.nextInt();
                default -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            }
        }
        return bytes;
    }
}
