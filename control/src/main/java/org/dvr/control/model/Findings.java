package org.dvr.control.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What is wrong with a topology, all of it at once: errors make it unusable, warnings do not. Belongs to one thread. */
public final class Findings {
    private final List<String> errors = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /**
     * @param message the whole line
     */
    public void error(final String message) {
        errors.add(message);
    }

    /**
     * @param origin the resource it is about
     * @param message what is wrong, beginning with the field
     */
    public void error(final Origin origin, final String message) {
        errors.add(origin + ": " + message);
    }

    /**
     * @param message the whole line
     */
    public void warning(final String message) {
        warnings.add(message);
    }

    /**
     * @param origin the resource it is about
     * @param message what is odd, beginning with the field
     */
    public void warning(final Origin origin, final String message) {
        warnings.add(origin + ": " + message);
    }

    /**
     * @param other findings to take over, after these
     */
    public void addAll(final Findings other) {
        errors.addAll(other.errors);
        warnings.addAll(other.warnings);
    }

    /** @return what makes the topology unusable, one line each, in the order found */
    public List<String> errors() {
        return Collections.unmodifiableList(errors);
    }

    /** @return what is odd but does not matter enough to refuse it, one line each, in the order found */
    public List<String> warnings() {
        return Collections.unmodifiableList(warnings);
    }

    public boolean hasErrors() {
        return !errors.isEmpty();
    }

    @Override
    public String toString() {
        return String.join("\n", errors)
                + (errors.isEmpty() || warnings.isEmpty() ? "" : "\n")
                + String.join("\n", warnings);
    }
}
