package org.dvr.bench.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CollidingTuplesTest {
    private static final int COUNT = 512;
    private static final int SETS = 2_048;
    private static final long KNOWN_SEED = 0;

    private final TopologySnapshot topology = new Cloud(NetworkType.VXLAN).topology();

    @Test
    void shouldFindDifferentSourcesOfOneSet() {
        final long[] sources = CollidingTuples.inOneSet(COUNT, KNOWN_SEED, topology);
        assertEquals(COUNT, Arrays.stream(sources).distinct().count());
        final CollidingTuples.FlowSets sets = new CollidingTuples.FlowSets(KNOWN_SEED, topology);
        assertEquals(1, Arrays.stream(sources).mapToInt(sets::of).distinct().count());
    }

    /** Of 512 balls in 2,048 urns none is expected to hold more than five or six. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, -1, Long.MIN_VALUE, 0x1234_5678_9ABC_DEF0L})
    void shouldNotPileUpUnderAnotherSeed(final long seed) {
        final long[] sources = CollidingTuples.inOneSet(COUNT, KNOWN_SEED, topology);
        final CollidingTuples.FlowSets sets = new CollidingTuples.FlowSets(seed, topology);
        final int[] inSet = new int[SETS];
        for (final long source : sources) {
            inSet[sets.of(source)]++;
        }
        final int most = Arrays.stream(inSet).max().orElseThrow();
        assertTrue(most <= 8, () -> "most in one set " + most);
        final long used = Arrays.stream(inSet).filter(count -> count > 0).count();
        assertTrue(used >= 400, () -> "sets used " + used); // 453 are expected
    }
}
