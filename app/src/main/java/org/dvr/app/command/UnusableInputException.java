package org.dvr.app.command;

/**
 * Input or arguments that a command cannot work with. Its message is for the operator and is printed as it is, without a
 * stack: name the file and the place, one line per error. The process ends with {@link ExitStatus#UNUSABLE}.
 */
public final class UnusableInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Something an operator can mend.
     *
     * @param message one line per error, each beginning with the file or option it is about.
     */
    public UnusableInputException(final String message) {
        super(message);
    }

    /**
     * Something an operator can mend, found by way of another exception.
     *
     * @param message one line per error, each beginning with the file or option it is about.
     * @param cause   shown with {@code --debug} only.
     */
    public UnusableInputException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
