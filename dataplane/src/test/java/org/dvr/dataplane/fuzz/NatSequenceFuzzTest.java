package org.dvr.dataplane.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Drives connection tracking, translation and fragments together with conversations that could be real: any bytes, five for each event of {@link
 * NatConversations}, which knows what must not happen whatever comes.
 */
class NatSequenceFuzzTest {
    private static final int EVENT_LENGTH = 5;
    private static final int MAX_EVENTS = 400;
    private static final int SEEDS = 60;

    @MethodSource("inputs")
    @FuzzTest(maxDuration = "60s")
    void shouldTranslateBothWaysAlike(final byte[] data) {
        drive(data);
    }

    static Stream<Arguments> inputs() {
        return Stream.iterate(1, seed -> seed + 1)
                .limit(4)
                .map(seed -> Arguments.of((Object) bytes(seed, 100 * EVENT_LENGTH)));
    }

    @Test
    void shouldTranslateBothWaysAlikeForSeededBytes() {
        final Map<NatConversations.Met, Long> counts = new EnumMap<>(NatConversations.Met.class);
        for (int seed = 0; seed < SEEDS; seed++) {
            try {
                final NatConversations conversations = drive(bytes(seed, 1 + MAX_EVENTS * EVENT_LENGTH));
                for (final NatConversations.Met met : NatConversations.Met.values()) {
                    counts.merge(met, conversations.count(met), Long::sum);
                }
            } catch (final AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        for (final NatConversations.Met met : NatConversations.Met.values()) {
            assertTrue(counts.get(met) > SEEDS, met + " " + counts.get(met));
        }
    }

    private static byte[] bytes(final int seed, final int length) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static NatConversations drive(final byte[] data) {
        final ByteBuffer input = ByteBuffer.wrap(data);
        final NatConversations conversations = new NatConversations(input.hasRemaining() ? input.get() : 0);
        for (int i = 0; i < MAX_EVENTS && input.remaining() >= EVENT_LENGTH; i++) {
            conversations.event(
                    input.get() & 0xFF, input.get() & 0xFF, input.get() & 0xFF, input.get() & 0xFF, input.get() & 0xFF);
        }
        conversations.end();
        return conversations;
    }
}
