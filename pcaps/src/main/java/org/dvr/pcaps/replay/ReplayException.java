package org.dvr.pcaps.replay;

/** Input that cannot be replayed: one line per error, each for the operator, beginning with the file or name it is about. */
public final class ReplayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Something an operator can mend.
     *
     * @param message one or more lines
     */
    public ReplayException(final String message) {
        super(message);
    }

    /**
     * Something an operator can mend, found by way of another exception.
     *
     * @param message one or more lines
     * @param cause   for those who look closer
     */
    public ReplayException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
