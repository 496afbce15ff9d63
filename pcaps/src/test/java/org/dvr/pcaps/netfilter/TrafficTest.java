package org.dvr.pcaps.netfilter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.dvr.codec.testing.TestFrames;
import org.junit.jupiter.api.Test;

class TrafficTest {
    private static final int PACKETS = 3_000;

    /** Our router on both sides: the traffic goes on as its flows are answered. */
    private static List<Exchange> exchanges(final long seed) {
        final Traffic traffic = new Traffic(seed, EnumSet.allOf(Kind.class));
        final OurRouter router = new OurRouter(seed, true, 1);
        final List<Exchange> exchanges = new ArrayList<>();
        for (int i = 0; i < PACKETS; i++) {
            final Exchange exchange = traffic.next();
            final List<Sent> sent = new ArrayList<>();
            for (final byte[] frame : exchange.ourFrames()) {
                sent.addAll(router.ask(exchange.side(), frame));
            }
            exchange.answered(sent, sent, router.dropReason());
            traffic.learn(exchange);
            exchanges.add(exchange);
        }
        return exchanges;
    }

    @Test
    void shouldRepeatItselfWithTheSameSeed() {
        final List<Exchange> first = exchanges(3);
        final List<Exchange> second = exchanges(3);
        for (int i = 0; i < PACKETS; i++) {
            assertEquals(first.get(i).ourText(), second.get(i).ourText());
            assertArrayEquals(
                    first.get(i).ourFrames().toArray(),
                    second.get(i).ourFrames().toArray());
        }
    }

    @Test
    void shouldBeOfEveryKind() {
        final EnumSet<Kind> seen = EnumSet.noneOf(Kind.class);
        exchanges(4).forEach(exchange -> seen.add(exchange.kind()));
        assertEquals(EnumSet.allOf(Kind.class), seen);
    }

    @Test
    void shouldPutFragmentsTogetherInAnyOrder() {
        final byte[] whole = TestFrames.ethernet("fa:16:3e:00:0e:01", "fa:16:3e:00:0e:30")
                .ipv4("198.51.100.8", "203.0.113.30")
                .id(9)
                .udp(53, 4_000)
                .payload(2_000)
                .build();
        final List<Sent> parts = new ArrayList<>();
        TestFrames.fragments(whole, 576).forEach(part -> parts.add(new Sent(Side.OUTSIDE, part)));
        Collections.shuffle(parts, new Random(1));

        final List<Sent> joined = Reassembly.reassembled(parts);
        assertEquals(1, joined.size());
        assertArrayEquals(whole, joined.getFirst().frame());

        parts.removeLast();
        assertEquals(parts.size(), Reassembly.reassembled(parts).size());
    }
}
