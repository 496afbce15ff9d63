package org.dvr.app.command;

/**
 * One check of the preflight.
 *
 * @param level    what came of it
 * @param subject  host, router or file it is about
 * @param sentence what holds, and why
 */
record PreflightCheck(Level level, String subject, String sentence) {
    /** What comes of a check. */
    enum Level {
        /** Holds. */
        OK("ok"),
        /** Works, though somebody may expect something else. */
        WARN("warn"),
        /** Does not hold: the answer is no. */
        FAIL("FAIL"),
        /** Could not be made: what it needs was not given. */
        SKIP("skip");

        private final String label;

        Level(final String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** {@return false when the answer is no} */
    boolean isPassed() {
        return level != Level.FAIL;
    }
}
