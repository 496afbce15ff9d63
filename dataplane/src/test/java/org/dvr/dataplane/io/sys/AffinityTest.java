package org.dvr.dataplane.io.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.BitSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class AffinityTest {
    @Test
    void shouldPinTheCallingThreadAlone() throws Exception {
        final BitSet before = Affinity.allowed();
        final int core = before.length() - 1;
        final BitSet pinned = inOwnThread(() -> {
            Affinity.pin(core);
            return Affinity.allowed();
        });
        assertEquals(String.valueOf(core), Affinity.list(pinned));
        assertEquals(before, Affinity.allowed());
    }

    @Test
    void shouldSayWhichCoresThereAre() {
        final IOException missing = assertThrows(IOException.class, () -> Affinity.pin(8_000));
        assertTrue(
                missing.getMessage().startsWith("core 8000 does not exist or is off line: this machine has 0"),
                missing.getMessage());
        assertThrows(IOException.class, () -> Affinity.pin(-1));
    }

    @Test
    void shouldSayWhichCoresAreAllowed() throws Exception {
        final BitSet allowed = Affinity.allowed();
        final int first = allowed.nextSetBit(0);
        final int other = allowed.nextSetBit(first + 1);
        if (other < 0) {
            return; // a machine of one core has none that could be forbidden
        }
        // A pinned thread is allowed no other core; whom nobody holds there could leave, a cpuset would not let it.
        final IOException refused = inOwnThread(() -> {
            Affinity.pin(first);
            return assertThrows(IOException.class, () -> Affinity.pin(other));
        });
        assertTrue(
                refused.getMessage()
                        .startsWith("core " + other + " is not allowed to this process, which may use " + first + ":"),
                refused.getMessage());
    }

    @Test
    void shouldWriteAndReadListsAsTheKernelDoes() {
        final BitSet cores = new BitSet();
        cores.set(0, 4);
        cores.set(8);
        cores.set(10, 12);
        assertEquals("0-3,8,10-11", Affinity.list(cores));
        for (int core = 0; core < 16; core++) {
            assertEquals(cores.get(core), Affinity.isListed(core, "0-3,8,10-11"), "core " + core);
        }
        assertFalse(Affinity.isListed(-1, "0-3"));
    }

    private static <T> T inOwnThread(final Callable<T> task) throws Exception {
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            return thread.submit(task).get();
        }
    }
}
