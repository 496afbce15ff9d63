package org.dvr.dataplane.io.sys;

import java.io.IOException;

/** A call of the kernel that failed while something was opened or set; never thrown on a packet's way. */
public final class SystemCallException extends IOException {
    /** Not permitted: a capability is missing. */
    public static final int EPERM = 1;

    /** Permission denied: by the verifier of eBPF programs, or a capability is missing. */
    public static final int EACCES = 13;

    /** Somebody else has it. */
    public static final int EBUSY = 16;

    /** The link exists already: two programs of different modes on one device. */
    public static final int EEXIST = 17;

    /** No such device. */
    public static final int ENODEV = 19;

    /** The kernel does not know what was asked, or not in this combination. */
    public static final int EINVAL = 22;

    /** The device's driver does not do it. */
    public static final int EOPNOTSUPP = 95;

    /** The protocol is not built into the kernel. */
    public static final int EAFNOSUPPORT = 97;

    /** The address, or the place, is taken. */
    public static final int EADDRINUSE = 98;

    private static final long serialVersionUID = 1;

    private final int errno;

    /**
     * Describes the call that has just failed.
     *
     * @param libc what the call was made by
     * @param what was to be done, in an operator's words
     */
    public SystemCallException(final Libc libc, final String what) {
        this(libc, what, "");
    }

    SystemCallException(final Libc libc, final String what, final String more) {
        super(what + ": " + libc.error() + more);
        this.errno = libc.errno();
    }

    /** @return the error number, as in {@code errno.h} */
    public int errno() {
        return errno;
    }
}
