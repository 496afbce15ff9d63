package org.dvr.codec.ip;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class Crc32cTest {
    @Test
    void shouldGiveTheCheckValueOfItsDefinition() {
        final UnsafeBuffer buffer = new UnsafeBuffer("x123456789y".getBytes(US_ASCII));
        assertEquals(0xE306_9283, Crc32c.compute(buffer, 1, 9));
        assertEquals(0, Crc32c.compute(buffer, 0, 0));
    }

    @Test
    void shouldAgreeWithTheLibrary() {
        final Random random = new Random(1);
        for (int i = 0; i < 1_000; i++) {
            final byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            final CRC32C expected = new CRC32C();
            expected.update(bytes);
            assertEquals((int) expected.getValue(), Crc32c.compute(new UnsafeBuffer(bytes), 0, bytes.length));
        }
    }
}
