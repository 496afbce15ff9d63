package org.dvr.dataplane.io;

import java.io.IOException;

/** A device cannot be opened; the message is one line for the operator: which, why, and what helps. */
public final class UnusableDeviceException extends IOException {
    private static final long serialVersionUID = 1;

    /** @param message one line */
    public UnusableDeviceException(final String message) {
        super(message);
    }
}
