package org.dvr.app.lab;

/** Why there can be no lab, in a line for the operator: what is missing or failed, and the remedy. */
public final class LabException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LabException(final String message) {
        super(message);
    }

    LabException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
