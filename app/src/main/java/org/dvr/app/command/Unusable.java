package org.dvr.app.command;

import java.util.concurrent.Callable;
import org.dvr.app.observe.ObserveException;
import org.dvr.pcaps.file.CaptureException;
import org.dvr.pcaps.replay.ReplayException;
import org.dvr.pcaps.state.StateException;

/** Turns what other modules say about unusable input into what this one says. */
final class Unusable {
    private Unusable() {}

    /**
     * Does work that reads input.
     *
     * @param work of a command
     * @param <T>  what it answers with
     * @return what the work answers with
     * @throws UnusableInputException when the input cannot be used
     * @throws Exception              whatever else the work throws
     */
    static <T> T from(final Callable<T> work) throws Exception {
        try {
            return work.call();
        } catch (final ReplayException | CaptureException | StateException | ObserveException e) {
            throw new UnusableInputException(e.getMessage(), e);
        }
    }
}
