package org.dvr.bench.traffic;

import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.print.FramePrinter;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.topology.Attachment;

/**
 * Compares what left with what had to leave, byte by byte, twice: with frames made from the flows' numbers, and with what another worker makes of
 * the same frames, one at a time and telling their story.
 */
final class OutputCheck {
    // The one kind of buffer that the packet path knows: another would make every access in it look up its method.
    private static final int LENGTH = 2_048;

    private final Rig rig;
    private final Rig slow;
    private final long[] checked = new long[Cloud.ATTACHMENTS];
    private final UnsafeBuffer scratch = new UnsafeBuffer(new byte[LENGTH]);
    private final UnsafeBuffer actual = new UnsafeBuffer(new byte[LENGTH]);
    private final UnsafeBuffer expected = new UnsafeBuffer(new byte[LENGTH]);

    OutputCheck(final Rig rig, final Rig slow) {
        this.rig = rig;
        this.slow = slow;
    }

    /** Runs and checks one burst. */
    void burst() {
        final int first = rig.cursor();
        for (int id = 0; id < Cloud.ATTACHMENTS; id++) {
            checked[id] = rig.port(id).sentCount();
        }
        Rig.require(rig.burst() == Rig.BURST, "not every frame was processed");
        // A worker asks its ports in this order, and each port keeps the order of arrival.
        for (final Attachment attachment : rig.traffic().cloud().topology().attachments()) {
            for (int slot = first; slot < first + Rig.BURST; slot++) {
                if (FrameRing.ingress(rig.ring().descriptor(slot)) == attachment.id()) {
                    frame(attachment, slot);
                }
            }
        }
        for (int id = 0; id < Cloud.ATTACHMENTS; id++) {
            Rig.require(checked[id] == rig.port(id).sentCount(), "frames too many at attachment " + id);
        }
    }

    private void frame(final Attachment ingress, final int slot) {
        final Traffic traffic = rig.traffic();
        final int flow = rig.ring().flow(slot);
        final int direction = rig.ring().direction(slot);
        final int egress = traffic.egress(flow, direction);
        Rig.require(checked[egress] < rig.port(egress).sentCount(), "no frame left for flow " + flow);
        final long number = checked[egress]++;
        rig.port(egress).copySent(number, actual);
        final int length = rig.port(egress).sentLength(number);
        final int expectedLength = traffic.expect(expected, flow, direction, actual);
        requireEqual("expected", expectedLength, flow, length);
        for (final Traffic before : traffic.before()) {
            explain(before, flow, 0);
        }
        final FrameTrace trace = explain(traffic, flow, direction);
        Rig.require(!trace.steps().isEmpty(), "no story told of flow " + flow);
        Rig.require(traffic.ingress(flow, direction) == ingress.id(), "not the frame of flow " + flow);
        final MemoryPort slowPort = slow.port(egress);
        slowPort.copySent(slowPort.sentCount() - 1, expected);
        requireEqual("the slow way", slowPort.sentLength(slowPort.sentCount() - 1), flow, length);
    }

    private FrameTrace explain(final Traffic traffic, final int flow, final int direction) {
        final byte[] bytes = new byte[traffic.write(scratch, 0, flow, direction)];
        scratch.getBytes(0, bytes);
        final Attachment ingress = traffic.cloud().topology().attachmentById(traffic.ingress(flow, direction));
        final MemoryPort out = slow.port(traffic.egress(flow, direction));
        final long before = out.sentCount();
        final FrameTrace trace = slow.worker().explain(ingress, bytes, rig.nowNs());
        Rig.require(out.sentCount() == before + 1, "the slow way did not send one frame for flow " + flow);
        return trace;
    }

    private void requireEqual(final String what, final int expectedLength, final int flow, final int length) {
        boolean isEqual = length == expectedLength;
        for (int i = 0; isEqual && i < length; i++) {
            isEqual = actual.getByte(i) == expected.getByte(i);
        }
        if (!isEqual) {
            final StringBuilder builder =
                    new StringBuilder("flow ").append(flow).append(" left as ");
            FramePrinter.append(builder, actual, 0, length);
            builder.append("; ").append(what).append(": ");
            FramePrinter.append(builder, expected, 0, expectedLength);
            throw new IllegalStateException(builder.toString());
        }
    }
}
