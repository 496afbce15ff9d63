package org.dvr.app.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.agrona.DirectBuffer;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.afpacket.AfPacketConfig;
import org.dvr.dataplane.io.afpacket.AfPacketPort;
import org.dvr.dataplane.io.sys.Affinity;

/** Sends frames by a device, in bursts, evenly or as fast as one core can: more than any host takes. */
final class PacketSender {
    /** Without end. */
    static final double FLOOD = Double.POSITIVE_INFINITY;

    private static final int BURST = 32;

    private static final Path THREAD = Path.of("/proc/thread-self");

    private PacketSender() {}

    /**
     * What was offered.
     *
     * @param frames     handed to the device
     * @param durationNs from the first to the last
     */
    record Sent(long frames, long durationNs) {}

    /**
     * Sends for a while, on the calling thread, which stays on the core.
     *
     * @param device of the namespace the thread is in
     * @param core   on which
     * @param frames sent in turn
     * @param rate   frames a second, in bursts; {@link #FLOOD} for all that a core can
     * @param forNs  how long
     * @return what was offered
     * @throws IOException when the device or the core cannot be used
     */
    static Sent send(
            final String device,
            final int core,
            final List<? extends DirectBuffer> frames,
            final double rate,
            final long forNs)
            throws IOException {
        Affinity.pin(core);
        preferThisThread();
        try (AfPacketPort port = new AfPacketPort(AfPacketConfig.guest(device).withRing(32, 2_048))) {
            final Offload offload = new Offload();
            final double nsPerFrame = 1e9 / rate;
            final long startNs = System.nanoTime();
            long nowNs = startNs;
            long count = 0;
            int next = 0;
            while (nowNs - startNs < forNs) {
                if (count * nsPerFrame > nowNs - startNs) {
                    Thread.onSpinWait();
                } else {
                    for (int i = 0; i < BURST; i++) {
                        final DirectBuffer frame = frames.get(next);
                        port.transmit(frame, 0, frame.capacity(), offload, nowNs);
                        next = next + 1 == frames.size() ? 0 : next + 1;
                    }
                    port.flush();
                    count += BURST;
                }
                nowNs = System.nanoTime();
            }
            return new Sent(count, nowNs - startNs);
        }
    }

    /** A sender that waits for others offers too little. The thread ends with what it is called for. */
    private static void preferThisThread() throws IOException {
        final String id = Files.readSymbolicLink(THREAD).getFileName().toString();
        Tools.attempt(List.of("renice", "-n", "-20", "-p", id), "");
    }
}
