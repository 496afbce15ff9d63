package org.dvr.pcaps.replay;

import java.util.Collection;

/** Finds what somebody who mistyped a name probably meant. */
public final class Nearest {
    private Nearest() {}

    /**
     * The known name with the fewest edits.
     *
     * @param name  as written
     * @param known every name there is
     * @return {@code ", did you mean X?"}, empty where nothing is near
     */
    public static String hint(final String name, final Collection<String> known) {
        String best = null;
        int bestDistance = Math.max(2, name.length() / 2) + 1;
        for (final String candidate : known) {
            final int distance = distance(name, candidate);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = candidate;
            }
        }
        return best == null ? "" : ", did you mean " + best + "?";
    }

    /** Insertions, deletions and replacements that turn one into the other (Levenshtein). */
    private static int distance(final String a, final String b) {
        int[] above = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            final int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                final int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[b.length()];
    }
}
