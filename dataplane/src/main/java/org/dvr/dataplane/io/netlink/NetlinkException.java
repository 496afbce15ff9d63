package org.dvr.dataplane.io.netlink;

import java.io.IOException;

/** The kernel has refused a request. */
public final class NetlinkException extends IOException {
    private static final long serialVersionUID = 1;

    private final int errno;

    /**
     * @param message what was asked for, and the kernel's words
     * @param errno as in {@code errno.h}
     */
    NetlinkException(final String message, final int errno) {
        super(message);
        this.errno = errno;
    }

    /** @return as in {@code errno.h} */
    public int errno() {
        return errno;
    }
}
