package org.dvr.app.command;

/** The exit statuses of every command; scripts rely on them. */
public final class ExitStatus {
    /** Everything is fine. */
    public static final int FINE = 0;

    /** The answer is no: results differ, a check failed. */
    public static final int NO = 1;

    /** Unusable input or arguments. */
    public static final int UNUSABLE = 2;

    /** An error of the program itself. */
    public static final int INTERNAL = 3;

    private ExitStatus() {}
}
