package org.dvr.dataplane.write;

import java.util.Arrays;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.io.PacketPort;

/** The ports of a worker by attachment id. */
public final class Outlets {
    private PacketPort[] ports = new PacketPort[16];

    /**
     * Sets the port of an attachment point; not on the packet path.
     *
     * @param attachmentId 0 or more
     * @param port its device, null when it is gone
     */
    public void set(final int attachmentId, final PacketPort port) {
        if (attachmentId >= ports.length) {
            ports = Arrays.copyOf(ports, Math.max(ports.length * 2, attachmentId + 1));
        }
        ports[attachmentId] = port;
    }

    /**
     * @param attachmentId 0 or more
     * @return its port, null where there is none
     */
    public PacketPort get(final int attachmentId) {
        return attachmentId < ports.length ? ports[attachmentId] : null;
    }

    boolean send(final int attachmentId, final Frame frame, final long nowNs) {
        final PacketPort port = get(attachmentId);
        if (port == null) {
            return false;
        }
        port.transmit(frame.buffer(), frame.offset(), frame.length(), nowNs);
        return true;
    }

    /** Flushes every port; once per burst. */
    public void flush() {
        for (final PacketPort port : ports) {
            if (port != null) {
                port.flush();
            }
        }
    }
}
