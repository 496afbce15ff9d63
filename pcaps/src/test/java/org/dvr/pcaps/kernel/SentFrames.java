package org.dvr.pcaps.kernel;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What left one attachment point in one scenario. Known differences are taken out of both lists.
 *
 * @param scenario name of the recording
 * @param point    attachment point
 * @param arrived  frames that arrived at the host, by attachment point; those that both were given
 * @param ours     frames that the forwarder sent, in order
 * @param kernel   frames that the kernel sent, in order
 */
record SentFrames(
        String scenario,
        String point,
        Map<String, List<DecodedFrame>> arrived,
        List<DecodedFrame> ours,
        List<DecodedFrame> kernel) {
    boolean isOf(final String wantedScenario, final String wantedPoint) {
        return scenario.equals(wantedScenario) && point.equals(wantedPoint);
    }

    /** {@return how many of the frames that arrived at a point are such} */
    int arrived(final String at, final Predicate<DecodedFrame> such) {
        return count(arrived.getOrDefault(at, List.of()), such);
    }

    private static int count(final List<DecodedFrame> frames, final Predicate<DecodedFrame> such) {
        return Math.toIntExact(frames.stream().filter(such).count());
    }

    /**
     * Takes frames away that one side must not have sent, if there are exactly as many as must be.
     *
     * @param from     {@link #ours} or {@link #kernel}
     * @param expected how many
     * @param such     which
     * @return how many were taken: the expected number, or 0
     */
    static int take(final List<DecodedFrame> from, final int expected, final Predicate<DecodedFrame> such) {
        if (count(from, such) != expected) {
            return 0;
        }
        from.removeIf(such);
        return expected;
    }
}
