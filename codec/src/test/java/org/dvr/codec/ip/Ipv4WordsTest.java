package org.dvr.codec.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.DecodeFault;
import org.junit.jupiter.api.Test;

/** The fast reader and the flyweight say the same of any header. */
class Ipv4WordsTest {
    @Test
    void shouldAgreeWithTheFlyweightOnAnyHeader() {
        final long seed = 7;
        final Random random = new Random(seed);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
        final Ipv4Header header = new Ipv4Header().wrap(buffer, 0);
        final Ipv4Words words = new Ipv4Words();
        for (int round = 0; round < 200_000; round++) {
            random.nextBytes(buffer.byteArray());
            if (random.nextInt(8) != 0) {
                header.version(4).headerLength(random.nextInt(4) == 0 ? 24 : 20).totalLength(20 + random.nextInt(60));
                header.updateChecksum();
            }
            final int length = random.nextInt(65);
            final DecodeFault expected = Ipv4Header.check(buffer, 0, length);
            final String where = "seed=" + seed + " round=" + round;
            assertEquals(expected, words.read(buffer, 0, length), where);
            if (expected == DecodeFault.NONE) {
                assertEquals(header.headerLength(), words.headerLength(), where);
                assertEquals(header.tos(), words.tos(), where);
                assertEquals(header.totalLength(), words.totalLength(), where);
                assertEquals(header.rawFragment(), words.rawFragment(), where);
                assertEquals(header.ttl(), words.ttl(), where);
                assertEquals(header.protocol(), words.protocol(), where);
                assertEquals(header.source(), words.source(), where);
                assertEquals(header.destination(), words.destination(), where);
            }
        }
    }

    @Test
    void shouldUpdateChecksumsAsAFullComputationDoes() {
        final long seed = 8;
        final Random random = new Random(seed);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[20]);
        final Ipv4Header header = new Ipv4Header().wrap(buffer, 0);
        for (int round = 0; round < 200_000; round++) {
            random.nextBytes(buffer.byteArray());
            header.version(4).headerLength(20).updateChecksum();
            final int before = header.checksum();
            final int source = random.nextInt();
            final int destination = random.nextInt(3) == 0 ? header.destination() : random.nextInt();
            final long delta = InternetChecksum.longDelta32(header.source(), source)
                    + InternetChecksum.longDelta32(header.destination(), destination);
            header.source(source).destination(destination).updateChecksum();
            assertEquals(header.checksum(), InternetChecksum.update(before, delta), "seed=" + seed + " round=" + round);
        }
    }
}
