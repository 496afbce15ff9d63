package org.dvr.app.observe;

import java.util.List;
import java.util.Locale;
import org.dvr.dataplane.watch.LiveTrace;

/**
 * What a client of the admin socket asks for, in one line of text:
 *
 * <pre>
 *   show WHAT                  one line of JSON comes back
 *   trace COUNT [FILTER]       a line of JSON for each frame, until COUNT or the client goes
 *   capture COUNT NAME         as trace; COUNT 0 = until the client goes
 *   capture COUNT --dropped
 * </pre>
 */
public sealed interface AdminRequest {
    /** The longest line, in bytes. */
    int MAX_LENGTH = 4_096;

    /** What can be shown, in the order of the help text. */
    enum What {
        PORTS,
        ROUTERS,
        FDB,
        NEIGHBORS,
        FLOWS,
        NAT,
        FLOATINGIPS,
        DROPS,
        COUNTERS,
        TUNNELS;

        /** {@return the word for it} */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** {@return all words, with commas} */
        public static String words() {
            return String.join(", ", List.of(values()).stream().map(What::word).toList());
        }
    }

    /**
     * A table.
     *
     * @param what which
     */
    record Show(What what) implements AdminRequest {}

    /**
     * Stories of frames.
     *
     * @param count 1 to {@link LiveTrace#MAX_FRAMES}
     * @param filter as written, maybe empty
     */
    record Trace(int count, String filter) implements AdminRequest {}

    /**
     * Copies of frames.
     *
     * @param count 0 = without limit
     * @param name attachment point, empty = dropped frames
     */
    record Capture(long count, String name) implements AdminRequest {}

    /** The word for dropped frames instead of an attachment point. */
    String DROPPED = "--dropped";

    /**
     * Reads a line.
     *
     * @param line any text
     * @return what it asks for
     * @throws ObserveException in one line, when it asks for nothing that there is
     */
    static AdminRequest parse(final String line) {
        if (line.length() > MAX_LENGTH) {
            throw new ObserveException("request: longer than " + MAX_LENGTH + " bytes");
        }
        for (int i = 0; i < line.length(); i++) {
            if (Character.isISOControl(line.charAt(i))) {
                throw new ObserveException("request: has a control character");
            }
        }
        final String[] words = line.strip().split(" +", 3);
        return switch (words[0]) {
            case "show" -> show(words);
            case "trace" ->
                new Trace((int) count(words, 1, LiveTrace.MAX_FRAMES), words.length > 2 ? words[2].strip() : "");
            case "capture" -> capture(words);
            default ->
                throw new ObserveException("request: begins with show, trace or capture, not '" + words[0] + "'");
        };
    }

    private static AdminRequest show(final String[] words) {
        for (final What what : What.values()) {
            if (words.length == 2 && words[1].equals(what.word())) {
                return new Show(what);
            }
        }
        throw new ObserveException("request: show takes one of " + What.words());
    }

    private static AdminRequest capture(final String[] words) {
        final long count = count(words, 0, Long.MAX_VALUE);
        if (words.length < 3) {
            throw new ObserveException("request: capture takes an attachment point or " + DROPPED);
        }
        final String name = words[2].strip();
        return new Capture(count, name.equals(DROPPED) ? "" : name);
    }

    private static long count(final String[] words, final long least, final long most) {
        if (words.length > 1) {
            try {
                final long count = Long.parseLong(words[1]);
                if (count >= least && count <= most) {
                    return count;
                }
            } catch (final NumberFormatException e) {
                // said below, as for a number out of range
            }
        }
        throw new ObserveException("request: " + words[0] + " takes a number of frames from " + least
                + (most == Long.MAX_VALUE ? "" : " to " + most));
    }
}
