package org.dvr.bench.traffic;

import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.print.FramePrinter;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.topology.Attachment;

/**
 * Compares what left with what had to leave, byte by byte, twice: with frames made from the flows' numbers, and with what another worker makes of
 * the same frames, one at a time and telling their story. What that worker sends is compared with frames made from the flows' numbers, too: so the two
 * may differ where a host has a choice, and nowhere else.
 */
final class OutputCheck {
    // The one kind of buffer that the packet path knows: another would make every access in it look up its method.
    private final Rig rig;
    private final Rig slow;
    private final UnsafeBuffer scratch;
    private final UnsafeBuffer actual;
    private final UnsafeBuffer told;
    private final UnsafeBuffer expected;

    OutputCheck(final Rig rig, final Rig slow) {
        this.rig = rig;
        this.slow = slow;
        final int length = Rig.frameCapacity(rig.traffic());
        scratch = new UnsafeBuffer(new byte[length]);
        actual = new UnsafeBuffer(new byte[length]);
        told = new UnsafeBuffer(new byte[length]);
        expected = new UnsafeBuffer(new byte[length]);
    }

    /** Runs and checks one burst. */
    void burst() {
        rig.burst(this::frame);
    }

    private void frame(final int slot, final MemoryPort port, final long number) {
        final Traffic traffic = rig.traffic();
        final int flow = rig.ring().flow(slot);
        final int direction = rig.ring().direction(slot);
        port.copySent(number, actual);
        final int length = port.sentLength(number);
        traffic.observe(flow, direction, actual);
        final int expectedLength = traffic.expect(expected, flow, direction, actual);
        requireEqual(flow, actual, length, "expected", expected, expectedLength);
        explain(slot, flow, direction, length);
    }

    private void explain(final int slot, final int flow, final int direction, final int length) {
        final Traffic traffic = slow.traffic();
        for (final Traffic before : traffic.before()) {
            explain(before, flow, 0);
        }
        final int toldLength = explain(traffic, flow, direction);
        Rig.require(
                traffic.ingress(flow, direction) == FrameRing.ingress(rig.ring().descriptor(slot)),
                "not the frame of flow " + flow);
        if (traffic == rig.traffic()) { // else the two may choose differently, and each was compared with what it may
            // choose
            requireEqual(flow, actual, length, "the slow way", told, toldLength);
        }
        for (final Traffic after : traffic.after()) {
            explain(after, flow, direction);
        }
    }

    /** Sends a frame the slow way and compares what leaves; its length. */
    private int explain(final Traffic traffic, final int flow, final int direction) {
        final byte[] bytes = new byte[traffic.write(scratch, 0, flow, direction)];
        scratch.getBytes(0, bytes);
        final Attachment ingress = traffic.topology().attachmentById(traffic.ingress(flow, direction));
        final MemoryPort out = slow.port(traffic.egress(flow, direction));
        final long before = out.sentCount();
        final FrameTrace trace = slow.worker().explain(ingress, bytes, rig.nowNs());
        Rig.require(!trace.steps().isEmpty(), "no story told of flow " + flow);
        Rig.require(out.sentCount() == before + 1, "the slow way did not send one frame for flow " + flow);
        out.copySent(before, told);
        final int length = out.sentLength(before);
        traffic.observe(flow, direction, told);
        final int expectedLength = traffic.expect(expected, flow, direction, told);
        requireEqual(flow, told, length, "expected of the slow way", expected, expectedLength);
        return length;
    }

    private static void requireEqual(
            final int flow,
            final UnsafeBuffer one,
            final int length,
            final String what,
            final UnsafeBuffer other,
            final int otherLength) {
        boolean isEqual = length == otherLength;
        for (int i = 0; isEqual && i < length; i++) {
            isEqual = one.getByte(i) == other.getByte(i);
        }
        if (!isEqual) {
            final StringBuilder builder =
                    new StringBuilder("flow ").append(flow).append(" left as ");
            FramePrinter.append(builder, one, 0, length);
            builder.append("; ").append(what).append(": ");
            FramePrinter.append(builder, other, 0, otherLength);
            throw new IllegalStateException(builder.toString());
        }
    }
}
