package org.dvr.pcaps.scenario;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.print.FramePrinter;
import org.dvr.pcaps.file.CaptureReader;
import org.dvr.pcaps.replay.ReplayInput;

/**
 * Compares what left an attachment point with what must leave it: frame by frame in order, time to the nanosecond, bytes in the form of
 * {@link FrameFields}. Differences are told as lines for people.
 */
final class CaptureComparison {
    /** Frames of a file that are shown in full; the others are counted. */
    private static final int SHOWN_FRAMES = 3;

    private final List<ReplayInput> inputs;
    private final long startNs;
    private final List<String> lines;
    /** Keys of the answers that came in, so that they are no answers of this host; read when first needed. */
    private Set<Long> answersReceived;

    private int differences;

    /**
     * A comparison of one run.
     *
     * @param inputs  what came in
     * @param startNs virtual time at the start
     * @param lines   differences are appended here
     */
    CaptureComparison(final List<ReplayInput> inputs, final long startNs, final List<String> lines) {
        this.inputs = inputs;
        this.startNs = startNs;
        this.lines = lines;
    }

    /**
     * Compares one attachment point.
     *
     * @param name     of the attachment point
     * @param expected capture, or a file that does not exist: nothing may leave
     * @param got      capture, or a file that does not exist: nothing left
     */
    void compare(final String name, final Path expected, final Path got) {
        differences = 0;
        try (CaptureReader expectedFrames = Files.exists(expected) ? CaptureReader.open(expected) : null;
                CaptureReader gotFrames = Files.exists(got) ? CaptureReader.open(got) : null) {
            boolean hasExpected = next(expectedFrames);
            boolean hasGot = next(gotFrames);
            long number = 1;
            while (hasExpected && hasGot) {
                compare(name, number++, expectedFrames, gotFrames);
                hasExpected = next(expectedFrames);
                hasGot = next(gotFrames);
            }
            if (hasExpected) {
                unmatched(name, "missing", number, expectedFrames);
            }
            if (hasGot) {
                unmatched(name, "too many", number, gotFrames);
            }
        }
        if (differences > SHOWN_FRAMES) {
            lines.add("out/" + name + ": " + (differences - SHOWN_FRAMES) + " more frames differ");
        }
    }

    private static boolean next(final CaptureReader reader) {
        return reader != null && reader.next();
    }

    private static byte[] bytes(final CaptureReader reader) {
        final byte[] bytes = new byte[reader.capturedLength()];
        reader.copyTo(new UnsafeBuffer(bytes), 0);
        return bytes;
    }

    private void unmatched(final String name, final String what, final long first, final CaptureReader reader) {
        final String line = time(reader.timestampNs()) + "  " + FramePrinter.toString(bytes(reader));
        long count = 1;
        while (reader.next()) {
            count++;
        }
        lines.add("out/" + name + ": " + count + (count == 1 ? " frame " : " frames ") + what + ", first is frame "
                + first);
        lines.add("    " + line);
    }

    private String time(final long timeNs) {
        final long sinceNs = timeNs - startNs;
        final long magnitude = Math.abs(sinceNs);
        return String.format(
                "%s%d.%09d s", sinceNs < 0 ? "-" : "+", magnitude / 1_000_000_000L, magnitude % 1_000_000_000L);
    }

    private void compare(
            final String name, final long number, final CaptureReader expectedFrames, final CaptureReader gotFrames) {
        final boolean isSameTime = expectedFrames.timestampNs() == gotFrames.timestampNs();
        final byte[] expectedBytes = bytes(expectedFrames);
        final byte[] gotBytes = bytes(gotFrames);
        final boolean isSame = Arrays.equals(expectedBytes, gotBytes);
        if (isSameTime && isSame) {
            return;
        }
        final boolean isUnderlay = FrameFields.isUnderlay(name);
        final FrameFields expected = FrameFields.of(expectedBytes, isUnderlay);
        final FrameFields got = FrameFields.of(gotBytes, isUnderlay);
        final boolean isSameFrame = isSame || isEqual(expected, got);
        if (isSameTime && isSameFrame) {
            return;
        }
        if (++differences > SHOWN_FRAMES) {
            return;
        }
        lines.add("out/" + name + ": frame " + number + " differs");
        lines.add("    expected  " + FramePrinter.toString(expectedBytes));
        lines.add("    got       " + FramePrinter.toString(gotBytes));
        if (!isSameTime) {
            field("time", time(expectedFrames.timestampNs()), time(gotFrames.timestampNs()));
        }
        if (!isSameFrame) {
            fields(expected, got);
        }
    }

    private boolean isEqual(final FrameFields expected, final FrameFields got) {
        if (Arrays.equals(expected.comparable(), got.comparable())) {
            return true;
        }
        return expected.isAnswer()
                && got.isAnswer()
                && Arrays.equals(expected.comparableWithoutId(), got.comparableWithoutId())
                && !answersReceived().contains(got.answerKey());
    }

    private Set<Long> answersReceived() {
        if (answersReceived == null) {
            answersReceived = new HashSet<>();
            for (final ReplayInput input : inputs) {
                try (CaptureReader reader = CaptureReader.open(input.file())) {
                    while (reader.next()) {
                        final FrameFields fields = FrameFields.of(bytes(reader), FrameFields.isUnderlay(input.name()));
                        if (fields.isAnswer()) {
                            answersReceived.add(fields.answerKey());
                        }
                    }
                }
            }
        }
        return answersReceived;
    }

    private void fields(final FrameFields expected, final FrameFields got) {
        for (final FrameFields.Field field : expected.fields()) {
            final FrameFields.Field other = got.find(field.name());
            if (other == null) {
                field(field.name(), expected.text(field), "absent");
            } else if (field.form() == FrameFields.Form.BYTES) {
                bytes(expected, field, got, other);
            } else if (!expected.text(field).equals(got.text(other))) {
                field(field.name(), expected.text(field), got.text(other));
            }
        }
        for (final FrameFields.Field field : got.fields()) {
            if (expected.find(field.name()) == null) {
                field(field.name(), "absent", got.text(field));
            }
        }
    }

    private void bytes(
            final FrameFields expected,
            final FrameFields.Field field,
            final FrameFields got,
            final FrameFields.Field other) {
        final byte[] a = expected.comparable();
        final byte[] b = got.comparable();
        final int at = Arrays.mismatch(
                a, field.offset(), field.offset() + field.length(), b, other.offset(), other.offset() + other.length());
        if (at >= 0) {
            field(field.name() + " from byte " + at, expected.hex(field, at), got.hex(other, at));
        }
    }

    private void field(final String name, final String expected, final String got) {
        lines.add(String.format("    %-30s  expected %-20s  got %s", name, expected, got));
    }
}
