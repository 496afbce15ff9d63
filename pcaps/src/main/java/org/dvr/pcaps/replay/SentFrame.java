package org.dvr.pcaps.replay;

import java.util.List;
import org.agrona.DirectBuffer;
import org.dvr.pcaps.port.FrameSink;

/**
 * A frame that the host sent.
 *
 * @param name  attachment point it left by
 * @param bytes the frame
 */
@SuppressWarnings("ArrayRecordComponent") // shown to people, never compared
public record SentFrame(String name, byte[] bytes) {
    /** {@return a sink that notes what is sent} */
    static FrameSink recorder(final List<SentFrame> sent) {
        return (index, name, buffer, offset, length, timeNs) ->
                sent.add(new SentFrame(name, copy(buffer, offset, length)));
    }

    /** {@return bytes of a buffer, by themselves} */
    static byte[] copy(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }
}
