package org.dvr.pcaps.state;

import java.nio.file.Path;

/** A state file that cannot be used, in one line for the operator: {@code FILE: what is wrong, and where; remedy}. */
public final class StateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean isForeign;

    private StateException(final String message, final boolean isForeign, final Throwable cause) {
        super(message, cause);
        this.isForeign = isForeign;
    }

    /** A file that was ours and is damaged, or of another version: it is of no use to anybody, and may be written over. */
    static StateException refused(final Path file, final String what) {
        return new StateException(
                file + ": " + what + "; starting without its connections, the next state written replaces it",
                false,
                null);
    }

    /** A file that somebody else may need. */
    static StateException foreign(final Path file, final String what) {
        return new StateException(
                file + ": " + what
                        + "; starting without connections and leaving it alone, name another file to keep state",
                true,
                null);
    }

    /** A file that cannot be written. */
    static StateException unwritable(final Path file, final String what, final String remedy, final Throwable cause) {
        return new StateException(file + ": " + what + "; " + remedy, false, cause);
    }

    /** What the file layer says, as it is. */
    static StateException of(final RuntimeException cause) {
        return new StateException(cause.getMessage(), false, cause);
    }

    /** {@return true when the file is none of ours and must not be written over} */
    public boolean isForeign() {
        return isForeign;
    }
}
