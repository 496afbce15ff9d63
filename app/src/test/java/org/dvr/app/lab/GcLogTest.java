package org.dvr.app.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines of {@code -Xlog:gc*} as a JVM writes them. */
class GcLogTest {
    private final GcLog log = GcLog.of(List.of(
            "[0.010s] Using Serial",
            "[0.786s] GC(0) Pause Young (Allocation Failure)",
            "[0.790s] GC(0) DefNew: 8192K(9216K)->1024K(9216K) Eden: 8192K(8192K)->0K(8192K) From: 0K(1024K)->1024K(1024K)",
            "[0.790s] GC(0) Pause Young (Allocation Failure) 9M->3M(30M) 4.043ms",
            "[0.790s] GC(0) User=0.00s Sys=0.00s Real=0.01s",
            "[7.949s] GC(9) Pause Full (Metadata GC Threshold) 14M->13M(32M) 193.022ms",
            "[20.500s] GC(10) Pause Full (Heap Inspection Initiated GC) 14M->13M(32M) 90.500ms",
            "[21.000s] GC(11) Pause Young (Allocation Failure) 21M->13M(32M) 1.957ms"));

    @Test
    void shouldCountEachCollectionOnce() {
        assertEquals(4, log.count());
        assertEquals(193.022, log.longestMs());
    }

    @Test
    void shouldLeaveOutThoseThatWereAskedFor() {
        final GcLog part = log.between(0.5, 22);

        assertEquals(3, part.count());
        assertEquals(
                "1 Pause Full (Metadata GC Threshold), 2 Pause Young (Allocation Failure), longest 193.0 ms, 199 ms in all",
                part.toString());
    }

    @Test
    void shouldKnowWhenThereWasNone() {
        assertEquals("none", log.between(1, 7).toString());
        assertEquals(0, log.between(1, 7).longestMs());
        assertEquals(1, log.between(7.949, 20).count());
    }
}
