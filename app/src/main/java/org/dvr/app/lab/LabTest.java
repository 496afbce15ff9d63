package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Walks through a lab of its own and says of each walk whether it is as it should be. */
public final class LabTest {
    /** A broken way shows in every check; the first ones tell which it is. */
    private static final int SHOWN = 4;

    private LabTest() {}

    /**
     * What is walked.
     *
     * @param only      only walks whose section and title contain it; empty for all
     * @param isInterop true for the programs of others too: {@link Interop}
     * @param keep      folder for captures, logs and the topology; null where nobody wants them
     */
    public record Choice(String only, boolean isInterop, Path keep) {
        /** Refuses where a program is missing. */
        public void require() {
            if (isInterop) {
                Tools.require(Interop.TOOLS);
            }
        }

        private List<Walks.Entry> entries(final Lab.Plan plan) {
            final List<Walks.Entry> entries = new ArrayList<>(Walks.all());
            entries.addAll(Changes.walks());
            entries.addAll(KillWalks.walks());
            if (isInterop) {
                entries.addAll(Interop.walks());
            }
            return entries.stream()
                    .filter(entry -> entry.shows().test(plan))
                    .filter(entry -> entry.name().contains(only))
                    .toList();
        }
    }

    /**
     * Builds a lab, walks, removes it.
     *
     * @param plan     what lab
     * @param choice   what is walked
     * @param results  is told a line for each walk
     * @param progress is told what else happens
     * @return how many walks failed
     */
    public static int run(
            final Lab.Plan plan, final Choice choice, final Consumer<String> results, final Consumer<String> progress) {
        if (choice.entries(plan).isEmpty()) {
            throw new LabException("no walk of this lab has \"" + choice.only() + "\" in its line");
        }
        final Lab lab = Lab.up(plan, progress);
        final Thread atExit = new Thread(lab::down, "lab-down");
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            return walk(lab, choice, results);
        } finally {
            if (choice.keep() != null) {
                lab.keep(choice.keep());
            }
            if (Lab.removeHook(atExit)) {
                lab.down();
            }
        }
    }

    /** Walks through a lab that is up. */
    static int walk(final Lab lab, final Choice choice, final Consumer<String> results) {
        int failed = 0;
        int count = 0;
        try (Recorder recorder = new Recorder(lab);
                Conversations conversations = new Conversations(lab)) {
            for (final Walks.Entry entry : choice.entries(lab.plan())) {
                count++;
                failed += walk(new Walk(lab, recorder, conversations), entry, results) ? 0 : 1;
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        results.accept(count + " walks, " + failed + " failed");
        return failed;
    }

    private static boolean walk(final Walk walk, final Walks.Entry entry, final Consumer<String> results) {
        final Map<String, Long> dropsBefore = Drops.of(walk.lab());
        entry.body().accept(walk);
        final List<String> faults = walk.faults();
        final String name = entry.name();
        if (faults.isEmpty()) {
            results.accept("ok    " + name + ": " + walk.evidence());
            return true;
        }
        results.accept("FAIL  " + name + ": " + faults.getFirst());
        faults.stream().skip(1).limit(SHOWN).forEach(fault -> results.accept("        " + fault));
        if (faults.size() > SHOWN + 1) {
            results.accept("        and " + (faults.size() - SHOWN - 1) + " more");
        }
        final String drops = Drops.since(walk.lab(), dropsBefore);
        if (!drops.isEmpty()) {
            results.accept("        " + drops);
        }
        return false;
    }
}
