package org.dvr.dataplane.stage.neighbor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FramePool;
import org.junit.jupiter.api.Test;

class NeighborCacheTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int DOMAIN = 3;
    private static final long MAC = 0xFA16_3E00_0001L;

    private final FramePool pool = new FramePool(256, 64);
    private final Recorder recorder = new Recorder();

    private static class Recorder implements NeighborCache.Listener {
        final List<Integer> requests = new ArrayList<>();
        final List<Frame> resolved = new ArrayList<>();
        final List<Long> macs = new ArrayList<>();
        final List<Frame> unreachable = new ArrayList<>();

        @Override
        public void onRequest(final NeighborCache.Neighbor neighbor) {
            requests.add(neighbor.ip());
        }

        @Override
        public void onResolved(final Frame frame, final long mac) {
            resolved.add(frame);
            macs.add(mac);
        }

        @Override
        public void onUnreachable(final Frame frame) {
            unreachable.add(frame);
        }
    }

    private static NeighborCache cache() {
        return new NeighborCache(64, 100, 5);
    }

    private boolean hold(final NeighborCache cache, final int ip, final long nowNs) {
        return cache.hold(pool.take(), DOMAIN, ip, null, null, 9, nowNs);
    }

    @Test
    void shouldAskAtZeroOneAndTwoSecondsAndGiveUpAtThree() {
        final NeighborCache cache = cache();
        final long start = 7 * SECOND;
        assertTrue(hold(cache, 1, start));
        final long[] due = {start, start + SECOND, start + 2 * SECOND};
        for (int i = 0; i < due.length; i++) {
            assertEquals(due[i], cache.nextDeadlineNs());
            cache.release(due[i] - 1, recorder);
            assertEquals(i, recorder.requests.size());
            cache.release(due[i], recorder);
            assertEquals(i + 1, recorder.requests.size());
        }
        assertEquals(start + 3 * SECOND, cache.nextDeadlineNs());
        cache.release(start + 3 * SECOND - 1, recorder);
        assertTrue(recorder.unreachable.isEmpty());
        cache.release(start + 3 * SECOND, recorder);
        assertEquals(1, recorder.unreachable.size());
        assertEquals(3, recorder.requests.size());
        assertEquals(0, cache.held());
        assertFalse(cache.isKnown(DOMAIN, 1));
        assertEquals(Long.MAX_VALUE, cache.nextDeadlineNs());
        // Whoever comes next has it asked again.
        assertTrue(hold(cache, 1, start + 4 * SECOND));
        cache.release(start + 4 * SECOND, recorder);
        assertEquals(4, recorder.requests.size());
    }

    @Test
    void shouldHandOnInOrderWhenLearned() {
        final NeighborCache cache = cache();
        final Frame first = pool.take();
        final Frame second = pool.take();
        assertTrue(cache.hold(first, DOMAIN, 1, null, null, 9, 0));
        assertTrue(cache.hold(second, DOMAIN, 1, null, null, 9, 5));
        cache.release(5, recorder);
        assertEquals(2, cache.held());

        cache.learn(DOMAIN, 1, MAC, 10);
        assertEquals(10, cache.nextDeadlineNs());
        cache.release(10, recorder);

        assertSame(first, recorder.resolved.get(0));
        assertSame(second, recorder.resolved.get(1));
        assertEquals(List.of(MAC, MAC), recorder.macs);
        assertEquals(MAC, cache.find(DOMAIN, 1, 10));
        assertEquals(Long.MAX_VALUE, cache.nextDeadlineNs());
    }

    @Test
    void shouldBelieveForFiveMinutes() {
        final NeighborCache cache = cache();
        cache.learn(DOMAIN, 1, MAC, 0);
        assertEquals(MAC, cache.find(DOMAIN, 1, 300 * SECOND - 1));
        assertEquals(NeighborCache.MISSING, cache.find(DOMAIN, 1, 300 * SECOND));
        cache.learn(DOMAIN, 1, MAC + 1, 200 * SECOND);
        assertEquals(MAC + 1, cache.find(DOMAIN, 1, 500 * SECOND - 1));
        assertEquals(NeighborCache.MISSING, cache.find(DOMAIN, 2, 0));
        assertEquals(NeighborCache.MISSING, cache.find(DOMAIN + 1, 1, 0));
    }

    @Test
    void shouldBoundTheQueueOfEachAndOfAll() {
        final NeighborCache cache = new NeighborCache(64, 20, 5);
        for (int i = 0; i < NeighborCache.QUEUE_LIMIT; i++) {
            assertTrue(hold(cache, 1, 0));
        }
        assertFalse(hold(cache, 1, 0));
        for (int i = 0; i < 4; i++) {
            assertTrue(hold(cache, 2, 0));
        }
        assertFalse(hold(cache, 2, 0));
        assertFalse(hold(cache, 3, 0));
        assertEquals(20, cache.held());
    }

    @Test
    void shouldForgetTheStalestAndNobodyWhoWaits() {
        final NeighborCache cache = new NeighborCache(16, 100, 5);
        int waiting = 0;
        for (int ip = 1; ip <= 64; ip++) {
            waiting += hold(cache, ip, 0) ? 1 : 0;
        }
        assertEquals(16, waiting); // every slot waits
        cache.learn(DOMAIN, 1_000, MAC, 0);
        assertFalse(cache.isKnown(DOMAIN, 1_000)); // so nobody new fits

        final NeighborCache resolved = new NeighborCache(16, 100, 5);
        for (int ip = 1; ip <= 1_000; ip++) {
            resolved.learn(DOMAIN, ip, MAC + ip, ip);
            assertEquals(MAC + ip, resolved.find(DOMAIN, ip, ip));
        }
    }

    @Test
    void shouldKeepItsPromisesWhenAListenerHoldsMore() {
        // The error for one given-up frame may itself have to wait, for somebody else.
        for (int seed = 0; seed < 64; seed++) {
            final NeighborCache cache = new NeighborCache(16, 100, seed);
            final FramePool frames = new FramePool(64, 64);
            final Map<Frame, Integer> owed = new HashMap<>();
            for (int ip = 1; ip <= 64; ip++) { // most neighbors begin to wait one second later
                final long nowNs = ip <= 2 ? 0 : SECOND;
                for (int i = 0; i < 2; i++) {
                    final Frame frame = frames.take();
                    if (frame != null && !cache.hold(frame, DOMAIN, ip, null, null, 9, nowNs)) {
                        frames.give(frame);
                    } else if (frame != null) {
                        owed.put(frame, ip);
                    }
                }
                cache.release(nowNs, recorder);
            }
            cache.release(SECOND, recorder);
            cache.release(2 * SECOND, recorder);
            final List<Integer> wrong = new ArrayList<>();
            cache.release(3 * SECOND, new Recorder() {
                private int next = 1_000;

                @Override
                public void onUnreachable(final Frame frame) {
                    if (owed.remove(frame) > 2) {
                        wrong.add(next);
                    }
                    final Frame error = frames.take();
                    for (int i = 0; error != null && i < 64; i++) {
                        next++;
                        if (cache.hold(error, DOMAIN, next, null, null, 9, 3 * SECOND)) {
                            owed.put(error, next);
                            return;
                        }
                    }
                }
            });
            assertEquals(List.of(), wrong, "only the first two have been given up, seed=" + seed);
        }
    }

    @Test
    void shouldHandOnTheMacEvenWhenAListenerNeedsTheSlot() {
        for (int seed = 0; seed < 64; seed++) {
            final NeighborCache cache = new NeighborCache(16, 200, seed);
            final FramePool frames = new FramePool(128, 64);
            for (int ip = 1; ip <= 64; ip++) {
                cache.hold(frames.take(), DOMAIN, ip, null, null, 9, 0);
            }
            int known = 1;
            while (!cache.isKnown(DOMAIN, known)) {
                known++;
            }
            final int target = known;
            assertTrue(cache.hold(frames.take(), DOMAIN, target, null, null, 9, 0));
            cache.learn(DOMAIN, target, MAC, 10);
            final List<Long> seen = new ArrayList<>();
            cache.release(10, new Recorder() {
                @Override
                public void onResolved(final Frame frame, final long mac) {
                    seen.add(mac);
                    final Frame more = frames.take();
                    boolean isHeld = false;
                    for (int ip = 1_000; !isHeld && ip < 1_064; ip++) {
                        isHeld = cache.hold(more, DOMAIN, ip, null, null, 9, 10);
                    }
                }
            });
            assertEquals(List.of(MAC, MAC), seen, "seed=" + seed);
        }
    }

    @Test
    void shouldAccountForEveryFrameUnderRandomUse() {
        final Random random = new Random(11);
        final NeighborCache cache = new NeighborCache(32, 64, 5);
        final FramePool frames = new FramePool(200, 64);
        long nowNs = 0;
        int held = 0;
        for (int i = 0; i < 20_000; i++) {
            nowNs += random.nextInt((int) (SECOND / 4));
            final int ip = 1 + random.nextInt(60);
            if (random.nextInt(4) == 0) {
                cache.learn(DOMAIN, ip, MAC + ip, nowNs);
            } else if (cache.find(DOMAIN, ip, nowNs) == NeighborCache.MISSING) {
                final Frame frame = frames.take();
                if (cache.hold(frame, DOMAIN, ip, null, null, 9, nowNs)) {
                    held++;
                } else {
                    frames.give(frame);
                }
            } else {
                assertEquals(MAC + ip, cache.find(DOMAIN, ip, nowNs));
            }
            final Recorder round = new Recorder();
            cache.release(nowNs, round);
            for (final Frame frame : round.resolved) {
                frames.give(frame);
            }
            for (final Frame frame : round.unreachable) {
                frames.give(frame);
            }
            held -= round.resolved.size() + round.unreachable.size();
            assertEquals(held, cache.held());
            assertEquals(200 - held, frames.available());
        }
    }
}
