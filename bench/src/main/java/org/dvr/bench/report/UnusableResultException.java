package org.dvr.bench.report;

import java.io.IOException;

/** A file of results, of a baseline or of peers that cannot be used. The message is one line for the user and begins with the file's name. */
public final class UnusableResultException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * @param file as the user named it
     * @param what is wrong with it
     */
    public UnusableResultException(final Object file, final String what) {
        super(file + ": " + what.lines().findFirst().orElse("unusable"));
    }
}
