package org.dvr.pcaps.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file {@code expected.txt} of a scenario: what each frame that leaves must be, written by hand from the specification and never from
 * our output.
 *
 * <pre>
 *   # attachment frame: display filter of tshark that this frame must match
 *   tapport-a1 1: arp.opcode == 2 &amp;&amp; arp.src.hw_mac == fa:16:3e:0a:00:01
 *   underlay 1-4: vxlan.vni == 101
 * </pre>
 *
 * <p>With several hosts the attachment is {@code HOST/NAME}, or a wire: {@code wire-underlay}, {@code wire-LABEL}.
 * <p>The numbers of an attachment count from 1 without a gap; a range stands for frames that have the filter in common. Several lines may
 * name the same frame, which must then match all of them; an attachment without lines sends nothing.
 */
public final class ExpectedFrames {
    /** Name of the file in a scenario's folder. */
    public static final String FILE = "expected.txt";

    private static final Pattern LINE = Pattern.compile("(\\S+) ([1-9]\\d*)(?:-([1-9]\\d*))?: (\\S.*)");

    /**
     * One line.
     *
     * @param lineNumber in the file, from 1
     * @param first number of the first frame, from 1
     * @param last number of the last frame
     * @param filter display filter of tshark
     */
    public record Line(int lineNumber, int first, int last, String filter) {
        /** {@return whether the line speaks of the frame of this number} */
        public boolean covers(final int frame) {
            return first <= frame && frame <= last;
        }
    }

    private final Map<String, List<Line>> lines = new TreeMap<>();

    private ExpectedFrames() {}

    /**
     * Reads the expectations of a scenario.
     *
     * @param folder of the scenario
     * @return its expectations
     * @throws IllegalArgumentException when a line is not of this form, or frames of an attachment are left out
     */
    public static ExpectedFrames read(final Path folder) {
        final Path file = folder.resolve(FILE);
        final ExpectedFrames expected = new ExpectedFrames();
        final List<String> texts;
        try {
            texts = Files.readAllLines(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0; i < texts.size(); i++) {
            final String text = texts.get(i).strip();
            if (!text.isEmpty() && !text.startsWith("#")) {
                expected.add(file, i + 1, text);
            }
        }
        expected.lines.forEach((attachment, of) -> {
            for (int frame = 1; frame <= expected.count(attachment); frame++) {
                final int number = frame;
                if (of.stream().noneMatch(line -> line.covers(number))) {
                    throw new IllegalArgumentException(file + ": no line for " + attachment + " " + frame);
                }
            }
        });
        return expected;
    }

    private void add(final Path file, final int lineNumber, final String text) {
        final Matcher matcher = LINE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    file + ":" + lineNumber + ": not of the form ATTACHMENT FRAME[-FRAME]: FILTER");
        }
        final int first = Integer.parseInt(matcher.group(2));
        final int last = matcher.group(3) == null ? first : Integer.parseInt(matcher.group(3));
        if (last < first) {
            throw new IllegalArgumentException(file + ":" + lineNumber + ": the range ends before it begins");
        }
        lines.computeIfAbsent(matcher.group(1), name -> new ArrayList<>())
                .add(new Line(lineNumber, first, last, matcher.group(4)));
    }

    /** {@return the attachment points that send something, ascending} */
    public List<String> attachments() {
        return List.copyOf(lines.keySet());
    }

    /** {@return how many frames leave an attachment point} */
    public int count(final String attachment) {
        return lines.getOrDefault(attachment, List.of()).stream()
                .mapToInt(Line::last)
                .max()
                .orElse(0);
    }

    /** {@return the lines of an attachment point, in file order} */
    public List<Line> lines(final String attachment) {
        return List.copyOf(lines.getOrDefault(attachment, List.of()));
    }
}
