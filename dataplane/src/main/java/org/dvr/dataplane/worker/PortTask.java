package org.dvr.dataplane.worker;

import org.dvr.dataplane.io.PacketPort;

/** Gives an attachment point its port, or takes it away. Once it is done, the worker uses a port that was taken away no more. */
public final class PortTask extends WorkerTask {
    private final int attachmentId;
    private final PacketPort port;

    /**
     * @param attachmentId stable id of the attachment point
     * @param port its device, null when it is gone
     */
    public PortTask(final int attachmentId, final PacketPort port) {
        this.attachmentId = attachmentId;
        this.port = port;
    }

    @Override
    boolean work(final Worker worker, final long nowNs) {
        worker.port(attachmentId, port);
        worker.acquire(nowNs); // lists its ports anew
        return true;
    }
}
