package org.dvr.dataplane.write;

import java.util.Arrays;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.io.PacketPort;

/** The ports of a worker by attachment id. */
public final class Outlets {
    private PacketPort[] ports = new PacketPort[16];
    // Where something was sent since the last flush: each once.
    private int[] busy = new int[16];
    private boolean[] isBusy = new boolean[16];
    private int busyCount;

    /**
     * Sets the port of an attachment point; not on the packet path.
     *
     * @param attachmentId 0 or more
     * @param port its device, null when it is gone
     */
    public void set(final int attachmentId, final PacketPort port) {
        if (attachmentId >= ports.length) {
            final int length = Math.max(ports.length * 2, attachmentId + 1);
            ports = Arrays.copyOf(ports, length);
            busy = Arrays.copyOf(busy, length);
            isBusy = Arrays.copyOf(isBusy, length);
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

    /**
     * Asks whether what is left to be done to frames may be left to a port. One that is gone takes anything: it is dropped there.
     *
     * @param attachmentId where they leave
     * @return true when it may
     */
    boolean takesOffload(final int attachmentId) {
        final PacketPort port = get(attachmentId);
        return port == null || port.takesOffload();
    }

    /**
     * Asks whether large segments in tunnels may be left to a port.
     *
     * @param attachmentId where they leave
     * @return true when they may
     */
    boolean takesTunnelSegments(final int attachmentId) {
        final PacketPort port = get(attachmentId);
        return port != null && port.takesTunnelSegments();
    }

    /**
     * Sends a frame, with its checksum completed where the port does not see to that.
     *
     * @param attachmentId where it leaves
     * @param frame as it leaves, no large segment unless the port takes them
     * @param nowNs time of sending
     * @return why it could not leave, null when it did
     */
    DropReason send(final int attachmentId, final Frame frame, final long nowNs) {
        final PacketPort port = open(attachmentId);
        if (port == null) {
            return DropReason.PORT_GONE;
        }
        if (frame.offload.checksumAt != 0) {
            ChecksumCompletion.completeFor(port, frame);
        }
        return port.transmit(frame.buffer(), frame.offset(), frame.length(), frame.offload, nowNs)
                ? null
                : DropReason.PORT_FULL;
    }

    /** The port of an attachment point that something is about to be sent to, null when it is gone. */
    PacketPort open(final int attachmentId) {
        final PacketPort port = get(attachmentId);
        if (port != null && !isBusy[attachmentId]) {
            isBusy[attachmentId] = true;
            busy[busyCount++] = attachmentId;
        }
        return port;
    }

    /** Flushes the ports that something was sent to; once per burst. */
    public void flush() {
        for (int i = 0; i < busyCount; i++) {
            final int attachmentId = busy[i];
            isBusy[attachmentId] = false;
            final PacketPort port = ports[attachmentId];
            if (port != null) {
                port.flush();
            }
        }
        busyCount = 0;
    }
}
