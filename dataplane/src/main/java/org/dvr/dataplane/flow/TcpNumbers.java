package org.dvr.dataplane.flow;

/** What tracking wants to know of a TCP segment; a plain struct that is filled in and used again. Of other protocols all is 0. */
public final class TcpNumbers {
    /** Low byte of the flags, as {@link org.dvr.codec.transport.TcpHeader} names them. */
    public int flags;
    /** Sequence number, 32 bits. */
    public int sequence;
    /** Acknowledgment number, 32 bits. */
    public int acknowledgment;
    /** Bytes of payload. */
    public int length;
}
