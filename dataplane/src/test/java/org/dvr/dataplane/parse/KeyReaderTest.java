package org.dvr.dataplane.parse;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Random;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.FlowKey;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read without parsing is what parsing finds, and nothing is read that parsing would drop. */
class KeyReaderTest {
    private static final int FRAMES = 200_000;
    private static final int[] FLAGS = {TcpHeader.SYN, TcpHeader.ACK, TcpHeader.RST};

    private final TopologySnapshot topology = compute1().build();
    private final FrameParser parser = new FrameParser();
    private final KeyReader keys = new KeyReader();
    private final FramePool pool = new FramePool(32, 2_048);
    private final Arrival arrival = new Arrival();
    private final FlowKey key = arrival.key;

    private Attachment attachment(final String name) {
        return topology.attachments().stream()
                .filter(attachment -> attachment.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private boolean isRead(final Frame frame) {
        arrival.is(frame);
        return keys.read(arrival, topology);
    }

    private Frame frame(final String attachment, final byte[] bytes) {
        final Frame frame = pool.take();
        frame.buffer().putBytes(frame.start(), bytes);
        frame.received(attachment(attachment), bytes.length);
        return frame;
    }

    private static byte[] packet(final Random random) {
        final TestFrames frame = ethernet(MA1, GA).ipv4(A1, A2).ttl(random.nextInt(256));
        if (random.nextInt(4) == 0) {
            frame.dontFragment();
        }
        switch (random.nextInt(5)) {
            case 0 -> frame.icmpEcho(random.nextInt(0x10000), 1);
            case 1 -> frame.icmpEchoReply(random.nextInt(0x10000), 1);
            case 2 -> frame.tcp(random.nextInt(0x10000), random.nextInt(0x10000), FLAGS[random.nextInt(3)]);
            default -> frame.udp(random.nextInt(0x10000), random.nextInt(0x10000));
        }
        final byte[] bytes = frame.payload(random.nextInt(60)).build();
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, bytes.length + random.nextInt(20)) : bytes;
    }

    private static byte[] tagged(final byte[] frame, final int tag) {
        final byte[] bytes = new byte[frame.length + 4];
        System.arraycopy(frame, 0, bytes, 0, 12);
        bytes[12] = (byte) 0x81;
        bytes[14] = (byte) (tag >>> 8);
        bytes[15] = (byte) tag;
        System.arraycopy(frame, 12, bytes, 16, frame.length - 12);
        return bytes;
    }

    /** Makes a few of its bytes others: one, or two that leave the sum of the header as it was. */
    private static void spoil(final Random random, final byte[] bytes, final int from) {
        final int at = from + random.nextInt(Math.min(50, bytes.length - from));
        bytes[at] = (byte) (random.nextBoolean() ? bytes[at] ^ 1 << random.nextInt(8) : random.nextInt(256));
        if (random.nextInt(3) == 0 && from + 14 + 20 <= bytes.length) {
            final int word = from + 14 + 2 * random.nextInt(10);
            final int other = from + 14 + 2 * random.nextInt(10);
            final byte high = bytes[word];
            final byte low = bytes[word + 1];
            bytes[word] = bytes[other];
            bytes[word + 1] = bytes[other + 1];
            bytes[other] = high;
            bytes[other + 1] = low;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void shouldReadWhatParsingFinds(final long seed) {
        final Random random = new Random(seed);
        int routine = 0;
        int sound = 0;
        for (int i = 0; i < FRAMES; i++) {
            byte[] bytes = packet(random);
            final boolean isSpoiled = random.nextInt(3) != 0;
            if (isSpoiled && random.nextBoolean()) {
                spoil(random, bytes, 0);
            }
            String attachment = TAP_A1;
            switch (random.nextInt(5)) {
                case 0 -> {
                    attachment = PROVIDER;
                    bytes = random.nextBoolean() ? tagged(bytes, random.nextInt(0x10000)) : bytes;
                }
                case 1 -> {
                    attachment = UNDERLAY;
                    bytes = TestFrames.vxlan(T2_MAC, T1_MAC, T2, T1, random.nextInt(1 << 24), bytes);
                }
                case 2 -> {
                    attachment = UNDERLAY;
                    bytes = TestFrames.gre(T2_MAC, T1_MAC, T2, T1, random.nextInt(), bytes);
                }
                default -> {
                    // As a guest sends it.
                }
            }
            if (isSpoiled && random.nextBoolean()) {
                spoil(random, bytes, 0);
            }
            if (isSpoiled && random.nextInt(6) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            }
            final boolean isRead = isReadAsParsed(attachment, bytes);
            routine += isRead ? 1 : 0;
            sound += isSpoiled ? 0 : 1;
            assertTrue(isRead || isSpoiled, "a sound frame was not read");
        }
        assertTrue(routine > sound && sound > FRAMES / 4, routine + " of " + sound);
    }

    private boolean isReadAsParsed(final String attachment, final byte[] bytes) {
        final Frame frame = frame(attachment, bytes);
        final boolean isRead = isRead(frame);
        assertEquals(isRead, key.isRoutine);
        final byte[] after = new byte[bytes.length];
        frame.buffer().getBytes(frame.start(), after);
        assertArrayEquals(bytes, after, "it changes nothing");
        if (isRead) {
            final long[] read = {key.macs, key.kind, key.addresses, key.ports, key.tunnel};
            parser.parse(frame, topology);
            final Facts facts = frame.facts;
            if (frame.verdict.action == Action.NONE) {
                assertTrue(key.read(frame));
                assertArrayEquals(read, new long[] {key.macs, key.kind, key.addresses, key.ports, key.tunnel});
                assertEquals(frame.base() + facts.l3Offset, key.packet);
                assertEquals(frame.offset() + frame.length() - facts.l3Offset, key.length);
                assertEquals(facts.packetLength, key.packetLength);
                assertEquals(
                        facts.flowHash(),
                        Facts.flowHash(
                                facts.flowHashOfAnyPorts(),
                                (int) (key.ports >>> 48),
                                (int) (key.ports >>> 32) & 0xFFFF,
                                (int) key.kind >>> 8 & 0xFF));
                assertEquals(facts.ttl, (int) (key.ttlWord >>> 56));
            } else { // by what is in the key: such a frame is never remembered
                final long source = (read[0] & 0xFFFF) << 32 | read[1] >>> 32;
                assertTrue(source == 0 || (source >>> 40 & 1) != 0, () -> frame.verdict.dropReason.label());
            }
        }
        pool.give(frame);
        return isRead;
    }

    /** Facts of fields that a frame does not have are what the last one left: both see the same frames. */
    @ParameterizedTest
    @ValueSource(longs = {3, 4})
    void shouldTakeTheFactsThatParsingFinds(final long seed) throws ReflectiveOperationException {
        final Random random = new Random(seed);
        final Frame parsed = pool.take();
        final Frame taken = pool.take();
        for (int i = 0; i < FRAMES / 10; i++) {
            byte[] bytes = packet(random);
            if (random.nextInt(20) == 0) {
                bytes[6] = 1; // a source that no station has
            }
            final int kind = random.nextInt(4);
            final int id = random.nextInt(1 << 24);
            bytes = switch (kind) {
                case 0 -> tagged(bytes, random.nextInt(0x10000));
                case 1 -> TestFrames.vxlan(T2_MAC, T1_MAC, T2, T1, id, bytes);
                case 2 -> TestFrames.gre(T2_MAC, T1_MAC, T2, T1, id, bytes);
                default -> bytes;
            };
            final Attachment attachment = attachment(kind == 0 ? PROVIDER : kind == 3 ? TAP_A1 : UNDERLAY);
            for (final Frame each : new Frame[] {parsed, taken}) {
                each.buffer().putBytes(each.start(), bytes);
                each.received(attachment, bytes.length);
                each.offload.clear();
                each.offload.isVerified = true;
            }
            parser.parse(parsed, topology);
            assertTrue(isRead(taken));
            parser.take(taken, key);
            assertEquals(parsed.verdict.action, taken.verdict.action);
            if (parsed.verdict.action == Action.NONE) {
                assertSameFields(parsed.facts, taken.facts, parsed.start() - taken.start());
                assertSameFields(parsed.verdict, taken.verdict, 0);
            } else {
                assertEquals(parsed.verdict.dropReason, taken.verdict.dropReason);
            }
            assertEquals(parsed.offset() - parsed.start(), taken.offset() - taken.start());
            assertEquals(parsed.length(), taken.length());
            assertEquals(parsed.offload.isVerified, taken.offload.isVerified);
        }
    }

    private static void assertSameFields(final Object expected, final Object actual, final int distance)
            throws ReflectiveOperationException {
        for (final Field field : expected.getClass().getFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                final Object value = field.get(actual);
                final boolean isPlace = field.getName().matches("l[234]Offset");
                assertEquals(field.get(expected), isPlace ? (Integer) value + distance : value, field.getName());
            }
        }
    }

    @Test
    void shouldTakeAPartialChecksumOfThePacketItself() {
        final byte[] bytes = Arrays.copyOf(
                ethernet(MA1, GA).ipv4(A1, A2).udp(1, 2).payload(6).build(), 60);
        final Frame frame = frame(TAP_A1, bytes);
        frame.offload.checksumAt = frame.start() + 34;
        frame.offload.checksumOffset = 6;
        assertTrue(isRead(frame));
        assertEquals(20 + UdpHeader.LENGTH + 6, key.length, "padding is left behind");

        frame.offload.checksumAt = frame.start() + 36;
        assertFalse(isRead(frame));
        frame.offload.checksumAt = frame.start() + 34;
        frame.offload.checksumOffset = 4;
        assertFalse(isRead(frame));
        pool.give(frame);
    }

    @Test
    void shouldLeaveOtherFramesToTheParser() {
        final TestFrames[] frames = {
            ethernet(MA1, GA).ipv4(A1, A2).udp(1, 2),
            ethernet(MA1, GA).ipv4(A1, A2).icmpEcho(1, 1)
        };
        for (final TestFrames each : frames) {
            final byte[] bytes = each.build();
            assertTrue(isRead(frame(TAP_A1, bytes)));
            assertFalse(isRead(frame(TAP_A1, tagged(bytes, 5))), "guests have no tags");
            assertFalse(isRead(frame(UNDERLAY, bytes)), "no tunnel");
            final byte[] inner = tagged(bytes, 5);
            final byte[] wrapped = TestFrames.vxlan(T2_MAC, T1_MAC, T2, T1, 101, inner);
            assertFalse(isRead(frame(UNDERLAY, wrapped)), "a tag of guests in a tunnel");
            assertFalse(isRead(frame(UNDERLAY, TestFrames.vxlan(T2_MAC, T1_MAC, T2, T2, 101, bytes))), "not for us");
        }
    }
}
