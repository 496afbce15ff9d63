package org.dvr.app.run;

/** A device that cannot be used; the message is one line that says why and what to do. */
final class PortException extends Exception {
    private static final long serialVersionUID = 1L;

    PortException(final String message) {
        super(message);
    }
}
