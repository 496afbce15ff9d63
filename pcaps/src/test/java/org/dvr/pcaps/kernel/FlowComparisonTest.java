package org.dvr.pcaps.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dvr.pcaps.kernel.DecodedFrame.Field;
import org.junit.jupiter.api.Test;

/** A comparison that cannot fail proves nothing: every field, a frame too many or too few, and the order count. */
class FlowComparisonTest {
    private final DecodedFrame first = frame(1, Map.of(Field.IP_SOURCE, "10.0.1.11", Field.TTL, "64"));
    private final DecodedFrame second = frame(2, Map.of(Field.IP_SOURCE, "10.0.1.11", Field.TTL, "63"));
    private final DecodedFrame otherFlow = frame(3, Map.of(Field.IP_SOURCE, "10.0.1.12", Field.TTL, "63"));

    @Test
    void shouldAcceptEqualFlowsHoweverTheyInterleave() {
        assertEquals(
                List.of(),
                FlowComparison.differences(List.of(first, second, otherFlow), List.of(otherFlow, first, second)));
    }

    @Test
    void shouldTellAFrameTooManyAndTooFew() {
        assertTold("only ours: frame 2", List.of(first, second), List.of(first));
        assertTold("only the kernel's: frame 2", List.of(first), List.of(first, second));
        assertTold("only ours: frame 1", List.of(first, first), List.of(first));
    }

    @Test
    void shouldTellAnotherOrderWithinAFlow() {
        assertTold("ip.ttl: ours 64, kernel's 63", List.of(first, second), List.of(second, first));
    }

    @Test
    void shouldTellADifferenceInEveryField() {
        for (final Field field : Field.values()) {
            final DecodedFrame changed = frame(1, Map.of(field, "7"));
            final DecodedFrame plain = frame(1, Map.of(field, "6"));
            final List<String> differences = FlowComparison.differences(List.of(plain), List.of(changed));
            assertTrue(!differences.isEmpty(), () -> field + " is not compared");
        }
    }

    @Test
    void shouldTellAWrongChecksumThatBothHave() {
        final DecodedFrame broken = frame(1, Map.of(Field.TCP_CHECKSUM, "1,0"));
        assertTold("checksum wrong", List.of(broken), List.of(broken));
    }

    @Test
    void shouldMaskOnlyTheOutermostNumbersOfATunnel() {
        final Map<Field, String> tunnel = Map.of(Field.VNI, "101", Field.IP_ID, "1,5", Field.UDP_SOURCE, "4000,53");
        final Map<Field, String> other = Map.of(Field.VNI, "101", Field.IP_ID, "2,5", Field.UDP_SOURCE, "4001,53");
        final Map<Field, String> inner = Map.of(Field.VNI, "101", Field.IP_ID, "2,6", Field.UDP_SOURCE, "4001,53");
        assertEquals(List.of(), FlowComparison.differences(List.of(frame(1, tunnel)), List.of(frame(1, other))));
        assertTold("ip.id: ours any,5, kernel's any,6", List.of(frame(1, tunnel)), List.of(frame(1, inner)));
    }

    private static void assertTold(final String what, final List<DecodedFrame> ours, final List<DecodedFrame> kernel) {
        final List<String> differences = FlowComparison.differences(ours, kernel);
        assertTrue(
                differences.stream().anyMatch(line -> line.contains(what)), () -> what + " is not in " + differences);
    }

    private static DecodedFrame frame(final long number, final Map<Field, String> values) {
        final List<String> columns = new ArrayList<>();
        for (final Field field : Field.values()) {
            columns.add(values.getOrDefault(field, ""));
        }
        return new DecodedFrame(number, String.join("\t", columns));
    }
}
