package org.dvr.app.observe;

/** Something that an operator can mend: no forwarder answers, a filter cannot be read. Its message is one line and is printed as it is. */
public final class ObserveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message one line, beginning with what it is about
     */
    public ObserveException(final String message) {
        super(message);
    }

    /**
     * @param message one line, beginning with what it is about
     * @param cause shown with {@code --debug} only
     */
    public ObserveException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
